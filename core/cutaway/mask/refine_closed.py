"""Closed-form matting on a small picture, without ever building a matrix.

The matting Laplacian is that of A. Levin, D. Lischinski, Y. Weiss, "A Closed-Form Solution to Natural Image Matting",
IEEE TPAMI 30 (2008); it is multiplied by box filters as in K. He, J. Sun, X. Tang, "Fast Matting Using Large Kernel
Matting Laplacian Matrices", CVPR 2010; solved by conjugate gradients with a diagonal preconditioner.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


class Laplacian:
    """The matting Laplacian of ``guide``, (h, w, 3) 0..1, over windows of 2 ``radius`` + 1 pixels inside the picture.

    ``epsilon``: the colour variance under which a window counts as flat. float64 throughout: a flat window's variance
    is the difference of nearly equal numbers, and float32 gave NaN there.

    ``variance``: (h, w), the sum of the three colours' variances in the window around each pixel; ``count``: its
    pixels.
    """

    def __init__(self, guide: NDArray[Any], radius: int, epsilon: float) -> None:
        self._side = (2 * radius + 1, 2 * radius + 1)
        self._colour = [np.ascontiguousarray(guide[..., i], np.float64) - 0.5 for i in range(3)]
        self.count = self._sum(np.ones(guide.shape[:2]))
        self._share = 1.0 / self.count
        self._mean = [self._sum(c) * self._share for c in self._colour]
        variances = [np.maximum(self._covariance(i, i), 0.0) for i in range(3)]
        self.variance = variances[0] + variances[1] + variances[2]
        self._inverse = self._inverted(variances, epsilon)

    def _sum(self, values: Doubles) -> Doubles:
        return np.asarray(cv2.boxFilter(values, -1, self._side, normalize=False, borderType=cv2.BORDER_CONSTANT))

    def _covariance(self, i: int, j: int) -> Doubles:
        return self._sum(self._colour[i] * self._colour[j]) * self._share - self._mean[i] * self._mean[j]

    def _inverted(self, variances: list[Doubles], epsilon: float) -> tuple[tuple[Doubles, ...], ...]:
        """The inverse of each window's colour covariance plus epsilon, by cofactors."""
        rr, gg, bb = (variance + epsilon for variance in variances)
        rg, rb, gb = self._covariance(0, 1), self._covariance(0, 2), self._covariance(1, 2)
        c00, c01, c02 = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
        scale = 1.0 / (c00 * rr + c01 * rg + c02 * rb)
        c00, c01, c02 = c00 * scale, c01 * scale, c02 * scale
        c11, c12, c22 = (rr * bb - rb * rb) * scale, (rb * rg - rr * gb) * scale, (rr * gg - rg * rg) * scale
        return (c00, c01, c02), (c01, c11, c12), (c02, c12, c22)

    def fit(self, matte: Doubles) -> tuple[list[Doubles], Doubles]:
        """The ridge regression of ``matte`` on the colours less 0.5 in each window: three slopes, and the constant.

        K. He, J. Sun, X. Tang, "Guided Image Filtering", IEEE TPAMI 35 (2013), section 3.4.
        """
        mean = self._sum(matte) * self._share
        covariance = [
            self._sum(c * matte) * self._share - m * mean for c, m in zip(self._colour, self._mean, strict=True)]
        slopes = [row[0] * covariance[0] + row[1] * covariance[1] + row[2] * covariance[2] for row in self._inverse]
        for slope, m in zip(slopes, self._mean, strict=True):
            mean -= slope * m
        return slopes, mean

    def times(self, matte: Doubles) -> Doubles:
        """Laplacian . ``matte``, both (h, w)."""
        slopes, constant = self.fit(matte)
        out = self.count * matte - self._sum(constant)
        for slope, c in zip(slopes, self._colour, strict=True):
            out -= self._sum(slope) * c
        return out

    def coefficients(self, matte: NDArray[Any]) -> NDArray[np.float32]:
        """The guided filter's averaged coefficients, (h, w, 4): matte = slopes . colour + constant, colour in 0..1."""
        slopes, constant = self.fit(np.asarray(matte, np.float64))
        averaged = [self._sum(s) * self._share for s in slopes]
        last = self._sum(constant) * self._share - 0.5 * (averaged[0] + averaged[1] + averaged[2])
        return np.stack([*averaged, last], axis=-1).astype(np.float32)


def solve(laplacian: Laplacian, prior: NDArray[Any], trust: NDArray[Any], rounds: int) -> NDArray[np.float32]:
    """The matte x, (h, w) 0..1, that minimises x' L x + sum of trust (x - prior)^2, after ``rounds`` steps at most.

    Where a step meets a number that is not finite or no descent, the best so far is the answer.
    """
    weight = np.asarray(trust, np.float64)
    x = np.array(prior, np.float64)
    rest = weight * x
    rest -= laplacian.times(x) + rest
    scale = 1.0 / (weight + 0.5 * laplacian.count)
    step = scale * rest
    direction = step.copy()
    energy = _dot(rest, step)
    for _ in range(rounds):
        ahead = laplacian.times(direction)
        ahead += weight * direction
        curvature = _dot(direction, ahead)
        if not (0.0 < curvature < np.inf and energy > 1e-9 * x.size):
            break
        length = energy / curvature
        x += length * direction
        rest -= length * ahead
        step = scale * rest
        before, energy = energy, _dot(rest, step)
        direction *= energy / before
        direction += step
    return np.clip(x, 0.0, 1.0).astype(np.float32)


def _dot(one: Doubles, other: Doubles) -> float:
    """The scalar product, by one thread: at this size starting more costs more than it saves."""
    return float(np.einsum("ij,ij->", one, other))
