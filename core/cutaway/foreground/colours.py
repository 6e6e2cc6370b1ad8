"""Straight foreground colours along the edge, at the picture's own size and precision.

The colours are estimated on a reduced picture (:mod:`cutaway.foreground.levels`) and brought to full size by the last
step of blur fusion: F = f + m (I - m f - (1 - m) b), with the smooth colours f and b, the matte m and the picture I.
M. Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cutaway.cutout import TILE, Foreground
from cutaway.foreground.anchors import certainty, colour_range, opaque
from cutaway.foreground.levels import Scene, estimate
from cutaway.job import Job
from cutaway.mask.refine_grid import Box, Enlarger, long_side, tiles
from cutaway.picture.model import Picture, full_scale

Array = NDArray[Any]
Floats = NDArray[np.float32]

WORK: Final = 512
"""Long side, in cells, of the reduced picture on which colours are estimated (a panorama: see `long_side`)."""


STRIP: Final = 1 << 19
"""Pixels that are averaged at a time, at most, unless a row of cells has more."""


def clean(picture: Picture, matte: Array, mask: Array, amount: int, job: Job) -> Foreground | None:
    """The tiles in which a cleaned colour differs from the source, or None where none does.

    ``matte``: (H, W) uint8 or uint16, how much of each pixel's colour is the subject's. ``mask``: (H, W) uint8 or
    uint16, what is shown. Cleaned are pixels that are shown and not wholly the subject's; all others keep their bits.
    Where the matte is 0 (an expanded mask) the colour is that of the nearest subject. ``amount``: 0 leaves the source's
    colours, 100 takes the cleaned ones, as far as something near is surely the subject's. Colours that are not finite,
    or lie under alpha 0, are not counted, and replaced where they are shown. Besides the result it takes some 40 MB
    whatever the picture's size. Raises Cancelled.
    """
    size = (picture.height, picture.width)
    boxes = [box for box in tiles(size, TILE) if _wanted(matte, mask, box).any()] if amount > 0 else []
    if not boxes or not matte.any():
        return None
    job.check()
    cell = -(-max(size) // long_side(WORK, size))
    scene = _scene(picture, matte, mask, cell)
    job.check()
    both = estimate(scene)
    lowest, highest, limits = colour_range(picture, cell)
    np.clip(both, np.tile(lowest, 2), np.tile(highest, 2), out=both)
    enlarger = Enlarger(np.dstack([both, certainty(matte, cell)]), size, cell)
    origins = np.zeros((len(boxes), 2), np.int32)
    pixels = np.zeros((len(boxes), TILE, TILE, picture.color.shape[2]), picture.pixels.dtype)
    count = 0
    for index, box in enumerate(boxes):
        if index % 16 == 0:
            job.progress("colours", index / len(boxes))
        x, y, width, height = box
        target = pixels[count, :height, :width]
        target[:] = picture.color[y : y + height, x : x + width]
        if _cleaned(target, picture, matte, _wanted(matte, mask, box), box, enlarger.tile(box), amount / 100, limits):
            origins[count] = x, y
            count += 1
    return Foreground(origins[:count], pixels[:count]) if count else None


def _part(values: Array, box: Box) -> Array:
    x, y, width, height = box
    return values[y : y + height, x : x + width]


def _wanted(matte: Array, mask: Array, box: Box) -> NDArray[np.bool_]:
    return np.asarray((_part(mask, box) > 0) & (_part(matte, box) < np.iinfo(matte.dtype).max))


def _cleaned(target: Array, picture: Picture, matte: Array, wanted: NDArray[np.bool_], box: Box, both: Floats,
             amount: float, limits: tuple[float, float]) -> bool:
    """Cleans ``target``, which holds the source's colours, in place. Says whether anything changed."""
    fine = target.dtype.itemsize > 2 and target.dtype != np.float32
    wide: Any = np.float64 if fine else np.float32
    scale = full_scale(target.dtype)
    share = _part(matte, box).astype(np.float32) / np.float32(np.iinfo(matte.dtype).max)
    shown = None if picture.alpha is None else _part(picture.alpha, box) > 0
    rest_share = 1 - share
    source_may_be_infinite = target.dtype.kind == "f"
    channels = target.shape[2]
    strength = both[-1] * wide(amount)
    changed = False
    for i in range(channels):
        source = target[..., i].astype(wide) / wide(scale)
        front, back = both[i], both[channels + i]
        seen, known = source, None
        if shown is not None or source_may_be_infinite:
            known = np.isfinite(source) & (True if shown is None else shown)
            seen = np.where(known, source, front)
        rest = seen - share * front - rest_share * back
        if known is not None:
            rest = np.where(known, rest, 0)
        value = np.clip(front + share * rest, *limits)
        value = (seen + strength * (value - seen)) * wide(scale)
        final = (np.rint(value) if target.dtype.kind == "u" else value).astype(target.dtype)
        differs = wanted & (final != target[..., i])
        target[..., i][differs] = final[differs]
        changed = changed or bool(differs.any())
    return changed


