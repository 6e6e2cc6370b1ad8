"""A mask from a picture file: what another program has cut out or painted."""

from __future__ import annotations

import os
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cutaway.cutout import Note
from cutaway.picture import read as reading
from cutaway.picture.model import Picture, full_scale
from cutaway.picture.render import render

STRIP: Final = 1 << 18
"""Pixels that are converted at a time."""


def read(path: str | os.PathLike[str]) -> tuple[NDArray[Any], tuple[Note, ...]]:
    """(h, w) uint8 or uint16, the largest value keeps a pixel. Raises what reading a picture raises."""
    picture, notes = reading.read(path)
    return values_of(picture), notes


def values_of(picture: Picture) -> NDArray[Any]:
    """The transparency where there is some, else how bright the picture is.

    A gray picture of 8 or 16 bits is taken as it is: a mask's values are no light and have no curve.
    """
    alpha = seen_through(picture)
    if alpha is not None:
        return alpha
    if picture.is_gray:
        return whole_numbers(picture.color[..., 0])
    shown = render(picture)
    if all(np.array_equal(shown[..., 0], shown[..., channel]) for channel in (1, 2)):
        return whole_numbers(picture.color[..., 0])
    # Rec. 709 luma: a coloured picture as a mask is rare, and its brightness is what a person sees.
    luma = shown @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    return np.asarray(np.rint(luma), np.uint8)


def seen_through(picture: Picture) -> NDArray[Any] | None:
    """The picture's transparency, (H, W) uint8 or uint16, or None where nothing is transparent. NaN counts as 0."""
    alpha = picture.alpha
    if alpha is None or not np.fmin.reduce(alpha, axis=None) < full_scale(alpha.dtype):
        return None
    return whole_numbers(alpha)


def whole_numbers(values: NDArray[Any]) -> NDArray[Any]:
    """(H, W) of any dtype of a picture or bool, its full scale as 1 -> uint8 or uint16; NaN counts as 0. By strips."""
    if values.dtype in (np.uint8, np.uint16):
        return np.ascontiguousarray(values)
    if values.dtype == bool:
        return np.asarray(np.multiply(values, np.uint8(255), dtype=np.uint8))
    out = np.empty(values.shape, np.uint16)
    rows = max(1, STRIP // values.shape[1])
    for y in range(0, values.shape[0], rows):
        with np.errstate(over="ignore", invalid="ignore"):  # float64 beyond float32 becomes inf: 1
            part = values[y : y + rows].astype(np.float32) / np.float32(full_scale(values.dtype))
        out[y : y + rows] = np.rint(np.clip(np.nan_to_num(part, nan=0.0), 0.0, 1.0) * np.float32(65535))
    return out
