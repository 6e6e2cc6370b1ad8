"""Decoding by OpenCV: all bits, straight into one array."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any, Final

import cv2
import numpy as np
from numpy.typing import DTypeLike, NDArray

from cutaway.picture.refuse import damaged

Pixels = NDArray[Any]

STRIP_BYTES: Final = 4 << 20
SWAPS: Final = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}


def decode_file(path: Path, stream: IO[bytes], shape: tuple[int, int, int], dtype: DTypeLike, name: str) -> Pixels:
    """As :func:`decode`, with one picture in memory where ``shape`` and ``dtype`` are what comes out.

    ``stream``: the same file, for the case that OpenCV cannot open it by its name or has other pixels in mind.
    """
    room = np.empty(shape, dtype)
    # OpenCV hands the array back untouched where it could not even start: so a mark is put in first. Where a picture
    # should really begin with the mark, the slower way gives the right answer too.
    room[0] = mark = np.random.default_rng(0).integers(0, 256, room[0].shape).astype(dtype)
    try:
        filled = cv2.imread(str(path), room, cv2.IMREAD_UNCHANGED)
    except (cv2.error, TypeError, ValueError):  # other pixels; OpenCV before 4.11; a name that is not Unicode
        filled = None
    if filled is None or not np.shares_memory(filled, room) or np.array_equal(room[0], mark):
        del room, filled
        stream.seek(0)
        return decode(stream.read(), name)
    _swap_red_and_blue(room)
    return room


def decode(data: bytes | bytearray, name: str) -> Pixels:
    """(H, W, C) in RGB order, the file's own depth and channels, orientation not applied.

    Raises PictureUnreadable where OpenCV cannot read it whole.
    """
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError from error
        raise damaged(name) from error
    if pixels is None:
        raise damaged(name)
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    _swap_red_and_blue(pixels)
    return pixels


def _swap_red_and_blue(pixels: Pixels) -> None:
    """In place by strips, so that no second picture is in memory. Gray stays."""
    if pixels.shape[2] == 1:
        return
    rows = max(1, STRIP_BYTES // pixels[0].nbytes)
    for y in range(0, len(pixels), rows):
        strip = pixels[y:y + rows]
        if pixels.dtype.name in ("uint8", "uint16", "float32") and pixels.shape[2] in SWAPS:
            strip[...] = cv2.cvtColor(strip, SWAPS[pixels.shape[2]])
        else:
            strip[..., [0, 2]] = strip[..., [2, 0]]
