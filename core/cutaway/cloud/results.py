"""The masks that were paid for, by service, picture, model and mode: none is paid for twice."""

from __future__ import annotations

import contextlib
import hashlib
import os
from pathlib import Path
from typing import Final

import numpy as np

from cutaway.cloud.files import write_private
from cutaway.home import Home
from cutaway.job import Job
from cutaway.picture.rows import Rows

FOLDER: Final = "results"
STRIP_BYTES: Final = 1 << 22
MOST_BYTES: Final = 512 << 20
"""Those that were not used for the longest time go when there are more; the one just fetched stays."""


def digest(rows: Rows, service: str, model: str, mode: str, job: Job) -> str:
    """Names a request: SHA-256 over the service's address, model, mode, size and the pixels that would be sent.

    Raises Cancelled.
    """
    made = hashlib.sha256(f"{service}\n{model}\n{mode}\n{(rows.height, rows.width, rows.channels)}\n".encode())
    step = max(1, STRIP_BYTES // (rows.width * rows.channels * rows.dtype.itemsize))
    for y in range(0, rows.height, step):
        job.check()
        made.update(np.ascontiguousarray(rows.strip(y, min(rows.height, y + step))).data)
    return made.hexdigest()


class Results:
    """Files of the service's answers, as they came."""

    def __init__(self, home: Home, most_bytes: int = MOST_BYTES) -> None:
        self._folder = home.journal / FOLDER
        self._most = most_bytes

    def path(self, digest: str) -> Path:
        return self._folder / f"{digest}.png"

    def get(self, digest: str) -> bytes | None:
        path = self.path(digest)
        try:
            data = path.read_bytes()
        except OSError:
            return None
        with contextlib.suppress(OSError):  # a disk that cannot be written can be read all the same
            os.utime(path)
        return data

    def put(self, digest: str, data: bytes) -> None:
        """Keeps an answer. Raises OSError."""
        write_private(self.path(digest), data)
        self._prune(self.path(digest))

    def drop(self, digest: str) -> None:
        """Removes an answer, as far as that goes."""
        with contextlib.suppress(OSError):
            self.path(digest).unlink()

    def _prune(self, newest: Path) -> None:
        kept = []
        for path in self._folder.glob("*.png"):
            with contextlib.suppress(FileNotFoundError):  # another process prunes as well
                said = path.stat()
                kept.append((path == newest, said.st_mtime_ns, said.st_size, path))
        size = sum(row[2] for row in kept)
        for newest_one, _, bytes_, path in sorted(kept):
            if size <= self._most or newest_one:
                return
            size -= bytes_
            path.unlink(missing_ok=True)
