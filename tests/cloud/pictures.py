"""Pictures and the service's masks of them."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from cutaway.picture.model import Picture


def picture(width: int = 40, height: int = 30, seed: int = 0) -> Picture:
    return Picture(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))


def size_of(png: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(png)) as shown:
        return shown.size


def left_half(width: int, height: int) -> bytes:
    """A mask that keeps the left half."""
    values = np.zeros((height, width), np.uint8)
    values[:, : width // 2] = 255
    return packed(values)


def packed(values: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(values).save(stream, "PNG")
    return stream.getvalue()
