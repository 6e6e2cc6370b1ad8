"""Straight foreground colours along the edge, at the picture's own size and precision.

The colours are estimated on a reduced picture (:mod:`cutaway.foreground.levels`) and brought to full size by the last
step of blur fusion: F = f + m (I - m f - (1 - m) b), with the smooth colours f and b, the matte m and the picture I.
M. Forte, "Approximate Fast Foreground Colour Estimation", ICIP 2021.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cutaway.cutout import TILE, Foreground
from cutaway.foreground.anchors import certainty, colour_range, opaque
from cutaway.foreground.levels import Scene, estimate
from cutaway.job import Job
from cutaway.mask.refine_grid import Box, Enlarger, long_side
from cutaway.picture.model import Picture, full_scale

Array = NDArray[Any]
Floats = NDArray[np.float32]

WORK: Final = 512
"""Long side, in cells, of the reduced picture on which colours are estimated (a panorama: see `long_side`)."""


STRIP: Final = 1 << 19
"""Pixels that are averaged at a time, at most, unless a row of cells has more."""

TOGETHER: Final = 8
"""Tiles that are worked on at a time: few enough to stay in a processor's cache."""

_MOVED: Final[dict[int, Any]] = {1: np.uint8, 2: np.uint16, 4: np.int32, 8: np.float64}
"""What OpenCV takes samples for that are only moved, by their bytes."""


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
    boxes = _boxes(matte, mask, size) if amount > 0 else []
    if not boxes or not matte.any():
        return None
    job.check()
    cell = -(-max(size) // long_side(WORK, size))
    with ThreadPoolExecutor(1) as beside:
        known = beside.submit(colour_range, picture, cell)
        scene = _scene(picture, matte, mask, cell)
        job.check()
        both = estimate(scene)
        lowest, highest, limits = known.result()
    np.clip(both, np.tile(lowest, 2), np.tile(highest, 2), out=both)
    enlarger = Enlarger(np.dstack([both, certainty(matte, cell)]), size, cell)

    parts = [boxes[first : first + TOGETHER] for first in range(0, len(boxes), TOGETHER)]
    origins = np.zeros((len(boxes), 2), np.int32)
    pixels = np.zeros((len(boxes), TILE, TILE, picture.color.shape[2]), picture.pixels.dtype)
    count = 0
    for index, part in enumerate(parts):
        job.progress("colours", index / len(parts))
        changed, cleaned = _cleaned(_Stack(picture, matte, mask, enlarger, part), amount / 100, limits)
        for tile in np.flatnonzero(changed):
            origins[count] = part[tile][:2]
            pixels[count] = cleaned[tile]
            count += 1
    return Foreground(origins[:count], pixels[:count]) if count else None


def _boxes(matte: Array, mask: Array, size: tuple[int, int]) -> list[Box]:
    """The tiles in which anything is cleaned."""
    starts = np.arange(0, size[1], TILE)
    boxes = []
    for y in range(0, size[0], TILE):
        height = min(TILE, size[0] - y)
        columns = _wanted(matte, mask, (0, y, size[1], height)).any(axis=0)
        found = starts[np.logical_or.reduceat(columns, starts)].tolist()
        boxes += [(x, y, min(TILE, size[1] - x), height) for x in found]
    return boxes


class _Stack:
    """Tiles one above the other: numpy takes as long for a small array as for one that is several times as large.

    n tiles of TILE on a side, what lies outside the picture included, as (n TILE, TILE) arrays. ``colour``: (.., C).
    ``both``: (2 C + 1, ..), what `clean` gives the enlarger. ``share``: the matte, 0..1. ``wanted``: what is cleaned.
    ``shown``: where alpha is over 0, or None without alpha.
    """

    def __init__(self, picture: Picture, matte: Array, mask: Array, enlarger: Enlarger, boxes: list[Box]) -> None:
        size = (len(boxes) * TILE, TILE)
        channels = picture.color.shape[2]
        self.colour = np.zeros((*size, channels), picture.pixels.dtype)
        self.both = np.zeros((2 * channels + 1, *size), np.float32)
        self.wanted = np.zeros(size, bool)
        alpha = picture.alpha
        self.shown = None if alpha is None else np.zeros(size, bool)
        values = np.zeros(size, matte.dtype)
        for index, box in enumerate(boxes):
            here = (slice(index * TILE, index * TILE + box[3]), slice(box[2]))
            self.colour[here] = _part(picture.color, box)
            enlarger.tile(box, self.both[:, *here])
            self.wanted[here] = _wanted(matte, mask, box)
            values[here] = _part(matte, box)
            if alpha is not None and self.shown is not None:
                self.shown[here] = _part(alpha, box) > 0
        self.share = values.astype(np.float32) / np.float32(np.iinfo(matte.dtype).max)


def _part(values: Array, box: Box) -> Array:
    x, y, width, height = box
    return values[y : y + height, x : x + width]


def _wanted(matte: Array, mask: Array, box: Box) -> NDArray[np.bool_]:
    return np.asarray((_part(mask, box) > 0) & (_part(matte, box) < np.iinfo(matte.dtype).max))


def _cleaned(stack: _Stack, amount: float, limits: tuple[float, float]) -> tuple[NDArray[np.bool_], Array]:
    """For each tile of ``stack``, whether anything changed, (n,), and its colours, (n, TILE, TILE, C)."""
    dtype = stack.colour.dtype
    fine = dtype.itemsize > 2 and dtype != np.float32
    wide: Any = np.float64 if fine else np.float32
    scale = wide(full_scale(dtype))
    channels = stack.colour.shape[2]
    rest_share = 1 - stack.share
    strength = stack.both[-1] * wide(amount)
    planes = []
    for i in range(channels):
        front, back = stack.both[i], stack.both[channels + i]
        seen = stack.colour[..., i].astype(wide)
        seen /= scale
        known = None
        if stack.shown is not None or dtype.kind == "f":
            known = np.isfinite(seen) & (True if stack.shown is None else stack.shown)
            seen = np.where(known, seen, front)
        value = seen - stack.share * front
        back *= rest_share
        value -= back
        if known is not None:
            value[~known] = 0
        value *= stack.share
        value += front
        np.clip(value, *limits, out=value)
        value -= seen
        value *= strength
        value += seen
        value *= scale
        if dtype.kind == "u":
            np.rint(value, out=value)
        planes.append(value.astype(dtype))
    cleaned = _merged(planes, stack.wanted, stack.colour)
    tiles = (-1, TILE, TILE, channels)
    return (cleaned != stack.colour).reshape(tiles).any(axis=(1, 2, 3)), cleaned.reshape(tiles)


def _merged(planes: list[Array], wanted: NDArray[np.bool_], others: Array) -> Array:
    """(h, w, C) of ``planes`` where ``wanted``, else of ``others``. OpenCV does it in a tenth of numpy's time."""
    kind = _MOVED[others.dtype.itemsize]
    merged = cv2.merge([plane.view(kind) for plane in planes]).reshape(others.shape)
    out = others.copy()
    cv2.copyTo(merged, wanted.view(np.uint8), out.view(kind))
    return out


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
