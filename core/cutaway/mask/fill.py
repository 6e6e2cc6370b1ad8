"""Two networks' answers as one: the edges of the finer, the interior of the surer."""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

SHARE: Final = 0.006
"""How far inside its own edge the sure answer is believed, of the long side."""


def fill(fine: NDArray[Any], sure: NDArray[Any]) -> NDArray[np.float32]:
    """The larger of ``fine`` and of what ``sure`` is certain of well inside its subject, (h, w) float32 0..1.

    ``fine``: (h, w), the answer with good edges that misses parts of the interior. ``sure``: (h', w') of any size over
    the same picture. It counts from 1/2 (nothing) to 1 (full), after it was eroded by SHARE of the long side, so that
    its own soft edge never widens the finer one. Floats 0..1; NaN counts as 0. Outside the picture nothing erodes.

    >>> fill(np.array([[0.2, 0.9]]), np.array([[1.0, 0.5]])).tolist()
    [[1.0, 0.8999999761581421]]
    """
    edges = _unit(fine)
    height, width = edges.shape
    inside = cv2.resize(_unit(sure), (width, height), interpolation=cv2.INTER_LINEAR)
    side = 2 * int(SHARE * max(height, width)) + 1
    eroded = cv2.erode(inside, np.ones((side, side), np.uint8))
    return np.asarray(np.maximum(edges, np.clip(2.0 * eroded - 1.0, 0.0, 1.0)), np.float32)


def _unit(values: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(np.clip(np.nan_to_num(np.asarray(values, np.float32), nan=0.0), 0.0, 1.0))
