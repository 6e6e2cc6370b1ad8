"""Small connected pieces of a mask, found and cleared: what holes and specks have in common.

The mask is labelled strip by strip, so that labels never take more than a strip's memory; pieces that cross a seam are
put together afterwards from the labels along the seams.
"""

from __future__ import annotations

import itertools
from typing import Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from cutaway.mask.tiles import Tile, strips
from cutaway.mask.values import Values, full, level_value
from cutaway.parallel import each

STRIP: Final = 128
TILE: Final = (128, 512)
FARTHEST: Final = 16
"""A soft edge is followed at most this many pixels from its piece."""

NEAR: Final = np.ones((3, 3), np.uint8)
KEEP, CLEAR, WAIT = np.uint8(0), np.uint8(1), np.uint8(2)

Labels = NDArray[np.int32]


class Kind(NamedTuple):
    """What a piece is.

    ``above``: made of pixels of at least one half, else of those below. ``enclosed``: pieces that touch the picture's
    border do not count. ``connectivity``: 4 or 8.
    """

    above: bool
    enclosed: bool
    connectivity: int


HOLES: Final = Kind(above=False, enclosed=True, connectivity=4)
SPECKS: Final = Kind(above=True, enclosed=False, connectivity=8)


class Strip(NamedTuple):
    """The pieces of one strip that touch a seam, numbered from 1; 0 is everything else.

    ``names``: their labels in the strip. ``area`` and ``large`` by number: ``large`` ones are too large or touch the
    border. ``top``, ``bottom``: the numbers along the seams. ``waiting``: the places (counted along the rows of the
    strip) and numbers of the pixels of pieces that may still be small; None where these are so many that labelling the
    strip again is better than keeping them.
    """

    tile: Tile
    names: Labels
    area: NDArray[np.int64]
    large: NDArray[np.bool_]
    top: Labels
    bottom: Labels
    waiting: tuple[NDArray[np.int64], Labels] | None


def clear(values: Values, side: float, kind: Kind) -> Values:
    """``values`` with every piece of ``kind`` of at most ``side`` squared pixels turned into its opposite, soft edge
    included."""
    out = values.copy()
    most = min(side * side, float(values.size))
    found = each(lambda tile: _strip(values, out, tile, most, kind), strips(values.shape, STRIP))
    each(lambda pair: _clear_crossing(values, out, *pair, kind), zip(found, _across(found, most, kind), strict=True))
    reach = min(FARTHEST, max(4, int(side)))
    each(lambda tile: _soft_edges(values, out, tile, reach, kind),
         [Tile(row.y0, row.y1, x, min(values.shape[1], x + TILE[1]))
          for row in strips(values.shape, TILE[0]) for x in range(0, values.shape[1], TILE[1])])
    return out


def _inside(values: Values, kind: Kind) -> NDArray[np.bool_]:
    half = level_value(values, 0.5)
    inside: NDArray[np.bool_] = values >= half if kind.above else values < half
    return inside


def _label(values: Values, tile: Tile, kind: Kind) -> tuple[Labels, NDArray[np.int32]]:
    binary = _inside(tile.of(values), kind).view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(binary, connectivity=kind.connectivity, ltype=cv2.CV_32S)
    return np.asarray(labels, np.int32), np.asarray(stats, np.int32)


def _strip(values: Values, out: Values, tile: Tile, most: float, kind: Kind) -> Strip:
    """Labels a strip and clears the small pieces that touch no seam."""
    labels, stats = _label(values, tile, kind)
    last = tile.y1 == values.shape[0]
    area = stats[:, cv2.CC_STAT_AREA]
    large = area > most
    if kind.enclosed:
        edges = [labels[:, 0], labels[:, -1]] + [labels[0]] * (tile.y0 == 0) + [labels[-1]] * last
        large[np.concatenate(edges)] = True
    large[0] = True
    names = np.unique(np.concatenate([labels[0]] * (tile.y0 > 0) + [labels[-1]] * (not last) + [labels[0, :0]]))
    names = names[names > 0]
    number = np.zeros(len(area), np.int32)
    number[names] = np.arange(1, len(names) + 1)
    fate = np.where(large, KEEP, np.where(number > 0, WAIT, CLEAR))
    waiting: tuple[NDArray[np.int64], Labels] | None = (np.empty(0, np.int64), np.empty(0, np.int32))
    if fate.any():
        fates = fate[labels]
        np.putmask(tile.of(out), fates == CLEAR, 0 if kind.above else full(out))
        places = np.flatnonzero(fates == WAIT)
        waiting = (places, number[labels.reshape(-1)[places]]) if len(places) < labels.size // 8 else None
    return Strip(tile, names, np.concatenate(([0], area[names])), np.concatenate(([True], large[names])),
                 number[labels[0]], number[labels[-1]], waiting)


