"""The worker's log: one file that also takes what native libraries print, kept small.

It holds no picture content, no folders of the user and no secrets: files are named by their last part alone.
"""

from __future__ import annotations

import contextlib
import os
import re
import threading
import time
import traceback
from pathlib import Path
from typing import Final

LARGEST: Final = 2 << 20
"""Bytes. The log before is kept beside it as ``worker.log.1``."""

_FOLDERS = re.compile(r"(?:[A-Za-z]:)?(?:[\\/]+[^\\/'\":\n]+)*[\\/]+(?=[^\\/\s])")


class Log:
    """Lines with a time, for any thread."""

    def __init__(self, path: Path, largest: int = LARGEST) -> None:
        self.path = path
        self._largest = largest
        self._lock = threading.Lock()
        self._descriptor = _opened(path)
        self._claimed = False

    def claim(self) -> None:
        """Points the descriptors 1 and 2 at the log and 0 at nothing: native libraries print without being asked."""
        nothing = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nothing, 0)
        os.close(nothing)
        self._claimed = True
        self._point()

    def write(self, text: str) -> None:
        """Appends one line (or several, for a traceback)."""
        line = f"{time.strftime('%Y-%m-%d %H:%M:%S')} [{os.getpid()}] {text}\n".encode("utf-8", "replace")
        # A full disk must not stop the worker for the sake of its log.
        with self._lock, contextlib.suppress(OSError):
            os.write(self._descriptor, line)
            if os.fstat(self._descriptor).st_size > self._largest:
                self._rotate()

    def failure(self, what: str, error: BaseException) -> None:
        """A defect: where it happened and what it said."""
        trace = "".join(traceback.format_tb(error.__traceback__))
        self.write(f"{what}: {type(error).__name__}: {without_folders(said_by(error))}\n{without_folders(trace)}")

    def close(self) -> None:
        os.close(self._descriptor)

    def _rotate(self) -> None:
        self.path.replace(self.path.with_name(self.path.name + ".1"))
        os.close(self._descriptor)
        self._descriptor = _opened(self.path)
        if self._claimed:
            self._point()

    def _point(self) -> None:
        for descriptor in (1, 2):
            os.dup2(self._descriptor, descriptor)


def without_folders(text: str) -> str:
    """``text`` with every path cut to its last part."""
    return _FOLDERS.sub(".../", text)


def said_by(error: BaseException) -> str:
    """The text of an exception; of a system error without the folder of the file it names."""
    if isinstance(error, OSError) and error.strerror:
        name = f" ({Path(os.fsdecode(error.filename)).name})" if isinstance(error.filename, str | bytes) else ""
        return f"{error.strerror}{name}"
    return str(error)


def _opened(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
