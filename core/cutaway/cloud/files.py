"""Small files of the user's own that are there whole or not at all, also after a power cut."""

from __future__ import annotations

import errno
import os
import secrets
import sys
from pathlib import Path


def write_private(path: Path, data: bytes) -> None:
    """Replaces ``path`` (0600) in one step; it is on the disk when this returns. Raises OSError."""
    make_folder(path.parent)
    temporary = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def append_private(path: Path, data: bytes) -> None:
    """Adds ``data`` to ``path`` (0600); it is on the disk when this returns. Raises OSError."""
    make_folder(path.parent)
    new = not path.exists()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        if os.write(descriptor, data) < len(data):  # a disk that is just full takes a part, and says nothing
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if new:
        sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Makes ``folder`` (0700) and what it lies in; their names are on the disk when this returns. Raises OSError."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    sync_folder(folder.parent)


def sync_folder(folder: Path) -> None:
    """Brings the folder's list of names to the disk. Windows does that by itself."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
