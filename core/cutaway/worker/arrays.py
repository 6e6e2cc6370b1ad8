"""Arrays in the job's folder: what a client left is checked before it is used, results are written plainly."""

from __future__ import annotations

import errno
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import DiskFull, ProtocolError
from cutaway.job import Job

PICTURE_TYPES: Final = ("|u1", "<u2", "<u4", "<f2", "<f4", "<f8")
SELECTION_TYPES: Final = ("|u1",)
MASK_TYPES: Final = ("|u1", "<u2")
GIVEN_TYPES: Final = ("|u1", "<u2", "<f4")

CHUNK: Final = 8 << 20
"""Bytes written between two looks at the job."""

SPARE: Final = 1 << 20
"""Bytes that stay free on the disk."""

_ANY: Final = {2: "rows x columns", 3: "rows x columns x 1 to 4 channels"}
_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def bare(folder: Path, name: str) -> Path:
    """The path of ``name`` in ``folder``. Raises ProtocolError where it is not the bare name of a plain file there."""
    if name in ("", ".", "..") or "/" in name or "\\" in name or "\0" in name or ":" in name:
        raise ProtocolError(
            "A file name in a message is not a bare name.", "Names are those of files in the job's folder.")
    path = folder / name
    try:
        plain = stat.S_ISREG(path.lstat().st_mode)
    except OSError as error:
        raise ProtocolError(f"There is no file {name} in the job's folder.", "Write it before naming it.") from error
    if not plain:
        raise ProtocolError(f"{name} is not a plain file.", "Links and folders are not followed.")
    return path


def load(
    folder: Path, name: str, types: tuple[str, ...], shape: tuple[int, ...] | None = None, *, columns: int = 3
) -> NDArray[Any]:
    """The array in ``folder/name``, memory-mapped and read-only.

    ``types``: what its dtype may be. ``shape``: what its shape must be; None for a picture, (H, W, 1..4), or, with
    ``columns=2``, for any (h, w).
    Raises ProtocolError where it is anything else, or where the file is shorter than it says.
    """
    path = bare(folder, name)
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OSError, EOFError, OverflowError) as error:
        raise ProtocolError(
            f"{name} is not a complete .npy file.", "It must be written to its end before it is named.") from error
    if not isinstance(values, np.ndarray):
        raise ProtocolError(f"{name} is not an .npy file.", "Archives are not read.")
    if values.dtype.str not in types:
        raise ProtocolError(f"{name} holds {values.dtype.str}.", "It may hold " + ", ".join(types) + ".")
    if shape:
        fits = values.shape == shape
    else:
        fits = values.ndim == columns and 0 not in values.shape and (columns == 2 or values.shape[2] <= 4)
    if not fits or not values.flags.c_contiguous:
        wanted = " x ".join(map(str, shape)) if shape else _ANY[columns]
        raise ProtocolError(f"{name} has the shape {values.shape}.", f"It must be {wanted}, in C order.")
    return values


def save(folder: Path, name: str, values: NDArray[Any], job: Job) -> None:
    """Writes ``values`` as ``folder/name`` (format 1.0, C order). Never by a memory map: a full disk would be a signal.

    Raises DiskFull, with nothing left behind, and Cancelled.
    """
    with _file(folder, name, values.nbytes) as stream:
        np.lib.format.write_array_header_1_0(stream, np.lib.format.header_data_from_array_1_0(values[:0]) | {
            "shape": values.shape, "fortran_order": False})
        rows = max(1, CHUNK // max(1, values[:1].nbytes))
        for y in range(0, values.shape[0], rows):
            job.check()
            stream.write(np.ascontiguousarray(values[y : y + rows]).data.cast("B"))


def save_bytes(folder: Path, name: str, data: bytes) -> None:
    """Writes ``data`` as ``folder/name``. Raises DiskFull, with nothing left behind."""
    with _file(folder, name, len(data)) as stream:
        stream.write(data)


@contextmanager
def _file(folder: Path, name: str, size: int) -> Iterator[BinaryIO]:
    free = shutil.disk_usage(folder).free
    if free < size + SPARE:
        raise full(f"The result needs {_mb(size)} MB and the disk has {_mb(free)} MB left.")
    path = folder / name
    complete = False
    try:
        with path.open("wb") as stream:
            yield stream
        complete = True
    except OSError as error:
        if error.errno in _FULL:
            raise full("The disk is full.") from error
        raise
    finally:
        if not complete:
            path.unlink(missing_ok=True)


def full(message: str) -> DiskFull:
    return DiskFull(message, "Free some space on the disk of Cutaway's folder and try again.")


def is_full(error: OSError) -> bool:
    """Whether a system error says that there is no room left."""
    return error.errno in _FULL


def _mb(size: int) -> int:
    return -(-size // (1 << 20))
