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

from cutaway.mask.tiles import Tile, each, strips
from cutaway.mask.values import Values, full, level_value

STRIP: Final = 256
TILE: Final = (128, 512)
FARTHEST: Final = 16
"""A soft edge is followed at most this many pixels from its piece."""

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
    """The pieces of one strip; label 0 is what is no piece. ``large``: too large, or it touches the border.

    ``waiting``: places (counted along the rows of the strip) of the pixels of small pieces that touch a seam, and their
    labels; None where these are so many that labelling the strip again is better than keeping them.
    """

    tile: Tile
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
    area = stats[:, cv2.CC_STAT_AREA].astype(np.int64)
    large = area > most
    if kind.enclosed:
        edges = [labels[:, 0], labels[:, -1]]
        edges += [labels[0]] * (tile.y0 == 0) + [labels[-1]] * (tile.y1 == values.shape[0])
        large[np.concatenate(edges)] = True
    seam = np.zeros(len(area), bool)
    seam[labels[0]] = tile.y0 > 0
    seam[labels[-1]] |= tile.y1 < values.shape[0]
    fate = np.where(large, KEEP, np.where(seam, WAIT, CLEAR))
    fate[0] = KEEP
    waiting: tuple[NDArray[np.int64], Labels] | None = (np.empty(0, np.int64), np.empty(0, np.int32))
    if fate.any():
        fates = fate[labels]
        np.putmask(tile.of(out), fates == CLEAR, 0 if kind.above else full(out))
        places = np.flatnonzero(fates == WAIT)
        waiting = (places, labels.reshape(-1)[places]) if len(places) < labels.size // 8 else None
    return Strip(tile, area, large, labels[0].copy(), labels[-1].copy(), waiting)


def _clear_crossing(values: Values, out: Values, strip: Strip, small: NDArray[np.bool_], kind: Kind) -> None:
    """Clears the pieces of the strip that are ``small`` now that their parts in other strips are known."""
    if not small.any():
        return
    cleared = 0 if kind.above else full(out)
    if strip.waiting is None:
        np.putmask(strip.tile.of(out), small[_label(values, strip.tile, kind)[0]], cleared)
    else:
        places, labels = strip.waiting
        strip.tile.of(out).reshape(-1)[places[small[labels]]] = cleared


def _across(found: list[Strip], most: float, kind: Kind) -> list[NDArray[np.bool_]]:
    """For each strip, which of its labels belong to small pieces that cross a seam."""
    starts = np.cumsum([0] + [len(strip.area) for strip in found])
    parent: dict[int, int] = {}

    def root(label: int) -> int:
        while parent.setdefault(label, label) != label:
            parent[label] = parent[parent[label]]
            label = parent[label]
        return label

    for upper, lower, first, second in zip(found[:-1], found[1:], starts[:-2], starts[1:-1], strict=True):
        for one, two in _touching(upper.bottom, lower.top, kind.connectivity):
            parent[root(one + int(first))] = root(two + int(second))
        for seam, start in ((upper.bottom, first), (lower.top, second)):
            for alone in np.unique(seam[seam > 0]).tolist():
                root(alone + int(start))
    area: dict[int, int] = {}
    large: set[int] = set()
    areas = np.concatenate([strip.area for strip in found])
    larges = np.concatenate([strip.large for strip in found])
    for label in parent:
        area[root(label)] = area.get(root(label), 0) + int(areas[label])
        if larges[label]:
            large.add(root(label))
    small = np.zeros(len(areas), bool)
    small[[label for label in parent if root(label) not in large and area[root(label)] <= most]] = True
    return [small[a:b] for a, b in itertools.pairwise(starts)]


def _touching(above: Labels, below: Labels, connectivity: int) -> list[tuple[int, int]]:
    """The pairs of labels that meet at a seam."""
    meets = [(above, below)]
    if connectivity == 8:
        meets += [(above[1:], below[:-1]), (above[:-1], below[1:])]
    pairs = np.concatenate([np.stack(meet, axis=1) for meet in meets])
    pairs = np.unique(pairs[(pairs > 0).all(axis=1)], axis=0)
    return [(int(one), int(two)) for one, two in pairs]


def _soft_edges(values: Values, out: Values, tile: Tile, reach: int, kind: Kind) -> None:
    """Lets cleared pieces grow over their soft edge inside the tile: over pixels of the other half that lead away from
    the piece without turning back, ``reach`` steps far. Sees ``reach`` pixels around the tile, so seams do not show."""
    grown = tile.grown(reach, reach, values.shape)
    level = grown.of(values)
    inside = _inside(level, kind)
    cleared = inside & (grown.of(out) != level)
    if not cleared.any():
        return
    if kind.above:
        level = full(values) - level
    most: Any = full(values)
    soft = np.where(inside | (level == most), 0, 255).astype(np.uint8)
    front, near, count = np.where(cleared, level, most), np.ones((3, 3), np.uint8), 0
    for _ in range(reach):
        # The set only grows, since the front only falls: what was taken before is taken again.
        more = cv2.bitwise_and(cv2.compare(level, cv2.erode(front, near), cv2.CMP_GE), soft)
        before, count = count, cv2.countNonZero(more)
        if count == before:
            break
        cv2.copyTo(level, more, front)
    middle = np.s_[tile.y0 - grown.y0:tile.y1 - grown.y0, tile.x0 - grown.x0:tile.x1 - grown.x0]
    np.putmask(tile.of(out), more[middle] > 0, 0 if kind.above else most)
