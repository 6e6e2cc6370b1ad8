"""The open jobs: a private folder each, and what is kept in memory between the requests of one job."""

from __future__ import annotations

import secrets
import shutil
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutaway.errors import ProtocolError, WorkerError
from cutaway.worker.address import check_private, private_folder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cutaway.cutout import Cutout
    from cutaway.picture.model import Picture
    from cutaway.worker.core import Answer

FOLDER = "jobs"
MOST = 64
"""Jobs at a time: a client that never closes its own must not fill the disk."""


@dataclass(eq=False)
class OpenJob:
    """``owner``: the connection's number. ``picture``: what picture.read decoded. ``cutout``: the last result, and
    ``source`` the picture that it was made from. ``given``: what matte.read decoded. ``answer``: what the cloud said,
    until job.run takes it."""

    id: str
    owner: int
    folder: Path
    picture: Picture | None = None
    source: Picture | None = None
    cutout: Cutout | None = None
    given: NDArray[Any] | None = None
    answer: Answer | None = None
    in_use: int = field(default=0)
    closed: bool = field(default=False)


class Jobs:
    """Opens and closes jobs; for any thread. A job that is closed in mid-request is deleted when the request ends."""

    def __init__(self, run: Path) -> None:
        self._folder = run / FOLDER
        self._lock = threading.Lock()
        self._jobs: dict[str, OpenJob] = {}

    def prepare(self) -> None:
        """Deletes what a worker before this one has left. Only for the holder of the worker's lock."""
        if self._folder.is_symlink():
            check_private(self._folder)
        if self._folder.exists():
            shutil.rmtree(self._folder)
        private_folder(self._folder)

    def open(self, owner: int) -> OpenJob:
        """A new job for the connection ``owner``. Raises WorkerError where there are too many."""
        with self._lock:
            if len(self._jobs) >= MOST:
                raise WorkerError("Too many jobs are open.", "Close one of the programs that use Cutaway.")
            name = secrets.token_hex(4)
            folder = self._folder / name
            folder.mkdir(mode=0o700)
            job = self._jobs[name] = OpenJob(name, owner, folder)
        return job

    def use(self, name: str, owner: int) -> OpenJob:
        """The job, held until :meth:`leave`. Raises ProtocolError where this connection has no such job."""
        with self._lock:
            job = self._of(name, owner)
            job.in_use += 1
            return job

    def leave(self, job: OpenJob) -> None:
        with self._lock:
            job.in_use -= 1
            gone = job.closed and job.in_use == 0
        if gone:
            self._delete(job)

    def close(self, name: str, owner: int) -> None:
        """Closes one job. Raises ProtocolError where this connection has no such job."""
        with self._lock:
            job = self._of(name, owner)
        self._close(job)

    def close_all(self, owner: int | None = None) -> None:
        """Closes every job of a connection, or of all."""
        with self._lock:
            jobs = [job for job in self._jobs.values() if owner in (None, job.owner)]
        for job in jobs:
            self._close(job)

    def end(self) -> None:
        """Closes all and leaves no folder: a connection's thread may be in the middle of deleting its own."""
        self.close_all()
        for left in self._folder.iterdir():
            shutil.rmtree(left, ignore_errors=True)

    def __len__(self) -> int:
        with self._lock:
            return len(self._jobs)

    def _of(self, name: str, owner: int) -> OpenJob:
        job = self._jobs.get(name)
        if job is None or job.owner != owner or job.closed:
            raise ProtocolError(f"There is no open job {name[:40]!r}.", "Open one with job.open on this connection.")
        return job

    def _close(self, job: OpenJob) -> None:
        with self._lock:
            again = job.closed
            job.closed = True
            gone = job.in_use == 0 and not again
        if gone:
            self._delete(job)

    def _delete(self, job: OpenJob) -> None:
        job.picture = job.source = job.cutout = job.given = job.answer = None
        shutil.rmtree(job.folder, ignore_errors=True)
        with self._lock:
            self._jobs.pop(job.id, None)
