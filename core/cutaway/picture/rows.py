"""Rows of the result, made strip by strip from the picture, the mask and the cleaned colours."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import DTypeLike, NDArray

from cutaway.cutout import TILE, Foreground
from cutaway.picture.model import Picture, full_scale
from cutaway.picture.render import srgb_curve

Pixels = NDArray[Any]


class Rows(Protocol):
    """What an encoder is given: the picture's size and kind, and any strip of it."""

    height: int
    width: int
    channels: int
    dtype: np.dtype[Any]

    def strip(self, start: int, stop: int) -> Pixels:
        """(stop - start, width, channels) in ``dtype``. Called from several threads."""
        ...


class CutoutRows:
    """The source's colours, cleaned along the edge, with straight alpha = source alpha x mask.

    Colours are never multiplied by alpha, and those under alpha 0 stay the source's: no dark fringe, and painting on
    the alpha brings them back.
    """

    def __init__(self, picture: Picture, mask: Pixels, foreground: Foreground | None, dtype: DTypeLike) -> None:
        self.height, self.width = picture.height, picture.width
        self.channels = picture.color.shape[2] + 1
        self.dtype = np.dtype(dtype)
        self._picture = picture
        self._mask = mask
        self._foreground = foreground

    def strip(self, start: int, stop: int) -> Pixels:
        picture = self._picture
        done = np.empty((stop - start, self.width, self.channels), self.dtype)
        color = done[..., :-1]
        # A file without a profile is taken for sRGB, so linear light without one must be encoded.
        encode = picture.transfer == "linear" and picture.icc is None
        source = picture.color[start:stop]
        if self.dtype == source.dtype and not encode:
            color[...] = source
            paste_foreground(color, start, self._foreground)
        else:
            source = source.copy()
            paste_foreground(source, start, self._foreground)
            color[...] = convert(source, self.dtype, encode)
        done[..., -1] = coverage(picture, self._mask, start, stop, self.dtype)
        return done


class MaskRows:
    """The mask x source alpha as a gray picture."""

    channels = 1

    def __init__(self, picture: Picture, mask: Pixels, dtype: DTypeLike) -> None:
        self.height, self.width = picture.height, picture.width
        self.dtype = np.dtype(dtype)
        self._picture = picture
        self._mask = mask

    def strip(self, start: int, stop: int) -> Pixels:
        return coverage(self._picture, self._mask, start, stop, self.dtype)[..., np.newaxis]


def paste_foreground(rows: Pixels, y0: int, foreground: Foreground | None) -> None:
    """Writes those parts of tiles into ``rows`` that lie there.

    ``rows``: (n, W, C without alpha), the picture's rows from ``y0`` on. Parts of a tile beyond the right or bottom
    edge are ignored.
    """
    if foreground is None:
        return
    y1, width = y0 + rows.shape[0], rows.shape[1]
    tops = foreground.origins[:, 1]
    for index in np.flatnonzero((tops < y1) & (tops + TILE > y0)):
        x, y = (int(value) for value in foreground.origins[index])
        first, last = max(y, y0), min(y + TILE, y1)
        wide = min(TILE, width - x)
        if wide > 0:
            rows[first - y0:last - y0, x:x + wide] = foreground.pixels[index, first - y:last - y, :wide]


def coverage(picture: Picture, mask: Pixels, start: int, stop: int, dtype: np.dtype[Any]) -> Pixels:
    """(stop - start, W): mask x source alpha, rounded to the nearest value of ``dtype``."""
    part = mask[start:stop]
    if picture.alpha is None and part.dtype == dtype:
        return part
    scale = full_scale(dtype) / full_scale(part.dtype)
    values = part * np.float64(scale)
    if picture.alpha is not None:
        alpha = picture.alpha[start:stop]
        values *= alpha * np.float64(1.0 / full_scale(alpha.dtype))
    return _rounded(values, dtype)


def convert(values: Pixels, dtype: np.dtype[Any], encode: bool = False) -> Pixels:
    """To another dtype at the same scale; ``encode``: linear light -> sRGB's curve. Integers clip, NaN becomes 0.

    >>> convert(np.array([0, 128, 255], np.uint8), np.dtype(np.uint16)).tolist()
    [0, 32896, 65535]
    """
    with np.errstate(over="ignore", invalid="ignore"):  # float64 beyond float32 becomes inf
        floats = np.multiply(values, 1.0 / full_scale(values.dtype), dtype=np.float64)
        if encode:
            floats = srgb_curve(np.nan_to_num(floats, nan=0.0).astype(np.float32)).astype(np.float64)
        return _rounded(floats * full_scale(dtype), dtype)


def _rounded(values: Pixels, dtype: np.dtype[Any]) -> Pixels:
    if dtype.kind == "f":
        return values.astype(dtype)
    whole: Pixels = np.rint(np.clip(np.nan_to_num(values, nan=0.0), 0, full_scale(dtype))).astype(dtype)
    return whole
