"""Straight foreground colours along the edge, at the picture's own size and precision."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cutaway.cutout import TILE, Foreground
from cutaway.foreground.levels import estimate
from cutaway.job import Job
from cutaway.mask.refine_grid import Enlarger, tiles
from cutaway.picture.model import Picture, full_scale

Floats = NDArray[np.float32]

WORK: Final = 512
"""Longest side, in cells, of the reduced picture on which colours are looked for."""


def clean(
    picture: Picture, matte: NDArray[Any], mask: NDArray[Any], amount: int, job: Job
) -> Foreground | None:
    """The tiles in which a cleaned colour differs from the source, or None."""
    size = (picture.height, picture.width)
    full = np.iinfo(matte.dtype).max
    if amount == 0 or not matte.any():
        return None
    cell = -(-max(size) // WORK)
    colour, share = _reduced(picture, matte, cell)
    front, back = estimate(colour, share)
    fronts, backs = Enlarger(front, size, cell), Enlarger(back, size, cell)
    origins, pixels = [], []
    for box in tiles(size, TILE):
        x, y, width, height = box
        if x == 0:
            job.progress("colours", y / size[0])
        part = (slice(y, y + height), slice(x, x + width))
        values = matte[part]
        wanted = (mask[part] > 0) & (values < full)
        if not wanted.any():
            continue
        source = picture.color[part]
        cleaned = _closed(source, values.astype(np.float32) / np.float32(full), fronts.tile(box), backs.tile(box),
                          amount / 100, wanted)
        if cleaned.tobytes() != np.ascontiguousarray(source).tobytes():
            tile = np.zeros((TILE, TILE, source.shape[2]), source.dtype)
            tile[:height, :width] = cleaned
            origins.append((x, y))
            pixels.append(tile)
    if not origins:
        return None
    return Foreground(np.array(origins, np.int32), np.stack(pixels))


def _closed(source: NDArray[Any], share: Floats, front: Floats, back: Floats, amount: float, wanted: NDArray[np.bool_]
            ) -> NDArray[Any]:
    """The last step of blur fusion: the residual of the mixture goes to the foreground by its share."""
    scale = full_scale(source.dtype)
    out = source.copy()
    for i in range(source.shape[2]):
        with np.errstate(invalid="ignore", over="ignore"):
            seen = np.nan_to_num(source[..., i].astype(np.float64) / scale, nan=0.0, posinf=1.0, neginf=0.0)
        f, b = front[i], back[i]
        value = np.clip(f + share * (seen - share * f - (1 - share) * b), 0.0, max(1.0, float(seen.max())))
        value = seen + amount * (value - seen)
        final = np.rint(value * scale) if source.dtype.kind == "u" else value
        out[..., i][wanted] = final[wanted].astype(source.dtype)
    return out


def _reduced(picture: Picture, matte: NDArray[Any], cell: int) -> tuple[Floats, Floats]:
    """Mean colour (h, w, C) 0..1 and mean matte (h, w) of each square of ``cell`` pixels (fewer at the far border)."""
    colours, shares = [], []
    rows = max(1, 128 // cell) * cell
    for y in range(0, picture.height, rows):
        colours.append(_means(picture.color[y : y + rows], cell))
        shares.append(_means(matte[y : y + rows, :, np.newaxis], cell)[..., 0])
    return np.concatenate(colours), np.concatenate(shares)


def _means(values: NDArray[Any], cell: int) -> Floats:
    height, width, channels = values.shape
    with np.errstate(over="ignore", invalid="ignore"):
        unit = values.astype(np.float32) / np.float32(full_scale(values.dtype))
    if values.dtype.kind == "f":
        unit = np.nan_to_num(unit, nan=0.0, posinf=1.0, neginf=0.0)
    unit = cv2.copyMakeBorder(unit, 0, -height % cell, 0, -width % cell, cv2.BORDER_REPLICATE)
    high, wide = unit.shape[0] // cell, unit.shape[1] // cell
    return np.asarray(cv2.resize(unit, (wide, high), interpolation=cv2.INTER_AREA)).reshape(high, wide, channels)
