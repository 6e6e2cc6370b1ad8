"""Work on a large mask in pieces: strips and tiles on a few threads, and leaving out what is known beforehand.

Memory beyond input and output is a few pieces a thread.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from cutaway.mask.values import Values
from cutaway.parallel import each

BLOCK: Final = 16
"""Side of the blocks whose smallest and largest value are looked at first."""


class Tile(NamedTuple):
    """Rows y0..y1 and columns x0..x1 of a picture, the ends not included."""

    y0: int
    y1: int
    x0: int
    x1: int

    def of(self, values: Values) -> Values:
        """The view of ``values`` under this tile."""
        return values[self.y0:self.y1, self.x0:self.x1]

    def grown(self, rows: int, columns: int, shape: tuple[int, ...]) -> Tile:
        """With ``rows`` and ``columns`` more on each side, as far as the picture goes."""
        return Tile(max(0, self.y0 - rows), min(shape[0], self.y1 + rows),
                    max(0, self.x0 - columns), min(shape[1], self.x1 + columns))


def strips(shape: tuple[int, ...], rows: int) -> list[Tile]:
    """The picture in full-width strips of ``rows`` rows."""
    return [Tile(y, min(shape[0], y + rows), 0, shape[1]) for y in range(0, shape[0], rows)]


def padded(values: Values, tile: Tile, rows: int, columns: int) -> Values:
    """``values`` under the tile, ``rows`` and ``columns`` more on each side; outside the picture its edge goes on."""
    inner = tile.grown(rows, columns, values.shape)
    gaps = (rows - (tile.y0 - inner.y0), rows - (inner.y1 - tile.y1),
            columns - (tile.x0 - inner.x0), columns - (inner.x1 - tile.x1))
    if not any(gaps):
        return inner.of(values)
    grown: Values = cv2.copyMakeBorder(inner.of(values), *gaps, borderType=cv2.BORDER_REPLICATE)
    return grown


class Blocks(NamedTuple):
    """The smallest and the largest value in each square block of ``side`` pixels."""

    side: int
    low: Values
    high: Values


def blocks(values: Values, side: int) -> Blocks:
    """The extremes of the blocks of ``values``; those at the right and the bottom may be cut off by the edge."""

    def row(y: int) -> tuple[Values, Values]:
        part = values[y:y + side]
        return part.min(axis=0), part.max(axis=0)

    rows = each(lambda group: [row(y) for y in group],
                [range(y, min(len(values), y + 32 * side), side) for y in range(0, len(values), 32 * side)])
    low, high = zip(*(pair for group in rows for pair in group), strict=True)
    starts = np.arange(0, values.shape[1], side)
    return Blocks(side, np.minimum.reduceat(np.stack(low), starts, axis=1),
                  np.maximum.reduceat(np.stack(high), starts, axis=1))


def fill_known(out: Values, known: Values, side: int, undecided: NDArray[np.bool_], rows: int, columns: int,
               work: Callable[[Tile], Any]) -> None:
    """Writes each block of ``out`` with its value in ``known``, and then calls ``work`` on tiles that cover the
    ``undecided`` blocks, of at most ``rows`` by ``columns`` pixels. The tiles never overlap.
    """
    tall = max(1, rows // side)

    def strip(top: int) -> None:
        bottom = min(len(known), top + tall)
        for y in range(top, bottom):
            out[y * side:(y + 1) * side] = np.repeat(known[y], side)[:out.shape[1]]
        for x0, x1 in _runs(np.any(undecided[top:bottom], axis=0), max(1, columns // side)):
            here = np.flatnonzero(undecided[top:bottom, x0:x1].any(axis=1))
            y0, y1 = top + int(here[0]), top + int(here[-1]) + 1
            work(Tile(y0 * side, min(len(out), y1 * side), x0 * side, min(out.shape[1], x1 * side)))

    each(strip, range(0, len(known), tall))


def _runs(flags: NDArray[np.bool_], longest: int) -> list[tuple[int, int]]:
    """Start and end of each run of True, cut into equal parts no longer than ``longest``."""
    steps = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    found: list[tuple[int, int]] = []
    for start, end in zip(steps[::2].tolist(), steps[1::2].tolist(), strict=True):
        parts = -(-(end - start) // longest)
        cuts = [start + (end - start) * i // parts for i in range(parts + 1)]
        found += list(itertools.pairwise(cuts))
    return found
