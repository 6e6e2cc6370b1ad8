"""Even a ragged outline without softening it."""

from __future__ import annotations

import math
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cutaway.mask.tiles import BLOCK, Tile, blocks, fill_known, padded
from cutaway.mask.values import Values, amount, usable

LARGEST_RADIUS: Final = 20
"""Pixels, at ``smooth = 100``."""


def smooth(mask: Values, strength: float) -> Values:
    """Evens bumps and notches of the outline, as *Smooth* in Photoshop's Select and Mask: 0 copies, 100 is the most.

    ``mask``: (H, W) uint8, uint16 or float32 (0..1); the result is a new array of the same shape and type.
    ``strength``: 0..100; r = ceil(strength / 5), that is 1 to 20 pixels.

    Each pixel becomes the median of the (2 r + 1)^2 pixels around it (Tukey, "Exploratory Data Analysis", 1977; in time
    that does not grow with r: Perreault and Hebert, IEEE Trans. Image Processing 16(9), 2007). A median makes no value
    that was not there, so an outline stays as hard or as soft as it is: a straight edge of any profile is left alone,
    and only where it bends within the window does it move. Strands narrower than about r pixels go.

    uint8 is exact. uint16 and float32 are searched in steps of 1/255, and a pixel that lies in the median's step keeps
    its own value: the result is within 1/255 of the median, and what does not move keeps all its precision.

    Edge rule: the edge pixels continue outwards (replicate).

    Raises InputError for an unusable mask and SettingsInvalid where ``strength`` is outside 0..100.

    >>> import numpy as np
    >>> ragged = np.array([[0, 0, 255, 255], [0, 255, 255, 255], [0, 0, 255, 255]], np.uint8)
    >>> smooth(ragged, 5)[1].tolist()
    [0, 0, 255, 255]
    """
    values = usable(mask)
    radius = math.ceil(amount("smooth", strength, 0.0, 100.0) * LARGEST_RADIUS / 100)
    if radius == 0:
        return values.copy()
    found = blocks(values, BLOCK)
    near = np.ones((2 * (-(-radius // BLOCK)) + 1,) * 2, np.uint8)
    low, high = cv2.erode(found.low, near), cv2.dilate(found.high, near)
    out = np.empty_like(values)

    def dense(tile: Tile) -> None:
        region = padded(values, tile, radius, radius)
        middle = cv2.medianBlur(_coarse(region), 2 * radius + 1)[radius:-radius, radius:-radius]
        target = tile.of(out)
        target[:] = middle if values.dtype.name == "uint8" else _refined(tile.of(values), middle)

    fill_known(out, low, BLOCK, low != high, 256, 512, dense)
    return out


def _coarse(region: Values) -> NDArray[Any]:
    """The values in 256 steps. Steps keep the order, so the step of the median is the median of the steps."""
    if region.dtype.name == "uint8":
        return region
    steps: NDArray[Any] = cv2.convertScaleAbs(region, alpha=255.0 if region.dtype.kind == "f" else 1 / 257)
    return steps


def _refined(own: Values, middle: NDArray[Any]) -> Values:
    """The value nearest to ``own`` within the step ``middle``."""
    if own.dtype.kind == "f":
        centre = middle.astype(np.float32) / np.float32(255)
        return own.clip((centre - np.float32(0.5 / 255)).clip(0), (centre + np.float32(0.5 / 255)).clip(max=1))
    step = middle.astype(np.int32) * 257
    return own.astype(np.int32).clip(step - 128, step + 128).clip(0, 65535).astype(own.dtype)
