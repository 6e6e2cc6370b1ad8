"""The emulator as a program, and its strings over HTTP."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest

from tests.emulator import KEY, KINDS
from tests.emulator.__main__ import arguments, fault, local, main
from tests.emulator.caller import Caller, pixels
from tests.emulator.results import ellipse

ROOT = Path(__file__).parents[2]


def test_it_starts_says_where_it_is_and_ends_with_a_sum():
    command = [sys.executable, "-m", "tests.emulator", "--profile", "live", "--port", "0", "--credits", "7",
               "--pending", "0", "--processing", "0", "--cutter", "ellipse", "--fault", "rate_limit@balance=2"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            text = ""
            while "control" not in text:
                line = process.stdout.readline()
                assert line, process.stderr.read()
                text += line
            said = dict(re.findall(r"export (\w+)=(\S+)", text))
            assert said["CUTAWAY_TOPAZ_API_KEY"] == KEY and said["CUTAWAY_TOPAZ_URL"].endswith("/image/v1")
            account = re.search(r"account (\S+)", text)[1]
            headers = {"X-API-Key": KEY}
            seen = [httpx.get(f"{account}/credits/balance", headers=headers, trust_env=False) for _ in range(3)]
            assert [answer.status_code for answer in seen] == [429, 429, 200]
            assert seen[2].json()["total_credits"] == 7
            process.send_signal(signal.SIGTERM)
            rest, errors = process.communicate(timeout=20)
        finally:
            process.kill()
    assert process.returncode == 0 and errors == ""
    assert rest.strip() == "0 jobs, 0 credits charged, 0 reserved, 7 left."


def test_a_leak_is_said_and_is_an_exit_code(capsys):
    end = threading.Event()
    found = []
    thread = threading.Thread(target=lambda: found.append(main(["--port", "0", "--cutter", "ellipse"], end)))
    thread.start()
    text = ""
    while "storage http" not in text and thread.is_alive():
        text += capsys.readouterr().out
        end.wait(0.01)
    storage = re.search(r"storage (\S+)", text)[1]
    httpx.get(storage, headers={"X-API-Key": KEY}, trust_env=False)
    end.set()
    thread.join()
    assert found == [1] and "THE KEY WAS SEEN" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(e, capsys):
    assert main(["--cutter", "ellipse", "--port", str(httpx.URL(e.root_url).port)]) == 1
    assert "cannot be used" in capsys.readouterr().err


def test_faults_on_the_command_line(capsys):
    made = fault("rate_limit@status=3")
    assert (made.name, made.on, made.times) == ("rate_limit", "status", 3)
    assert fault("fails=always").times is None and fault("bomb").on == "storage"
    for wrong in ("nonsense", "bomb@submit", "bomb=many"):
        with pytest.raises(SystemExit):
            arguments(["--fault", wrong])
    assert "no fault 'nonsense'" in capsys.readouterr().err


def test_without_a_model_the_cut_out_is_an_ellipse_and_that_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path))
    assert (local()(pixels()) == ellipse(pixels())).all()
    assert "an ellipse instead" in capsys.readouterr().err


@pytest.mark.model
@pytest.mark.skipif("CUTAWAY_TEST_MODELS" not in os.environ, reason="CUTAWAY_TEST_MODELS is not set")
def test_the_local_engine_makes_the_cut_out(tmp_path, monkeypatch, capsys):
    (tmp_path / "models").symlink_to(os.environ["CUTAWAY_TEST_MODELS"])
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path))
    picture = pixels(160, 120)
    mask = local()(picture)
    assert capsys.readouterr().err == ""
    assert mask.shape == (120, 160) and mask.dtype == "uint8" and not (mask == ellipse(picture)).all()


def test_faults_over_http(call, e):
    with httpx.Client(base_url=f"{e.root_url}/_emulator", trust_env=False) as control:
        made = control.post("/faults", json={"name": "http_error", "on": "status", "times": 2, "after": 1,
                                             "params": {"status": 503}}).json()
        assert made["left"][0] | {"params": None} == {
            "name": "http_error", "on": "status", "left": 2, "after": 1, "only": "", "params": None}
        assert [call.status("x").status_code for _ in range(4)] == [404, 503, 503, 404]
        assert control.get("/faults").json()["left"] == []
        control.post("/faults", json={"name": "fails", "times": None})
        assert control.delete("/faults").json()["left"] == []
        for wrong in ({"name": "nonsense"}, {"on": "status"}, {"name": "bomb", "params": {"wide": 1}}):
            assert control.post("/faults", json=wrong).status_code == 400
        assert set(control.get("/faults").json()["catalogue"]) == set(KINDS)


def test_account_clock_and_what_was_seen_over_http(call, e, clock):
    with httpx.Client(base_url=f"{e.root_url}/_emulator", trust_env=False) as control:
        control.post("/account", json={"credits": 5, "forbidden": ["list"]})
        call.job()
        assert call.http.get("/status").status_code == 403
        before = control.get("/clock").json()["now"]
        assert control.post("/clock", json={"advance": 60}).json()["now"] == before + 60 == clock.now()
        account = control.get("/account").json()
        assert (account["available"], account["charged"], account["reserved"]) == (4, 1, 0)
        assert control.post("/account", json={"colour": 1}).status_code == 400
        control.post("/account", json={"subscription": False, "top_up": True})
        assert call.submit().status_code == 412
        seen = control.get("/seen").json()
    assert [row["operation"] for row in seen["requests"]] == ["submit", "list", "submit"]
    assert seen["jobs"][0]["status"] == "Completed" and seen["leaks"] == [] and KEY not in json.dumps(seen)
    assert len(e.requests) == 3


def test_the_readme_lists_every_fault_and_option():
    text = (Path(__file__).parent / "README.md").read_text("utf-8")
    assert [name for name in KINDS if f"`{name}`" not in text] == []
    known = set(re.findall(r"`(--[a-z]+)", text))
    assert {"--profile", "--port", "--credits", "--fault", "--cutter", "--layout", "--key"} <= known
    for option in known:
        with pytest.raises(SystemExit):
            arguments([option, "???"] if option in ("--profile", "--port", "--credits", "--seed", "--pending",
                                                    "--processing", "--cutter", "--layout", "--fault") else [option])


def test_the_readme_s_sample_runs():
    text = (Path(__file__).parent / "README.md").read_text("utf-8")
    sample = re.search(r"```python\n(.*?)```", text, re.DOTALL)[1]
    exec(compile(sample, "README.md", "exec"), {})


def test_callers_are_closed(e):
    with Caller(e) as call:
        pass
    assert call.http.is_closed and call.bare.is_closed
