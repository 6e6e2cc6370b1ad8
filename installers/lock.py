"""One installation at a time in one home folder."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from installers.errors import InstallError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


def _take(stream: BinaryIO) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


class Lock:
    """A lock file in the home folder, which is made for it where it is missing and removed again while empty.

    The system frees the lock when its holder ends, however it ends. ``made`` names the folders that had to be made,
    outermost first. Raises InstallError where another process holds the lock or the folder cannot be made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.made: list[Path] = []
        self._stream: BinaryIO | None = None

    def __enter__(self) -> Lock:
        try:
            self._make_folders()
            self._stream = self._open()
        except OSError as error:
            self._leave()
            raise InstallError(
                f"The folder {self.path.parent} cannot be used: {error.strerror or error}.",
                "Choose another with the environment variable CUTAWAY_HOME, or change the permissions of this one.",
            ) from error
        if self._stream is None:
            raise InstallError(
                f"Another installation is at work in {self.path.parent}.", "Wait until it has ended, then try again.")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _make_folders(self) -> None:
        missing = [each for each in (self.path.parent, *self.path.parent.parents) if not each.exists()]
        for folder in reversed(missing):
            folder.mkdir()
            self.made.append(folder)

    def _open(self) -> BinaryIO | None:
        """The stream that holds the lock, or None where another process has it."""
        while True:
            stream = self.path.open("ab")
            if not _take(stream):
                stream.close()
                return None
            # The holder before us may have removed the file between our opening and our locking it.
            with suppress(FileNotFoundError):
                if self._is_there(stream):
                    return stream
            stream.close()

    def _is_there(self, stream: BinaryIO) -> bool:
        return os.path.samestat(os.fstat(stream.fileno()), self.path.stat())

    def _leave(self) -> None:
        if self._stream is not None:
            # Windows removes no open file; elsewhere it must go while we hold it.
            if sys.platform != "win32":
                self.path.unlink(missing_ok=True)
            self._stream.close()
            self._stream = None
            if sys.platform == "win32":
                with suppress(OSError):
                    self.path.unlink(missing_ok=True)
        for folder in reversed(self.made):
            with suppress(OSError):
                folder.rmdir()
