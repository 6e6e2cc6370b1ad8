"""Putting a file where it was asked for: whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import IO, Final

from cutaway.errors import DiskFull, OutputError, TargetExists, TargetNotWritable

FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
DENIED: Final = (errno.EACCES, errno.EPERM, errno.EROFS)
NO_LINKS: Final = (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EINVAL)


def place(path: Path, fill: Callable[[IO[bytes]], None], *, overwrite: bool) -> int:
    """Lets ``fill`` write a new file and gives it the name ``path``; returns its length in bytes.

    The file grows under a temporary name in the same folder, reaches the disk, and only then takes its name: a target
    that was there is replaced in one step, or, without ``overwrite``, never touched, even where it appears meanwhile.
    A link is followed. Nothing stays behind after a failure.

    Raises TargetExists, TargetNotWritable (a folder, no folder, no permission), DiskFull.
    """
    _check(path, overwrite)
    target = path.resolve() if path.is_symlink() else path
    temporary = target.with_name(f".cutaway-{secrets.token_hex(6)}.part")
    try:
        try:
            size = _fill(temporary, fill)
            if overwrite:
                _keep_mode(temporary, target)
                temporary.replace(target)
            else:
                _take_name(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise explain(error, path) from error
    return size


def explain(error: OSError, path: Path) -> OutputError:
    """The error of our tree for what the system says."""
    if isinstance(error, FileExistsError):
        return _exists(path)
    if error.errno in FULL:
        return DiskFull(
            f"There is no room on the disk for {path.name}.", "Free some space or choose another folder.")
    if error.errno in DENIED:
        what = f"{path.name} cannot be written: no permission in {_folder(path)}."
        return TargetNotWritable(what, "Choose a folder that you may write to.")
    return TargetNotWritable(
        f"{path.name} cannot be written: {error.strerror or error}.", "Choose another folder or name.")


def _check(path: Path, overwrite: bool) -> None:
    """Refuses early what would fail after the work of encoding."""
    try:
        if not path.parent.is_dir():
            raise TargetNotWritable(f"There is no folder {_folder(path)}.", "Make it first, or choose another one.")
        path.lstat()
    except FileNotFoundError:
        return
    except PermissionError as error:
        raise explain(error, path) from error
    except (OSError, ValueError) as error:
        raise TargetNotWritable(f"{path.name} is not a possible file name.", "Choose another name.") from error
    if path.is_dir():
        raise TargetNotWritable(f"{path.name} is a folder.", "Give the name of a file in it.")
    if not overwrite:
        raise _exists(path)
    if path.exists() and not path.is_file():
        raise TargetNotWritable(f"{path.name} is not a file.", "Choose another name.")


def _exists(path: Path) -> TargetExists:
    return TargetExists(f"{path.name} exists already.", "Allow overwriting it, or choose another name.")


def _folder(path: Path) -> Path:
    return path.parent if path.parent.name else path.parent.absolute()


def _fill(temporary: Path, fill: Callable[[IO[bytes]], None]) -> int:
    with temporary.open("x+b") as stream:
        fill(stream)
        stream.flush()
        os.fsync(stream.fileno())
        return stream.seek(0, os.SEEK_END)


def _keep_mode(temporary: Path, target: Path) -> None:
    """A replaced file keeps its permissions."""
    try:
        mode = stat.S_IMODE(target.stat().st_mode)
    except FileNotFoundError:
        return
    temporary.chmod(mode)


def _take_name(temporary: Path, target: Path) -> None:
    """Fails where the name is taken. A hard link does that in one step; FAT and some network disks have none."""
    try:
        os.link(temporary, target)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        target.open("xb").close()  # ours from here on
        try:
            temporary.replace(target)
        except OSError:
            target.unlink()
            raise
