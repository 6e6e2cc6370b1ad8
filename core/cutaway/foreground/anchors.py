"""How far an estimated colour can be believed: what is sure of the subject nearby, and which colours are there.

Where the matte stays faint, no pixel shows the subject's colour alone. The equation of compositing then has extreme
colours for its solution, the more so the fainter the matte is. There the source's colour is the better guess.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cutaway.picture.model import Picture, full_scale

Array = NDArray[Any]
Floats = NDArray[np.float32]

BLOCK: Final = 8
"""Side in cells of the squares in which the surest matte and the extreme colours are looked up."""

NEAR: Final = 8
"""Blocks up to which what is sure counts in full; from there to twice as far it counts less and less."""

STRIP: Final = 1 << 18
"""Pixels that are looked at a time."""

SURE: Final = (0.5, 0.9)
"""A matte that reaches the second anchors the colours around it; one that stays under the first does not at all."""


def certainty(matte: Array, cell: int) -> Floats:
    """(h, w) 0..1, by cells of ``cell`` pixels of ``matte``, (H, W) unsigned: how far a subject's colour can be known.

    1 within NEAR blocks of a matte of SURE[1], 0 beyond twice that, and where the matte stays under SURE[0].

    >>> faint = np.full((40, 40), 69, np.uint8)
    >>> sure = faint.copy(); sure[20, 20] = 255
    >>> certainty(faint, 1).max(), certainty(sure, 1).min()
    (np.float32(0.0), np.float32(1.0))
    """
    surest = _pooled(matte, np.maximum, BLOCK * cell) / np.float32(np.iinfo(matte.dtype).max)
    low, high = SURE
    reached = np.asarray(2 * np.clip((surest - low) / (high - low), 0, 1), np.float32)
    for _ in range(2 * NEAR):
        reached = np.maximum(reached, cv2.dilate(reached, np.ones((3, 3), np.uint8)) - np.float32(1 / NEAR))
    return _cells(np.clip(reached, 0, 1)[..., np.newaxis], matte.shape, cell)[..., 0]


def colour_range(picture: Picture, cell: int) -> tuple[Floats, Floats, tuple[float, float]]:
    """The least and the greatest of each colour within NEAR blocks, (h, w, C) each, and those of all: 0..1, or as far
    as the picture's own colours reach beyond (HDR). Of the pixels and not of cells: a thread that is thinner than a
    cell counts, and so does a glint. The last also stand in where no colour is known."""
    scale = np.float32(full_scale(picture.pixels.dtype))
    size = (picture.height, picture.width)
    shape = (2 * NEAR + 1, 2 * NEAR + 1)
    low, high = (_extremes(picture, how, BLOCK * cell) / scale for how in (np.fmin, np.fmax))
    limits = min(0.0, float(low.min())), max(1.0, float(high.max()))
    low = _channels(cv2.erode(low, np.ones(shape, np.uint8)))
    high = _channels(cv2.dilate(high, np.ones(shape, np.uint8)))
    known = low <= high
    low, high = np.where(known, low, limits[0]), np.where(known, high, limits[1])
    return _cells(low, size, cell), _cells(high, size, cell), limits


def opaque(picture: Picture, strip: slice) -> bool:
    """Whether every pixel of these rows counts in full: most layers with alpha are opaque almost everywhere."""
    alpha = picture.alpha
    return alpha is None or bool((alpha[strip] >= full_scale(alpha.dtype)).all())


def _extremes(picture: Picture, how: np.ufunc, side: int) -> Floats:
    """``how`` (fmin or fmax) of each colour in squares of ``side`` pixels; the opposite extreme where none is known."""
    dtype = picture.color.dtype
    ends = (0, np.iinfo(dtype).max) if dtype.kind == "u" else (-np.inf, np.inf)
    unknown = ends[1] if how is np.fmin else ends[0]
    rows = []
    step = max(1, STRIP // picture.width)
    for y in range(0, picture.height, side):
        stop = min(picture.height, y + side)
        parts = [how.reduce(_known(picture, slice(z, min(stop, z + step)), unknown), axis=0)
                 for z in range(y, stop, step)]
        rows.append(how.reduceat(how.reduce(parts, axis=0), np.arange(0, picture.width, side), axis=0))
    with np.errstate(over="ignore"):
        found = np.stack(rows)[..., : picture.color.shape[2]].astype(np.float32)
    found[np.isinf(found)] = unknown  # float64 beyond float32
    return found


def _known(picture: Picture, strip: slice, unknown: float) -> Array:
    """These rows of all channels, with ``unknown`` for what is hidden or not finite."""
    seen = picture.pixels[strip]
    if picture.alpha is not None and not opaque(picture, strip):
        shown = np.full_like(seen, unknown)
        cv2.copyTo(np.ascontiguousarray(seen), (picture.alpha[strip] > 0).view(np.uint8), shown)
        seen = shown
    if seen.dtype.kind == "f" and not (finite := np.isfinite(seen)).all():
        seen = np.where(finite, seen, seen.dtype.type(unknown))
    return seen


def _pooled(values: Array, how: np.ufunc, side: int) -> Array:
    """``how`` over squares of ``side`` on the first two axes; the last ones may be smaller."""
    rows = [how.reduce(values[y : y + side], axis=0) for y in range(0, values.shape[0], side)]
    return np.asarray(how.reduceat(np.stack(rows), np.arange(0, values.shape[1], side), axis=1))


def _cells(blocks: Array, size: tuple[int, ...], cell: int) -> Floats:
    """(rows, columns, C) by block -> (h, w, C) by cell, bilinear."""
    high, wide = -(-size[0] // cell), -(-size[1] // cell)
    large = cv2.resize(np.asarray(blocks, np.float32), (blocks.shape[1] * BLOCK, blocks.shape[0] * BLOCK),
                       interpolation=cv2.INTER_LINEAR)
    return np.asarray(_channels(large)[:high, :wide], np.float32)


def _channels(values: Array) -> Array:
    """(h, w) -> (h, w, 1): OpenCV drops the channel axis of gray pictures."""
    return values if values.ndim == 3 else values[..., np.newaxis]
