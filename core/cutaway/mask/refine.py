"""From the network's small answer to a matte of the picture's size."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cutaway.job import Job
from cutaway.mask.refine_grid import Enlarger, tiles
from cutaway.mask.refine_guided import coefficients
from cutaway.picture.model import Picture
from cutaway.picture.render import render

WORK: Final = 1024
"""Longest side, in pixels, of the reduced picture on which edges are looked for."""

EPSILON: Final = 1e-4
"""Colour variance (0..1 squared) under which a neighbourhood counts as flat: a noise of 1 % of full scale."""

SURE: Final = 0.04
"""An answer within this of 0 or 1 is believed."""


def refine(coarse: NDArray[Any], picture: Picture, job: Job, dtype: Any) -> NDArray[Any]:
    """The matte at full size, (H, W) of ``dtype`` (uint8 or uint16).

    ``coarse``: (h, w) 0..1, covers the whole picture, its aspect may differ.
    """
    coarse = unit(coarse)
    size = (picture.height, picture.width)
    cell = max(size[0] / coarse.shape[0], size[1] / coarse.shape[1])
    if cell <= 1.0 or not uncertain(coarse).any():
        return enlarge(coarse, picture, job, dtype)
    ratio = min(1.0, WORK / max(size))
    work = (max(1, round(size[0] * ratio)), max(1, round(size[1] * ratio)))
    guide = render(picture, None, (work[1], work[0])).astype(np.float32) / 255
    matte = cv2.resize(coarse, (work[1], work[0]), interpolation=cv2.INTER_LINEAR)
    job.check()
    step = max(1.0, cell * ratio)
    weight = band(matte, step)
    slopes = coefficients(guide, matte, max(1, round(2 * step)), EPSILON)
    slopes *= weight[..., np.newaxis]
    slopes[..., 3] += (1 - weight) * matte
    return _applied(slopes, picture, job, np.dtype(dtype))


def enlarge(coarse: NDArray[Any], picture: Picture, job: Job, dtype: Any) -> NDArray[Any]:
    """The plain bilinear enlargement of (h, w) 0..1 to the picture's size, as ``dtype``, tile by tile."""
    size = (picture.height, picture.width)
    values = unit(coarse)
    kind = np.dtype(dtype)
    if values.shape[0] > size[0] or values.shape[1] > size[1]:
        values = cv2.resize(values, (size[1], size[0]), interpolation=cv2.INTER_AREA)
    enlarger = Enlarger(values, size)
    out = np.empty(size, kind)
    for box in tiles(size):
        x, y, width, height = box
        job.check()
        out[y : y + height, x : x + width] = quantised(enlarger.tile(box), kind)
    return out


def unit(values: NDArray[Any]) -> NDArray[np.float32]:
    """float32 0..1; integers are taken as their full scale, NaN as 0."""
    if values.dtype.kind == "u":
        return values.astype(np.float32) / np.float32(np.iinfo(values.dtype).max)
    return np.clip(np.nan_to_num(np.asarray(values, np.float32), nan=0.0, posinf=1.0, neginf=0.0), 0, 1)


def uncertain(values: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Where (h, w) is soft, or turns from under to over a half."""
    edge = cv2.morphologyEx((values > 0.5).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    return ((values > SURE) & (values < 1 - SURE)) | (edge > 0)


def band(matte: NDArray[np.float32], step: float) -> NDArray[np.float32]:
    """How far each pixel of (h, w) is to be looked at again, 0..1: 1 within ``step`` pixels of what is uncertain."""
    side = 2 * round(step) + 1
    shape = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    grown = cv2.dilate(uncertain(matte).astype(np.float32), shape)
    return np.asarray(cv2.blur(grown, (side, side), borderType=cv2.BORDER_REFLECT))


def quantised(values: NDArray[np.float32], dtype: np.dtype[Any]) -> NDArray[Any]:
    """0..1 (clipped) as an unsigned integer type's full scale, rounded."""
    scaled = np.clip(values, 0.0, 1.0)
    scaled *= np.float32(np.iinfo(dtype).max)
    scaled += np.float32(0.5)
    return scaled.astype(dtype)


def _applied(slopes: NDArray[np.float32], picture: Picture, job: Job, dtype: np.dtype[Any]) -> NDArray[Any]:
    """slopes . colour + constant at full size, reading the picture only where a slope is not 0."""
    size = (picture.height, picture.width)
    out = np.empty(size, dtype)
    constant = Enlarger(slopes[..., 3], size)
    colour = Enlarger(slopes[..., :3], size)
    for box in tiles(size):
        x, y, width, height = box
        if x == 0:
            job.progress("edges", y / size[0])
        values = constant.tile(box)
        if colour.small(box).any():
            pixels = render(picture, box)
            factors = colour.tile(box)
            factors *= np.float32(1 / 255)
            for i in range(3):
                values += factors[i] * pixels[..., i]
        out[y : y + height, x : x + width] = quantised(values, dtype)
    return out
