"""Slow answers, each written from the definition and by another way than the product's."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from tests.mask.masks import Array, top

SIDES = ((0, 1), (1, 0), (0, -1), (-1, 0))
AROUND = (*SIDES, (1, 1), (1, -1), (-1, 1), (-1, -1))


def disk_extreme(mask: Array, radius: float, largest: bool) -> Array:
    """The largest or smallest value among the pixels of the picture within ``radius``, pixel by pixel."""
    out = mask.copy()
    ys, xs = np.ogrid[:mask.shape[0], :mask.shape[1]]
    for (y, x), _ in np.ndenumerate(mask):
        near = mask[(ys - y) ** 2 + (xs - x) ** 2 <= radius * radius]
        out[y, x] = near.max() if largest else near.min()
    return out


def gaussian(mask: Array, sigma: float) -> NDArray[np.float64]:
    """The whole sum in double precision, eight sigmas far, the edge continued."""
    reach = math.ceil(8 * sigma)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    weights /= weights.sum()

    def down(values: NDArray[np.float64]) -> NDArray[np.float64]:
        tall = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
        return np.stack([weights @ tall[y:y + 2 * reach + 1] for y in range(len(values))])

    return down(down(mask.astype(np.float64)).T).T


def median(mask: Array, radius: int) -> Array:
    """The middle one of the sorted values of each window, the edge continued."""
    wide = np.pad(mask, radius, mode="edge")
    out = mask.copy()
    for (y, x), _ in np.ndenumerate(mask):
        window = np.sort(wide[y:y + 2 * radius + 1, x:x + 2 * radius + 1], axis=None)
        out[y, x] = window[len(window) // 2]
    return out


def pieces(inside: NDArray[np.bool_], around: tuple[tuple[int, int], ...]) -> list[list[tuple[int, int]]]:
    """The connected pieces, by flood fill."""
    left = {(int(y), int(x)) for y, x in np.argwhere(inside)}
    found = []
    while left:
        open_ = [left.pop()]
        piece = []
        while open_:
            y, x = open_.pop()
            piece.append((y, x))
            for dy, dx in around:
                if (y + dy, x + dx) in left:
                    left.remove((y + dy, x + dx))
                    open_.append((y + dy, x + dx))
        found.append(piece)
    return found


def cleared(mask: Array, size: float, holes: bool) -> Array:
    """Holes filled or specks dropped with their soft edge: the docstrings' words, pixel by pixel."""
    height, width = mask.shape
    full = mask.dtype.type(top(mask.dtype.name))
    inside = mask < full / 2 if holes else mask >= full / 2
    level = mask.astype(np.float64) * (1 if holes else -1)
    beyond = full if holes else 0
    taken = set()
    for piece in pieces(inside, SIDES if holes else AROUND):
        border = any(y in (0, height - 1) or x in (0, width - 1) for y, x in piece)
        if len(piece) <= size * size and not (holes and border):
            taken.update(piece)
    front = set(taken)
    for _ in range(min(16, max(4, int(size)))):
        steps = {((y, x), (y + dy, x + dx)) for y, x in front for dy, dx in AROUND
                 if 0 <= y + dy < height and 0 <= x + dx < width}
        front = {there for here, there in steps
                 if there not in taken and not inside[there] and level[here] <= level[there] < beyond}
        taken |= front
    out = mask.copy()
    for place in taken:
        out[place] = full if holes else 0
    return out
