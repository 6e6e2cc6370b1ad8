"""The guided filter with a colour guide, as coefficients: matte = a . colour + b in each neighbourhood.

K. He, J. Sun, X. Tang, "Guided Image Filtering", IEEE TPAMI 35 (2013), equations 14 to 16 (colour guide); computed on a
reduced picture and applied at full size as in K. He, J. Sun, "Fast Guided Filter", arXiv:1505.00996 (2015).
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def coefficients(guide: NDArray[Any], matte: NDArray[Any], radius: int, epsilon: float) -> Floats:
    """Averaged coefficients, (h, w, 4) float32: three of colour, then the constant.

    ``guide``: (h, w, 3) 0..1. ``matte``: (h, w) 0..1. Windows are squares of 2 ``radius`` + 1 pixels, mirrored at the
    border. ``epsilon`` is the colour variance under which a window counts as flat. Computed in float64: the variances
    of flat areas are differences of nearly equal numbers.
    """
    side = (2 * radius + 1, 2 * radius + 1)

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(cv2.boxFilter(values, -1, side, borderType=cv2.BORDER_REFLECT))

    colour = [np.ascontiguousarray(guide[..., i], np.float64) for i in range(3)]
    values = np.asarray(matte, np.float64)
    mean_colour = [mean(c) for c in colour]
    mean_matte = mean(values)
    covariance = [mean(c * values) - m * mean_matte for c, m in zip(colour, mean_colour, strict=True)]
    inverse, scale = _inverse(colour, mean_colour, mean, epsilon)
    slopes = [sum(inverse[i][j] * covariance[j] for j in range(3)) / scale for i in range(3)]
    constant = mean_matte - sum(a * m for a, m in zip(slopes, mean_colour, strict=True))
    return np.stack([mean(c).astype(np.float32) for c in (*slopes, constant)], axis=-1)


def _inverse(colour: Any, mean_colour: Any, mean: Any, epsilon: float) -> tuple[Any, NDArray[np.float64]]:
    """The adjugate of each window's colour covariance plus epsilon, as 3 x 3 arrays, and its determinant."""
    c = [[mean(colour[i] * colour[j]) - mean_colour[i] * mean_colour[j] if j >= i else None for j in range(3)]
         for i in range(3)]
    for i in range(3):
        c[i][i] = np.maximum(c[i][i], 0.0) + epsilon
    rr, rg, rb, gg, gb, bb = c[0][0], c[0][1], c[0][2], c[1][1], c[1][2], c[2][2]
    i00, i01, i02 = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    i11, i12, i22 = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    return [[i00, i01, i02], [i01, i11, i12], [i02, i12, i22]], i00 * rr + i01 * rg + i02 * rb
