"""The picture as it is sent: flattened, 8-bit sRGB, nothing beside the pixels."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway.picture.encode_png import Extras, encode


class ArrayRows:
    """An array (H, W, C), uint8 or uint16, as an encoder wants it."""

    def __init__(self, pixels: NDArray[Any]) -> None:
        self.height, self.width, self.channels = pixels.shape
        self.dtype = pixels.dtype
        self._pixels = pixels

    def strip(self, start: int, stop: int) -> NDArray[Any]:
        return self._pixels[start:stop]


def png(pixels: NDArray[np.uint8]) -> bytes:
    """(H, W, 3) sRGB -> a PNG file without profile, EXIF, text or time."""
    stream = io.BytesIO()
    encode(stream, ArrayRows(pixels), Extras())
    return stream.getvalue()