def _clear_crossing(values: Values, out: Values, strip: Strip, small: NDArray[np.bool_], kind: Kind) -> None:
    """Clears the pieces of the strip that are ``small``, by number, now that their parts in other strips are known."""
    if not small.any():
        return
    cleared = 0 if kind.above else full(out)
    if strip.waiting is None:
        labels, stats = _label(values, strip.tile, kind)
        gone = np.zeros(len(stats), bool)
        gone[strip.names] = small[1:]
        np.putmask(strip.tile.of(out), gone[labels], cleared)
    else:
        places, numbers = strip.waiting
        strip.tile.of(out).reshape(-1)[places[small[numbers]]] = cleared


def _across(found: list[Strip], most: float, kind: Kind) -> list[NDArray[np.bool_]]:
    """For each strip, by number, which of its pieces at the seams are small when put together over the seams."""
    starts = np.cumsum([0] + [len(strip.area) for strip in found]).tolist()
    parent = list(range(starts[-1]))

    def root(piece: int) -> int:
        while parent[piece] != piece:
            parent[piece] = parent[parent[piece]]
            piece = parent[piece]
        return piece

    for (upper, first), (lower, second) in itertools.pairwise(zip(found, starts[:-1], strict=True)):
        for one, two in _touching(upper.bottom, lower.top, kind.connectivity):
            parent[root(one + first)] = root(two + second)
    roots = np.array([root(piece) for piece in range(len(parent))])
    area = np.bincount(roots, np.concatenate([strip.area for strip in found]))
    large = np.bincount(roots, np.concatenate([strip.large for strip in found])) > 0
    small = ((area <= most) & ~large)[roots]
    return [small[start:end] for start, end in itertools.pairwise(starts)]


def _touching(above: Labels, below: Labels, connectivity: int) -> list[tuple[int, int]]:
    """The pairs of labels that meet at a seam."""
    meets = [(above, below)]
    if connectivity == 8:
        meets += [(above[1:], below[:-1]), (above[:-1], below[1:])]
    ones, twos = (np.concatenate(side).astype(np.int64) for side in zip(*meets, strict=True))
    both = (ones > 0) & (twos > 0)
    pairs = np.unique(ones[both] << 32 | twos[both])  # one sort of numbers is faster than one of pairs
    return list(zip((pairs >> 32).tolist(), (pairs & 0xFFFFFFFF).tolist(), strict=True))


def _soft_edges(values: Values, out: Values, tile: Tile, reach: int, kind: Kind) -> None:
    """Lets cleared pieces grow over their soft edge inside the tile: over pixels of the other half that lead away from
    the piece without turning back, ``reach`` steps far. Sees ``reach`` pixels around the tile, so seams do not show.

    Tiles may be done at the same time: each reads from its neighbours only which pixels *inside* pieces were cleared,
    and writes there no more of them.
    """
    grown = tile.grown(reach, reach, values.shape)
    level = grown.of(values)
    inside = _inside(level, kind)
    cleared = inside & (grown.of(out) != level)
    if not cleared.any():
        return
    # Up from a hole, down from a speck, as far as there is something between it and what lies beyond.
    beyond: Any = 0 if kind.above else full(values)
    widen, onward = (cv2.dilate, cv2.CMP_LE) if kind.above else (cv2.erode, cv2.CMP_GE)
    soft = np.where(inside | (level == beyond), 0, 255).astype(np.uint8)
    front, count = np.where(cleared, level, values.dtype.type(beyond)), 0
    for _ in range(reach):
        # The front only moves on, so what was taken before is taken again: the set only grows.
        more = cv2.bitwise_and(cv2.compare(level, widen(front, NEAR), onward), soft)
        before, count = count, cv2.countNonZero(more)
        if count == before:
            break
        cv2.copyTo(level, more, front)
    middle = np.s_[tile.y0 - grown.y0:tile.y1 - grown.y0, tile.x0 - grown.x0:tile.x1 - grown.x0]
    np.putmask(tile.of(out), more[middle] > 0, beyond)
