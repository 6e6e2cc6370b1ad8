"""Foreground and background colours of the soft pixels of a small picture.

T. Germer, T. Uelwer, S. Conrad, S. Harmeling, "Fast Multi-Level Foreground Estimation", ICPR 2020 (arXiv:2006.14970).
Differences: only the soft pixels are solved; they are visited like a chessboard's fields, all white ones at once, then
all black ones (the paper visits one after the other); each pixel's colour counts by a weight.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cutaway.parallel import in_order

Floats = NDArray[np.float32]

REGULARISATION: Final = 1e-5
"""How much each pixel's colours shall be like its neighbours' (the paper's epsilon_r)."""

GRADIENT: Final = 0.1
"""The same for a step of 1 in the matte between them (the paper's omega; 1 there)."""

ROUNDS: Final = 10
"""Visits to each pixel on each level."""

WHOLE: Final = 128
"""Levels up to this long side are solved everywhere, so that what lies off ``active`` is a good guess, not a start."""


@dataclass(frozen=True)
class Scene:
    """A small picture. ``colour``: (h, w, C). ``matte``, ``weight``: (h, w) 0..1; a colour of weight 0 is not known.

    ``active``: (h, w) bool, where colours are asked for.
    """

    colour: Floats
    matte: Floats
    weight: Floats
    active: NDArray[np.bool_]


def estimate(scene: Scene) -> Floats:
    """(h, w, 2 C): foreground F, then background B, with colour = matte F + (1 - matte) B where ``active``.

    Off ``active``, F is the colour where the matte is 1 and B where it is 0; the other of the two is a guess.
    """
    height, width, channels = scene.colour.shape
    levels = max(1, math.ceil(math.log2(max(height, width))))
    sizes = [(round(width ** (level / levels)), round(height ** (level / levels))) for level in range(levels + 1)]
    both = np.zeros((1, 1, 2 * channels), np.float32)
    for level, (part, fields) in enumerate(in_order(lambda size: _prepared(scene, size), sizes)):
        both = _resized(both, sizes[level], cv2.INTER_NEAREST)
        if level == 0:
            both[:] = np.tile(part.colour, 2)
        _start(part, both)
        for _ in range(ROUNDS):
            for field in fields:
                field.update(both.reshape(-1, 2 * channels))
    return both


def _start(scene: Scene, both: Floats) -> None:
    """Sets what is known without solving."""
    channels = scene.colour.shape[2]
    for known, part in ((scene.matte >= 1.0, slice(0, channels)), (scene.matte <= 0.0, slice(channels, None))):
        where = known & (scene.weight > 0.0)
        both[..., part][where] = scene.colour[where]


def _prepared(scene: Scene, size: tuple[int, int]) -> tuple[Scene, list[_Field]]:
    """What a level of ``size`` (width, height) needs that the one before does not change.

    The fields are for the paper's update (equation 10: a 2 x 2 system for each pixel).
    """
    part = _reduced(scene, size)
    width, height = size
    rows, columns = np.nonzero(part.active)
    fields = []
    for color in (0, 1):
        chosen = (rows + columns) % 2 == color
        y, x = rows[chosen], columns[chosen]
        around = [np.maximum(y - 1, 0) * width + x, np.minimum(y + 1, height - 1) * width + x,
                  y * width + np.maximum(x - 1, 0), y * width + np.minimum(x + 1, width - 1)]
        fields.append(_Field(part, y * width + x, around))
    return part, fields


class _Field:
    """Pixels that are not each other's neighbours, solved at once.

    What is one number for a pixel is repeated for its colours: numpy is several times as fast on rows of one length.
    """

    def __init__(self, scene: Scene, here: NDArray[Any], around: list[NDArray[Any]]) -> None:
        self._here, self._around = here, around
        channels = scene.colour.shape[2]
        matte = scene.matte.ravel()
        share = matte[here]
        rest = 1 - share
        pull = [(REGULARISATION + GRADIENT * np.abs(share - matte[other])).astype(np.float32) for other in around]
        total = pull[0] + pull[1] + pull[2] + pull[3]
        weight = scene.weight.ravel()[here]
        a, b, c = weight * share * share + total, weight * share * rest, weight * rest * rest + total
        scale = 1 / (a * c - b * b)
        self._pull = [_repeated(each, 2 * channels) for each in pull]
        self._own = np.concatenate([_repeated(c * scale, channels), _repeated(a * scale, channels)], axis=1)
        self._other = _repeated(-b * scale, 2 * channels)
        seen = scene.colour.reshape(-1, channels)[here] * weight[:, np.newaxis]
        self._seen = np.concatenate([share[:, np.newaxis] * seen, rest[:, np.newaxis] * seen], axis=1)
        self._room = np.empty_like(self._seen), np.empty_like(self._seen)

    def update(self, flat: Floats) -> None:
        channels = self._seen.shape[1] // 2
        right, near = self._room
        np.copyto(right, self._seen)
        for pull, other in zip(self._pull, self._around, strict=True):
            np.take(flat, other, axis=0, out=near, mode="clip")  # with "clip" no copy is made on the way
            near *= pull
            right += near
        near[:, :channels], near[:, channels:] = right[:, channels:], right[:, :channels]
        right *= self._own
        near *= self._other
        right += near
        flat[self._here] = right


def _repeated(values: Floats, times: int) -> Floats:
    """(n,) -> (n, times)."""
    return np.ascontiguousarray(np.broadcast_to(values[:, np.newaxis], (len(values), times)))


def _reduced(scene: Scene, size: tuple[int, int]) -> Scene:
    if scene.matte.shape == (size[1], size[0]):
        return scene
    weight = _resized(scene.weight[..., np.newaxis], size, cv2.INTER_AREA)
    colour = _resized(scene.colour * scene.weight[..., np.newaxis], size, cv2.INTER_AREA)
    colour /= np.maximum(weight, np.float32(1e-6))
    matte = _resized(scene.matte[..., np.newaxis], size, cv2.INTER_AREA)[..., 0]
    active = _resized(scene.active[..., np.newaxis].astype(np.float32), size, cv2.INTER_AREA)[..., 0] > 0.0
    active |= (matte > 0.0) & (matte < 1.0)
    return Scene(colour, matte, weight[..., 0], active | (max(size) <= WHOLE))


def _resized(values: Floats, size: tuple[int, int], how: int) -> Floats:
    """OpenCV's resize for (h, w, C), always a new array; it drops a channel axis of 1, put back here."""
    resized = cv2.resize(values, size, interpolation=how)
    return np.asarray(resized, np.float32).reshape(size[1], size[0], values.shape[2])
