"""Soften the edge of a mask."""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np

from cutaway.mask.tiles import Tile, strips
from cutaway.mask.values import Values, amount, full, usable
from cutaway.parallel import each

RADIUS_PER_SIGMA: Final = 3.5
"""GIMP's Select > Feather: ``gimp_gegl_apply_feather`` (app/gegl/gimp-gegl-apply-operation.c) blurs with std-dev =
radius / 3.5, "picked to visually match the old" blur, and clamps at the border where its edge lock is on."""

REACH: Final = 3.5
"""The Gaussian is cut off at this many sigmas: what is left out is 5e-4 of its weight."""

FINE: Final = 4.0
"""Sigma in reduced pixels, at least: the interpolation's error falls with its square."""

TENT: Final = np.array([[1], [3], [3], [1]], np.float32) / 8


def feather(mask: Values, radius: float) -> Values:
    """Softens the mask by a Gaussian of standard deviation ``radius / 3.5``, as Select > Feather does in GIMP.

    ``mask``: (H, W) uint8, uint16 or float32 (0..1); the result is a new array of the same shape and type.
    ``radius``: pixels, 0 or more; 0 copies.

    Below sigma = 8 it is the sampled Gaussian itself. From there on the mask is halved by the filter (1 3 3 1) / 8 to a
    k-th of its size, k <= sigma / 4 (a pyramid: Burt and Adelson, IEEE Trans. Communications 31(4), 1983), blurred
    there and interpolated linearly; the Gaussian is narrowed by the variance of these steps, (k^2 - 1) / 4 for the
    halvings and (k^2 - 1) / 6 for the interpolation. The result is within 1/255 of the exact Gaussian, and its cost
    does not grow with the radius. In float32 the last millionth at either end is rounded to 0 and 1.

    Edge rule: the edge pixels continue outwards (replicate, GIMP's "clamp"), so that a subject which touches the border
    stays full there.

    Raises InputError for an unusable mask and SettingsInvalid where ``radius`` is negative or not finite.

    >>> import numpy as np
    >>> edge = np.array([[0, 0, 0, 0, 255, 255, 255, 255]], np.uint8)
    >>> feather(edge, 3.5).tolist()
    [[0, 1, 15, 77, 178, 240, 254, 255]]
    >>> int(feather(np.full((3, 3), 255, np.uint8), 250).min())
    255
    """
    values = usable(mask)
    sigma = amount("radius", radius, 0.0) / RADIUS_PER_SIGMA
    if sigma < 0.1:  # the neighbour's weight is below 2e-22
        return values.copy()
    return _direct(values, sigma) if sigma < 2 * FINE else _reduced(values, sigma)


def kernel(sigma: float) -> Values:
    """The sampled Gaussian, (2 n + 1, 1), its sum 1."""
    reach = max(1, math.ceil(REACH * sigma))
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()
    return weights.astype(np.float32).reshape(-1, 1)


def _direct(values: Values, sigma: float) -> Values:
    weights = kernel(sigma)
    reach = len(weights) // 2
    out = np.empty_like(values)

    def strip(tile: Tile) -> None:
        grown = tile.grown(reach, 0, values.shape)
        part = grown.of(values)
        if part.dtype.name == "uint16":
            part = part.astype(np.float32)  # OpenCV has no fast filter from uint16 to float
        soft = cv2.sepFilter2D(part, cv2.CV_32F, weights, weights, borderType=cv2.BORDER_REPLICATE)
        _store(soft[tile.y0 - grown.y0:tile.y1 - grown.y0], tile.of(out))

    each(strip, strips(values.shape, 128))
    return out


def _reduced(values: Values, sigma: float) -> Values:
    halvings = int(math.log2(sigma / FINE))
    factor = 1 << halvings
    height, width = values.shape
    # Two blocks of continued edge on every side: the outer one holds nothing else, so that replicating it is exact.
    rows, columns = (-(-side // factor) + 4 for side in (height, width))
    small: Values = np.empty((rows, columns), np.float32)

    def shrink(tile: Tile) -> None:
        # The tents reach less than one block over the tile.
        part = _continued(values, (tile.y0 - 3) * factor, (tile.y1 - 1) * factor, 2 * factor, columns * factor)
        for _ in range(halvings):
            part = cv2.sepFilter2D(part, cv2.CV_32F, TENT, TENT, anchor=(1, 1), borderType=cv2.BORDER_REPLICATE)
            part = part[::2, ::2]
        small[tile.y0:tile.y1] = part[1:-1]

    deep = max(4, 128 // factor)
    each(shrink, strips(small.shape, deep))
    added = (factor * factor - 1) * (1 / 4 + 1 / 6)
    weights = kernel(math.sqrt(sigma * sigma - added) / factor)
    cv2.sepFilter2D(small, cv2.CV_32F, weights, weights, dst=small, borderType=cv2.BORDER_REPLICATE)
    out = np.empty_like(values)

    def enlarge(tile: Tile) -> None:
        y0, y1 = tile.y0 // factor + 1, -(-tile.y1 // factor) + 3  # one reduced row more on each side
        wide = cv2.resize(small[y0:y1], (columns * factor, (y1 - y0) * factor), interpolation=cv2.INTER_LINEAR)
        _store(wide[factor:factor + tile.y1 - tile.y0, 2 * factor:2 * factor + width], tile.of(out))

    each(enlarge, strips(values.shape, deep * factor))
    return out


def _continued(values: Values, first: int, last: int, left: int, columns: int) -> Values:
    """The rows first..last as float32, ``left`` columns before the picture's first and ``columns`` in all; outside the
    picture, above and below too, its edge continues."""
    height, width = values.shape
    wanted = np.arange(first, last).clip(0, height - 1)
    y0, y1 = int(wanted[0]), int(wanted[-1]) + 1
    above = int(np.searchsorted(wanted, y0, "right")) - 1
    grown: Values = cv2.copyMakeBorder(
        values[y0:y1].astype(np.float32), above, len(wanted) - above - (y1 - y0), left, columns - left - width,
        borderType=cv2.BORDER_REPLICATE)
    return grown


def _store(soft: Values, out: Values) -> None:
    """Writes float values into ``out``, rounded to its type and kept in its range."""
    if out.dtype.kind == "f":
        # Stretched by a millionth at both ends: a sum of weights may miss 1 by that, and what is full must stay full.
        np.multiply(soft, np.float32(1 + 2e-6), out=out)
        np.subtract(out, np.float32(1e-6), out=out)
        np.clip(out, np.float32(0), np.float32(1), out=out)
    elif out.dtype.name == "uint8":
        out[:] = cv2.convertScaleAbs(soft)
    else:
        out[:] = np.rint(np.clip(soft, 0, full(out)))
