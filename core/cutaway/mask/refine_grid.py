"""Enlarging a small array to a picture's size, one tile at a time, without a seam."""

from __future__ import annotations

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
        self._share = place - self._first
        self._small = small

    def span(self, start: int, stop: int) -> tuple[int, int]:
        """The half-open range of cells that the pixels [start, stop) are made from."""
        return int(self._first[start]), min(self._small, int(self._first[stop - 1]) + 2)

    def weights(self, start: int, stop: int) -> Floats:
        """(stop - start, cells of the span) float32: each row sums to 1."""
        first, last = self.span(start, stop)
        rows = np.arange(stop - start)
        columns = self._first[start:stop] - first
        share = self._share[start:stop]
        weights = np.zeros((stop - start, last - first), np.float32)
        weights[rows, columns] = 1.0 - share
        if last - first > 1:
            weights[rows, columns + 1] = share
        return weights


class Enlarger:
    """Bilinear enlargement of ``values``, (h, w, C), to ``size`` = (H, W), read tile by tile.

    ``cell``: pixels to a cell, where that is not H / h and W / w (the last cells may reach over the border).
    """

    def __init__(self, values: NDArray[Any], size: tuple[int, int], cell: float = 0.0) -> None:
        self._values = np.ascontiguousarray(values, np.float32)
        self._down = Axis(values.shape[0], size[0], cell)
        self._across = Axis(values.shape[1], size[1], cell)

    def small(self, box: Box) -> Floats:
        """A view of the small values (rows, columns, C) that the tile ``box`` = (x, y, width, height) is made from."""
        x, y, width, height = box
        top, bottom = self._down.span(y, y + height)
        left, right = self._across.span(x, x + width)
        return self._values[top:bottom, left:right]

    def tile(self, box: Box) -> Floats:
        """The enlarged tile, (C, height, width)."""
        x, y, width, height = box
        small = np.ascontiguousarray(np.moveaxis(self.small(box), -1, 0))
        across = self._across.weights(x, x + width).T
        down = self._down.weights(y, y + height)
        return np.asarray(np.matmul(down, np.matmul(small, across)), np.float32)


def tiles(size: tuple[int, int], side: int = SIDE) -> Iterator[Box]:
    """Boxes (x, y, width, height) that cover ``size`` = (H, W) row by row, each at most ``side`` on a side."""
    for y in range(0, size[0], side):
        for x in range(0, size[1], side):
            yield x, y, min(side, size[1] - x), min(side, size[0] - y)
