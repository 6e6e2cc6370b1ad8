"""Shrink or expand a mask."""

from __future__ import annotations

import math

import cv2
import numpy as np

from cutaway.mask import disk
from cutaway.mask.tiles import Tile, fill_known, padded
from cutaway.mask.values import Values, amount, usable


def shift(mask: Values, pixels: float) -> Values:
    """Moves the edge of the subject: ``pixels`` > 0 expands it, < 0 shrinks it, 0 copies.

    ``mask``: (H, W) uint8, uint16 or float32 (0..1); the result is a new array of the same shape and type.
    ``pixels``: any finite number, in pixels, not only whole ones.

    Grayscale dilation and erosion by a flat Euclidean disk (Serra, "Image Analysis and Mathematical Morphology",
    1982): for a whole r, ``out(x) = max of mask(x + d) over |d| <= r``, and the smallest value for -r. Every level of a
    soft edge moves by the same distance, so that the edge keeps its softness. Between whole numbers R and R + 1 the
    result goes linearly from the one to the other: a straight edge along the pixels then moves by exactly the fraction,
    and the result grows steadily with ``pixels``.

    Edge rule: what is outside the picture does not count, which is the same as continuing the edge pixels outwards. A
    subject that touches the border stays there when it shrinks. Shrinking is the complement of expanding the
    complement, exactly for integers and within 2e-7 for float32.

    Raises InputError for an unusable mask and SettingsInvalid where ``pixels`` is not finite.

    >>> import numpy as np
    >>> line = np.array([[0, 0, 0, 255, 0, 0, 0]], np.uint8)
    >>> shift(line, 1).tolist()
    [[0, 0, 255, 255, 255, 0, 0]]
    >>> shift(line, 1.5).tolist()
    [[0, 128, 255, 255, 255, 128, 0]]
    >>> shift(np.array([[255, 255, 255, 0, 0]], np.uint8), -1).tolist()
    [[255, 255, 0, 0, 0]]
    """
    values = usable(mask)
    distance = abs(amount("pixels", pixels))
    if distance == 0.0:
        return values.copy()
    expand = pixels > 0
    height, width = values.shape
    # Beyond the diagonal every pixel sees every other: a larger radius changes nothing.
    distance = min(distance, float(math.isqrt((height - 1) ** 2 + (width - 1) ** 2) + 1))
    least = math.floor(distance)
    part = distance - least
    most = least + (part > 0)
    pick = cv2.max if expand else cv2.min
    found, near, far = disk.bounds(values, least, most, expand)
    reach = (min(most, height - 1), min(most, width - 1))
    out = np.empty_like(values)

    def dense(tile: Tile) -> None:
        target = tile.of(out)
        region = padded(values, tile, *reach)
        low = disk.extreme(region, reach, target.shape, least, pick)
        target[:] = low if part == 0 else _between(low, disk.extreme(region, reach, target.shape, most, pick), part)

    rows = max(128, 2 * found.side, most // 2)  # 128 x 512 stays in a core's cache; larger disks need larger tiles
    fill_known(out, far, found.side, near != far, rows, 4 * rows, dense)
    return out


def _between(low: Values, high: Values, part: float) -> Values:
    """``part`` of the way from ``low`` to ``high``; half a step is rounded towards ``high`` in both directions."""
    if low.dtype.kind == "f":
        between: Values = low + (high - low) * np.float32(part)
        np.clip(between, np.minimum(low, high), np.maximum(low, high), out=between)
        return between
    step = (cv2.absdiff(low, high) * np.float32(part) + np.float32(0.5)).astype(low.dtype)
    moved: Values = np.where(high >= low, low + step, low - step)
    return moved
