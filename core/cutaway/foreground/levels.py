"""Foreground and background colours of every pixel of a small picture.

T. Germer, T. Uelwer, S. Conrad, S. Harmeling, "Fast Multi-Level Foreground Estimation", ICPR 2020 (arXiv:2006.14970),
with all pixels of a level solved at once (Jacobi) in place of one after the other.
"""

from __future__ import annotations

import math
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

REGULARISATION: Final = 1e-5
GRADIENT: Final = 1.0
SMALL: Final = 32
ROUNDS: Final = (10, 2)
NEIGHBOURS: Final = ((0, 1), (2, 1), (1, 0), (1, 2))


def estimate(colour: Floats, matte: Floats) -> tuple[Floats, Floats]:
    """(F, B), each (h, w, C), with colour = matte F + (1 - matte) B, from (h, w, C) and (h, w) in 0..1."""
    height, width = matte.shape
    levels = max(1, math.ceil(math.log2(max(height, width))))
    front = back = np.broadcast_to(colour.mean((0, 1)), (1, 1, colour.shape[2])).astype(np.float32)
    for level in range(levels + 1):
        wide, high = round(width ** (level / levels)), round(height ** (level / levels))
        seen = _resized(colour, wide, high, cv2.INTER_AREA)
        share = _resized(matte[..., np.newaxis], wide, high, cv2.INTER_AREA)
        front = _resized(front, wide, high, cv2.INTER_NEAREST)
        back = _resized(back, wide, high, cv2.INTER_NEAREST)
        front, back = _solved(seen, share, front, back, ROUNDS[0] if max(high, wide) <= SMALL else ROUNDS[1])
    return front, back


def _solved(seen: Floats, share: Floats, front: Floats, back: Floats, rounds: int) -> tuple[Floats, Floats]:
    padded = _padded(share)
    height, width = share.shape[:2]
    weights = [
        REGULARISATION + GRADIENT * np.abs(share - padded[y : y + height, x : x + width]) for y, x in NEIGHBOURS]
    total = np.sum(weights, axis=0)
    rest = 1 - share
    a, b, c = share * share + total, share * rest, rest * rest + total
    scale = 1 / (a * c - b * b)
    for _ in range(rounds):
        fronts, backs = _padded(front), _padded(back)
        one, two = share * seen, rest * seen
        for weight, (y, x) in zip(weights, NEIGHBOURS, strict=True):
            one = one + weight * fronts[y : y + height, x : x + width]
            two = two + weight * backs[y : y + height, x : x + width]
        front, back = (c * one - b * two) * scale, (a * two - b * one) * scale
    return front, back


def _padded(values: Floats) -> Floats:
    return np.pad(values, ((1, 1), (1, 1), (0, 0)), mode="edge")


def _resized(values: Floats, wide: int, high: int, how: int) -> Floats:
    if values.shape[:2] == (high, wide):
        return values
    return np.asarray(cv2.resize(values, (wide, high), interpolation=how)).reshape(high, wide, values.shape[2])
