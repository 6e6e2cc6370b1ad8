"""``cutaway key``: the key goes to the worker unseen, and nowhere else."""

from __future__ import annotations

import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cutaway_bridge import flow
from cutaway_cli import key
from tests.cli.fake_worker import FakeFailure

KEY = "tz-5ecret-KEY-0123456789"


@pytest.fixture(autouse=True)
def _no_key_of_this_machine(monkeypatch):
    monkeypatch.delenv("CUTAWAY_TOPAZ_API_KEY", raising=False)


def test_where_it_is(cutaway, worker):
    said = cutaway("key")
    assert (said.code, said.err) == (0, "")
    assert said.out == "The Topaz API key is set, in the system's keyring.\nSending pictures to Topaz is allowed.\n"
    assert json.loads(cutaway("key", "--json").out) == {"where": "keyring", "consent": True}


def test_none_is_set_and_nothing_allowed(cutaway, worker):
    worker.scripts["key.status"] = lambda request: {"where": None, "consent": False}
    said = cutaway("key").out
    assert said.startswith("No Topaz API key is set.\n") and "--upload once" in said


def test_set_from_a_pipe(cutaway, worker, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(f"  {KEY} \nanother line\n"))
    said = cutaway("key", "set")
    assert said.code == 0 and worker.params("key.set") == [{"key": KEY}]
    assert KEY not in said.out + said.err and "in a file that only you can read" in said.out
    assert "note: This system has no keyring that works" in said.err


def test_a_keyring_needs_no_warning(cutaway, worker, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(KEY))
    worker.scripts["key.set"] = lambda request: {"where": "keyring"}
    said = cutaway("key", "set")
    assert (said.err, said.code) == ("", 0) and "in the system's keyring" in said.out


def test_set_says_where_in_json_and_not_what(cutaway, worker, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(KEY))
    assert json.loads(cutaway("key", "set", "--json").out) == {"where": "file"}


def test_a_key_is_no_argument(cutaway, worker):
    assert cutaway("key", "set", KEY).code == 2 and "key.set" not in worker.methods()


def test_what_the_worker_does_not_take_is_said(cutaway, worker, monkeypatch):
    def refuse(request):
        raise FakeFailure("cloud_key_refused", "That is not an API key: It is empty.", "Copy it once more.")
    worker.scripts["key.set"] = refuse
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    said = cutaway("key", "set")
    assert said.code == 1 and said.err == "error: That is not an API key: It is empty. Copy it once more.\n"


def at_the_terminal() -> None:
    """In the child: the terminal is its own, and Ctrl+C means something even where the tests run in the background."""
    os.close(os.open(os.ttyname(0), os.O_RDWR))
    signal.signal(signal.SIGINT, signal.default_int_handler)


def typed(home: Path, text: bytes) -> tuple[int, str]:
    """The exit code and all that the terminal shows, when a user types ``text`` at the question."""
    screen, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "cutaway_cli", "key", "set"], stdin=end, stdout=end, stderr=end, start_new_session=True,
        env={**os.environ, "CUTAWAY_HOME": str(home), "TERM": "dumb"},
        preexec_fn=at_the_terminal)
    os.close(end)
    shown = b""
    deadline = time.monotonic() + 30
    try:
        while b"not shown" not in shown:
            shown += os.read(screen, 4096)
            assert time.monotonic() < deadline
        time.sleep(0.1)  # getpass turns the echo off right after the question
        assert KEY.encode() not in Path(f"/proc/{process.pid}/cmdline").read_bytes()
        os.write(screen, text)
        while process.poll() is None:
            shown += _read(screen)
            assert time.monotonic() < deadline
        return process.returncode, (shown + _read(screen)).decode()
    finally:
        process.kill()
        process.wait()
        os.close(screen)


def _read(screen: int) -> bytes:
    try:
        return os.read(screen, 4096) if select.select([screen], [], [], 0.1)[0] else b""
    except OSError:  # the other end has gone
        return b""


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at /proc")
def test_typed_at_a_terminal_it_is_not_shown(worker, home):
    code, shown = typed(home, KEY.encode() + b"\n")
    assert code == 0 and KEY not in shown and "The key is kept" in shown
    assert worker.params("key.set") == [{"key": KEY}]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks at /proc")
@pytest.mark.parametrize("sign", [b"\x03", b"\x04"])
def test_ctrl_c_and_ctrl_d_at_the_question_keep_nothing(worker, home, sign):
    code, shown = typed(home, sign)
    assert code == 130 and "Cancelled." in shown and "Traceback" not in shown
    assert "key.set" not in worker.methods()


def test_an_end_of_the_input_is_a_cancel(monkeypatch):
    class FakeTerminal(io.StringIO):
        def isatty(self):
            return True

    def ended(prompt):
        raise EOFError
    monkeypatch.setattr("sys.stdin", FakeTerminal())
    monkeypatch.setattr(key.getpass, "getpass", ended)
    with pytest.raises(type(flow.cancelled())) as stopped:
        key._typed()
    assert stopped.value.code == "cancelled"


def test_the_key_of_the_environment_is_said_to_a_worker_that_runs_already(cutaway, worker, monkeypatch):
    monkeypatch.setenv("CUTAWAY_TOPAZ_API_KEY", f" {KEY}\n")
    assert cutaway("key", "test").code == 0
    assert worker.methods() == ["hello", "key.use", "key.test"] and worker.params("key.use") == [{"key": KEY}]


def test_testing_it_costs_nothing_unless_asked(cutaway, worker):
    said = cutaway("key", "test")
    assert said.out == "The key works: 40 credits left, 2 reserved.\n"
    assert worker.params("key.test") == [{"with_one_credit": False}]
    assert json.loads(cutaway("key", "test", "--json").out)["available"] == 40


def test_the_whole_way_for_one_credit(cutaway, worker):
    said = cutaway("key", "test", "--with-one-credit")
    assert said.out.splitlines()[1] == (
        "A test picture came back in 9.5 s for 1 credit; the mask keeps 25% of it.")
    assert worker.params("key.test") == [{"with_one_credit": True}]


def test_a_wrong_key(cutaway, worker):
    def refuse(request):
        raise FakeFailure("cloud_key_refused", "Topaz does not accept the API key.", "Set it again: cutaway key set")
    worker.scripts["key.test"] = refuse
    said = cutaway("key", "test")
    assert (said.code, said.out) == (1, "") and said.err.startswith("error: Topaz does not accept the API key.")


def test_forgetting(cutaway, worker):
    assert cutaway("key", "forget").out == "The key is forgotten.\n"
    worker.scripts["key.forget"] = lambda request: {"found": False}
    assert cutaway("key", "forget").out == "No key was kept.\n"
    assert json.loads(cutaway("key", "forget", "--json").out) == {"found": False}