def _scene(picture: Picture, matte: Array, mask: Array, cell: int) -> Scene:
    """The reduced picture: means over squares of ``cell`` pixels (the last ones may reach over the border)."""
    high, wide = -(-picture.height // cell), -(-picture.width // cell)
    colour = np.zeros((high, wide, picture.color.shape[2]), np.float32)
    share, weight = np.zeros((high, wide), np.float32), np.zeros((high, wide), np.float32)
    active = np.zeros((high, wide), bool)
    rows = max(1, min(128, STRIP // picture.width) // cell)
    for first in range(0, high, rows):
        part, strip = slice(first, first + rows), slice(first * cell, (first + rows) * cell)
        share[part] = _means(matte[strip], cell) / np.float32(np.iinfo(matte.dtype).max)
        colour[part], weight[part] = _strip(picture, strip, cell)
        wanted = (mask[strip] > 0) & (matte[strip] < np.iinfo(matte.dtype).max)
        active[part] = _means(wanted.view(np.uint8) * np.uint8(255), cell) > 0
    return Scene(colour, share, weight, active | ((share > 0) & (share < 1)))


def _strip(picture: Picture, strip: slice, cell: int) -> tuple[Floats, Floats]:
    """Mean colour and weight of each cell: pixels count by their alpha, and not at all where they are not finite."""
    colour = picture.color[strip]
    scale = np.float32(full_scale(colour.dtype))
    if opaque(picture, strip):
        direct = colour if colour.dtype in (np.uint8, np.uint16) else _floats(colour)
        means = _channels(_means(direct, cell)) / scale
        if np.isfinite(means).all():
            return means, np.ones(means.shape[:2], np.float32)
    if colour.dtype.kind == "u" and picture.alpha is not None:
        weight = picture.alpha[strip] / scale
        mean = _means(weight, cell)
        planes = [_means(colour[..., i] * weight, cell) for i in range(colour.shape[2])]
        return np.asarray(np.dstack(planes) / (scale * np.maximum(mean, np.float32(1e-6)))[..., np.newaxis]), mean
    values = _floats(colour) / scale
    weight = np.isfinite(values).all(axis=-1).astype(np.float32)
    if picture.alpha is not None:
        weight *= np.clip(np.nan_to_num(_floats(picture.alpha[strip]) / scale, nan=0.0), 0.0, 1.0)
    values[weight == 0] = 0
    values *= weight[..., np.newaxis]
    mean = _means(weight, cell)
    means = _channels(_means(values, cell)) / np.maximum(mean, np.float32(1e-6))[..., np.newaxis]
    return np.asarray(means, np.float32), mean


def _floats(values: Array) -> Floats:
    with np.errstate(over="ignore", invalid="ignore"):  # float64 beyond float32 becomes inf: not counted
        return np.asarray(values, np.float32)


def _channels(values: Floats) -> Floats:
    """(h, w) -> (h, w, 1): OpenCV drops the channel axis of gray pictures."""
    return values if values.ndim == 3 else values[..., np.newaxis]


def _means(values: Array, cell: int) -> Floats:
    """Means over squares of ``cell`` pixels as float32, of the rows that ``values`` has; the border is repeated."""
    high, wide = -(-values.shape[0] // cell), -(-values.shape[1] // cell)
    if values.shape[:2] != (high * cell, wide * cell):
        values = cv2.copyMakeBorder(np.ascontiguousarray(values), 0, high * cell - values.shape[0],
                                    0, wide * cell - values.shape[1], cv2.BORDER_REPLICATE)
    if cell == 1:
        return np.asarray(values, np.float32)
    small = cv2.resize(np.ascontiguousarray(values), (wide, high), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)
