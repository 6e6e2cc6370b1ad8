"""A lock between processes. The system frees it when its holder ends, however it ends."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from cutaway.job import Job

POLL_S: Final = 0.1


class FileLock:
    """Held from :meth:`take` until :meth:`free` or the end of the process.

    The file stays, but for :meth:`remove`: one that is deleted while another process waits on it would let two in.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """True where the lock is now held; never waits. Raises OSError where there can be no such file."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if sys.platform == "win32":
                import msvcrt

                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        if os.fstat(descriptor).st_nlink == 0:  # it was removed in between: the next try makes a new one
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def free(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def remove(self) -> None:
        """Deletes the file where nobody holds the lock. Raises OSError."""
        if not self.take():
            return
        if sys.platform == "win32":
            self.free()  # what is open cannot be deleted there, and what another has opened meanwhile stays
        try:
            self._path.unlink(missing_ok=True)
        finally:
            self.free()


@contextmanager
def held(path: Path, job: Job) -> Iterator[None]:
    """Holds the lock while the block runs; waits for another holder as long as the job is not cancelled."""
    lock = FileLock(path)
    while not lock.take():
        job.check()
        time.sleep(POLL_S)
    try:
        yield
    finally:
        lock.free()
