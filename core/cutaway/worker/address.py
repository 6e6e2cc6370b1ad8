"""Where the worker listens: private folders and the Unix socket's path. plugin/bridge/address.py is the other end."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
import tempfile
from pathlib import Path
from typing import Final

from cutaway.errors import WorkerError

SOCKET: Final = "worker.sock"
TCP: Final = "worker.tcp"
LOOPBACK: Final = "127.0.0.1"
LONGEST: Final = 100
"""Bytes of a socket's path: Linux takes 107, macOS 103."""


def socket_path(run: Path) -> Path:
    """The Unix socket's path for the folder ``run``; in the system's temporary folder where it would be too long."""
    path = run / SOCKET
    if len(os.fsencode(path)) <= LONGEST:
        return path
    # Not the environment's TMPDIR: the editor, the terminal and the session may each have another one.
    base = Path("/tmp") if Path("/tmp").is_dir() else Path(tempfile.gettempdir())
    name = hashlib.sha256(os.fsencode(os.path.realpath(run))).hexdigest()[:12]
    return base / f"cutaway-{_user()}-{name}" / SOCKET


def private_folder(path: Path) -> None:
    """Makes the folder (0700), or checks that it is this user's own and closed to others. Raises WorkerError."""
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise WorkerError(
            f"The folder {path} cannot be made: {error.strerror}.",
            "Make room for it or change the rights of the folder above it.") from error
    check_private(path)


def check_private(path: Path) -> None:
    """Raises WorkerError where the folder is a link, another user's, or open to others. Windows has its own rights."""
    if sys.platform == "win32":
        return
    said = path.lstat()
    if not stat.S_ISDIR(said.st_mode) or said.st_uid != _user() or said.st_mode & 0o077:
        raise WorkerError(
            f"The folder {path} is open to other users or belongs to one.",
            "Remove it, or run  chmod 700 on it if it is yours.")


def _user() -> int:
    return os.getuid() if sys.platform != "win32" else 0
