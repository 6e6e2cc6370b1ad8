"""The picture as it is sent: flattened, 8-bit sRGB, nothing beside the pixels."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import CloudError
from cutaway.picture.encode_png import Extras, encode
from cutaway.picture.model import Picture
from cutaway.picture.render import render
from cutaway.picture.rows import Rows

STALE_S: Final = 6 * 3600.0
"""No upload takes so long."""


class ArrayRows:
    """An array (H, W, C), uint8 or uint16, as an encoder wants it."""

    def __init__(self, pixels: NDArray[Any]) -> None:
        self.height, self.width, self.channels = pixels.shape
        self.dtype = pixels.dtype
        self._pixels = pixels

    def strip(self, start: int, stop: int) -> NDArray[Any]:
        return self._pixels[start:stop]


class SentRows:
    """A picture as (H, W, 3) uint8 sRGB over gray. Only strips of it are ever there: 100 megapixels are 300 MB."""

    channels = 3
    dtype: np.dtype[Any] = np.dtype(np.uint8)

    def __init__(self, picture: Picture) -> None:
        self.height, self.width = picture.height, picture.width
        self._picture = picture

    def strip(self, start: int, stop: int) -> NDArray[np.uint8]:
        return render(self._picture, (0, start, self.width, stop - start))


@contextmanager
def packed(rows: Rows, folder: Path) -> Iterator[Path]:
    """A file of one's own (0600) with ``rows`` as PNG without profile, EXIF, text or time; gone after the block.

    Raises CloudError where it cannot be written.
    """
    path = folder / f"{os.getpid()}-{secrets.token_hex(8)}.png"
    try:
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            sweep(folder)
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
                encode(stream, rows, Extras())
        except OSError as error:
            raise CloudError(
                f"The picture cannot be prepared for sending: {error.strerror}.",
                "Free some space on the disk of Cutaway's folder and try again.") from error
        yield path
    finally:
        with contextlib.suppress(OSError):  # it was never made, and what hindered that is being said
            path.unlink()


def sweep(folder: Path) -> None:
    """Removes what killed processes have left: a picture of the user's must not stay. Raises OSError."""
    for path in folder.glob("*.png"):
        with contextlib.suppress(FileNotFoundError):  # its owner was faster
            if time.time() - path.stat().st_mtime > STALE_S or _has_ended(path.name.split("-")[0]):
                path.unlink()


def _has_ended(process: str) -> bool:
    if sys.platform == "win32" or not process.isdecimal():
        return False  # there, a look at a process by os.kill would end it
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except (PermissionError, OverflowError):
        return False
    return False
