"""Enlarging a small array to a picture's size, one tile at a time, without a seam."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Box = tuple[int, int, int, int]

SIDE: Final = 256
"""Side of a working tile in pixels: its arrays stay in a processor's cache."""


class Axis:
    """Linear interpolation along one axis from ``small`` cells to ``large`` pixels.

    A cell is ``cell`` pixels long, by default large / small. Centres are aligned: cell i lies at (i + 0.5) cell; beyond
    the outermost centres the outermost value holds. The weights depend on the position alone, never on the tile, so
    that tiles meet without a seam.
    """

    def __init__(self, small: int, large: int, cell: float = 0.0) -> None:
        place = (np.arange(large, dtype=np.float64) + 0.5) / (cell or large / small) - 0.5
        place = np.clip(place, 0.0, small - 1.0)
        self._first = np.minimum(place.astype(np.int64), max(0, small - 2))
        self._share = (place - self._first).astype(np.float32)
        self._small = small

    def span(self, start: int, length: int) -> slice:
        """The cells that the pixels [start, start + length) are made from."""
        return slice(int(self._first[start]), min(self._small, int(self._first[start + length - 1]) + 2))

    def weights(self, start: int, length: int) -> tuple[NDArray[np.int64], Floats]:
        """For each pixel, the first of its two cells (counted from the span's start), and the share of the second."""
        stop = start + length
        return self._first[start:stop] - self._first[start], self._share[start:stop]


class Enlarger:
    """Bilinear enlargement of ``values``, (h, w, C), to ``size`` = (H, W), read tile by tile.

    ``cell``: pixels to a cell, where that is not H / h and W / w (the last cells may reach over the border). Unsigned
    integers are kept as they are and enlarged as shares of their full scale: ``values`` may be as large as a picture.
    """

    def __init__(self, values: NDArray[Any], size: tuple[int, int], cell: float = 0.0) -> None:
        whole = values.dtype.kind == "u"
        self._values = np.ascontiguousarray(np.moveaxis(values, -1, 0), None if whole else np.float32)
        self._scale = np.float32(np.iinfo(values.dtype).max) if whole else None
        self._down = Axis(values.shape[0], size[0], cell)
        self._across = Axis(values.shape[1], size[1], cell)

    def small(self, box: Box) -> Floats:
        """The small values, (C, rows, columns), that the tile ``box`` (x, y, width, height) is made from."""
        x, y, width, height = box
        part = self._values[:, self._down.span(y, height), self._across.span(x, width)]
        return part if self._scale is None else np.asarray(part / self._scale, np.float32)

    def tile(self, box: Box, out: Floats | None = None) -> Floats:
        """The enlarged tile, (C, height, width), written to ``out`` where that is given.

        No matrix product, though it is one: linked libraries would start threads for it that fight over the processor.
        """
        x, y, width, height = box
        wide = _between(np.moveaxis(self.small(box), 1, 2), *self._across.weights(x, width))
        return _between(np.moveaxis(wide, 2, 1), *self._down.weights(y, height), out)


def _between(values: Floats, first: NDArray[np.int64], share: Floats, out: Floats | None = None) -> Floats:
    """(C, n, m) -> (C, pixels, m): values[first] + share (values[first + 1] - values[first])."""
    steps = np.zeros_like(values, order="C")
    np.subtract(values[:, 1:], values[:, :-1], out=steps[:, :-1])
    found = np.multiply(np.take(steps, first, axis=1), share[:, np.newaxis], out=out)
    found += np.take(values, first, axis=1)
    return found


def long_side(side: int, size: tuple[int, int]) -> int:
    """The long side, in cells, of the reduced form of a picture of ``size`` = (H, W) that is worth ``side``.

    ``side`` itself up to an aspect of 2 : 1; beyond that, as many cells as ``side`` gives at 2 : 1, so that a
    panorama's short side is not worked on in a handful of them.

    >>> long_side(400, (3000, 4000)), long_side(400, (3000, 24000))
    (400, 800)
    """
    return round(side * math.sqrt(max(1.0, max(size) / min(size) / 2)))


def tiles(size: tuple[int, int], side: int = SIDE) -> Iterator[Box]:
    """Boxes (x, y, width, height) that cover ``size`` = (H, W) row by row, each at most ``side`` on a side."""
    for y in range(0, size[0], side):
        for x in range(0, size[1], side):
            yield x, y, min(side, size[1] - x), min(side, size[0] - y)
