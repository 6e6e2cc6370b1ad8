"""Decoding by OpenCV: all bits, straight into one array."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cutaway.picture.refuse import damaged

Pixels = NDArray[Any]

STRIP_BYTES: Final = 4 << 20
SWAPS: Final = {3: cv2.COLOR_BGR2RGB, 4: cv2.COLOR_BGRA2RGBA}


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
    if pixels.ndim == 2:
        return pixels[..., np.newaxis]
    _swap_red_and_blue(pixels)
    return pixels


def _swap_red_and_blue(pixels: Pixels) -> None:
    """In place by strips, so that no second picture is in memory."""
    rows = max(1, STRIP_BYTES // pixels[0].nbytes)
    for y in range(0, len(pixels), rows):
        strip = pixels[y:y + rows]
        if pixels.dtype.name in ("uint8", "uint16", "float32") and pixels.shape[2] in SWAPS:
            strip[...] = cv2.cvtColor(strip, SWAPS[pixels.shape[2]])
        else:
            strip[..., [0, 2]] = strip[..., [2, 0]]
