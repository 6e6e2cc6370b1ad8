"""The lock between processes."""

from __future__ import annotations

import fcntl
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from cutaway.errors import Cancelled
from cutaway.job import Job
from cutaway.lock import FileLock, held

HOLDER = """
import sys
from pathlib import Path
from cutaway.lock import FileLock
lock = FileLock(Path(sys.argv[1]))
print(lock.take(), flush=True)
sys.stdin.read()
"""


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    first, second = FileLock(tmp_path / "x.lock"), FileLock(tmp_path / "x.lock")
    assert first.take() and not second.take()
    first.free()
    first.free()  # again does nothing
    assert second.take()
    second.free()
    assert (tmp_path / "x.lock").exists(), "another may wait on it"


def test_the_end_of_a_process_frees_it(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None and process.stdout.readline().strip() == b"True"
            lock = FileLock(path)
            assert not lock.take()
        finally:
            process.kill()
    assert lock.take()
    lock.free()


def test_a_place_that_cannot_be_is_an_error_and_no_holder(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        FileLock(tmp_path / "none" / "x.lock").take()


def test_held_frees_it_however_the_block_ends(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    with pytest.raises(ZeroDivisionError), held(path, Job()):
        assert not FileLock(path).take()
        raise ZeroDivisionError
    with held(path, Job()):
        pass


def test_held_waits_for_the_holder(tmp_path: Path) -> None:
    path, entered = tmp_path / "x.lock", threading.Event()
    lock = FileLock(path)
    assert lock.take()

    def wait() -> None:
        with held(path, Job()):
            entered.set()

    waiter = threading.Thread(target=wait)
    waiter.start()
    assert not entered.wait(0.3)
    lock.free()
    assert entered.wait(10)
    waiter.join(10)


def test_a_cancel_ends_the_waiting(tmp_path: Path) -> None:
    lock, job = FileLock(tmp_path / "x.lock"), Job()
    assert lock.take()
    job.cancel()
    with pytest.raises(Cancelled), held(tmp_path / "x.lock", job):
        raise AssertionError("it is held by another")
    lock.free()


def test_a_lock_is_removed_only_where_nobody_holds_it(tmp_path: Path) -> None:
    path = tmp_path / "x.lock"
    lock = FileLock(path)
    assert lock.take()
    FileLock(path).remove()
    assert path.exists()
    lock.free()
    FileLock(path).remove()
    assert not path.exists()


def test_one_that_was_removed_while_it_was_taken_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, lock_it = tmp_path / "x.lock", fcntl.flock

    def removed_first(descriptor: int, how: int) -> None:
        path.unlink()
        lock_it(descriptor, how)

    with monkeypatch.context() as patch:
        patch.setattr(fcntl, "flock", removed_first)
        assert not FileLock(path).take()
    lock = FileLock(path)
    assert lock.take() and path.exists()
    lock.free()
