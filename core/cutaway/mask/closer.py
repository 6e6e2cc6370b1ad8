"""A closer look: a subject that is small in its picture is shown to the network once more, large.

The second answer covers a box around the subject; both are joined without a seam. What was compared, and why the
second answer is not believed blindly, is in core/decisions/edge-refinement.md.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cutaway.mask.fill import fill

Box = tuple[int, int, int, int]
Floats = NDArray[np.float32]

SEEN: Final = 0.2
"""What the first answer says of a pixel, at least, for it to lie in the box."""

MARGIN: Final = 0.1
"""What is shown around the subject, of its longer side: a network that sees only the subject takes it for the
background."""

COVER: Final = 0.4
"""Share of the picture that the box covers at most: nearer to the whole, a second look gains nothing and may lose the
surroundings that tell the subject."""

LEAST: Final = 16
"""Pixels that the box measures at least on its longer side: smaller ones hold nothing to look at."""

AGREEMENT: Final = 0.5
"""How much the two answers have in common at least (sum of the smaller over sum of the larger values): where they do
not speak of the same thing, the first, which has seen everything, is right more often."""

RAMP: Final = 0.4
"""Part of the margin along which one matte turns into the other."""


def place(answer: Floats, size: tuple[int, int]) -> Box | None:
    """The box (x, y, width, height), in a picture of ``size`` = (H, W), that is worth a closer look; None for no box.

    ``answer``: (h, w) 0..1 over the whole picture. None where it sees nothing, where the box would cover more than
    COVER, and where the picture has no more pixels than the answer, so that there is nothing to be seen closer.

    >>> answer = np.zeros((100, 100), np.float32); answer[40:60, 30:50] = 1
    >>> place(answer, (1000, 2000)), place(answer, (100, 100)), place(answer * 0, (1000, 2000))
    ((560, 360, 480, 280), None, None)
    """
    seen = answer > SEEN
    if max(size) <= max(answer.shape) or not seen.any():
        return None
    top, bottom = _ends(np.asarray(seen.any(axis=1)), size[0] / answer.shape[0])
    left, right = _ends(np.asarray(seen.any(axis=0)), size[1] / answer.shape[1])
    longer = max(bottom - top, right - left)
    margin = MARGIN * longer
    x, y = max(0, int(left - margin)), max(0, int(top - margin))
    width, height = min(size[1], round(right + margin)) - x, min(size[0], round(bottom + margin)) - y
    if longer < LEAST or width * height > COVER * size[0] * size[1]:
        return None
    return x, y, width, height


def joined(first: Floats, second: Floats, box: Box, size: tuple[int, int]) -> Floats | None:
    """Both answers as one over the ``box``, in the shape of ``second``, (h, w) 0..1; None where they disagree.

    ``first``: (h', w') over the whole picture of ``size``; ``second``: over the box. The edges are the second's; what
    the first is sure of well inside its subject is kept (see :mod:`cutaway.mask.fill`).
    """
    before = _under(first, box, size, second.shape)
    common = float(np.minimum(before, second).sum())
    if common < AGREEMENT * float(np.maximum(before, second).sum()):
        return None
    return fill(second, before)


def blend(whole: NDArray[Any], part: NDArray[Any], box: Box) -> None:
    """Lays ``part`` (h, w) over the ``box`` of ``whole`` (H, W), both of one unsigned integer type, in place.

    Within RAMP of the margin from the box's sides one turns linearly into the other, except along sides that are the
    picture's own. Row by row: memory does not grow with the box.
    """
    x, y, width, height = box
    length = RAMP * MARGIN / (1 + 2 * MARGIN) * max(width, height)
    down = _rise(height, length, y > 0, y + height < whole.shape[0])
    across = _rise(width, length, x > 0, x + width < whole.shape[1])
    for row in range(height):
        target = whole[y + row, x : x + width]
        share = np.minimum(down[row], across)
        mixed = target + share * (part[row].astype(np.float32) - target)
        target[:] = np.rint(mixed)


def _ends(seen: NDArray[np.bool_], cell: float) -> tuple[float, float]:
    """First and last of what is True, in pixels of ``cell`` each."""
    where = np.flatnonzero(seen)
    return float(where[0]) * cell, float(where[-1] + 1) * cell


def _under(values: Floats, box: Box, size: tuple[int, int], shape: tuple[int, ...]) -> Floats:
    """``values``, (h, w) over the whole picture, as they lie under the box, bilinear, of ``shape``."""
    x, y, width, height = box
    across = (x + (np.arange(shape[1]) + 0.5) * width / shape[1]) * values.shape[1] / size[1] - 0.5
    down = (y + (np.arange(shape[0]) + 0.5) * height / shape[0]) * values.shape[0] / size[0] - 0.5
    columns, rows = np.meshgrid(across.astype(np.float32), down.astype(np.float32))
    return np.asarray(cv2.remap(values, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)


def _rise(count: int, length: float, start: bool, end: bool) -> Floats:
    """(count,) 1 in the middle, rising from 0 over ``length`` pixels at the sides asked for."""
    place = np.arange(count, dtype=np.float32) + np.float32(0.5)
    share = np.ones(count, np.float32)
    if start:
        share = np.minimum(share, place / max(1.0, length))
    if end:
        share = np.minimum(share, (count - place) / max(1.0, length))
    return share
