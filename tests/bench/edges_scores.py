"""Scores of a matte against the truth.

SAD, MSE, Gradient and Connectivity are those of C. Rhemann et al., "A Perceptually Motivated Online Benchmark for Image
Matting", CVPR 2009; the band's is the squared error along the true edge. The weighted F is that of R. Margolin,
L. Zelnik-Manor, A. Tal, "How to Evaluate Foreground Maps?", CVPR 2014.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

SIGMA = 1.4
BAND = 0.0125
Array = np.ndarray


class Truth:
    """A true matte, (h, w) float 0..1, with what every score of it needs."""

    def __init__(self, values: Array) -> None:
        self.values = values
        self.slope = slope(values)
        self.near = edge_band(values)
        self.hard = bool(((values == 0) | (values == 1)).all() and values.any())


def scores(matte: Array, truth: Truth) -> dict[str, float]:
    """Of a (h, w) float array, 0..1. SAD, Gradient and Connectivity are sums / 1000, the errors else means.

    IoU (of what is over 1/2) and weighted F are better the higher; both only where the truth is a hard mask.
    """
    true, near = truth.values, truth.near
    error = np.abs(matte.astype(np.float64) - true)
    level = together(matte, true)
    out = {
        "SAD": float(error.sum() / 1000),
        "MSE": float((error**2).mean()),
        "Gradient": float(((slope(matte) - truth.slope) ** 2).sum() / 1000),
        "Connectivity": float(np.abs(connected(matte, level) - connected(true, level)).sum() / 1000),
        "Band MSE": float((error[near] ** 2).mean()) if near.any() else 0.0,
    }
    if truth.hard:
        over, there = matte >= 0.5, true >= 0.5
        out["IoU"] = float((over & there).sum() / (over | there).sum())
        out["Weighted F"] = weighted_f(matte, there)
    return out


def weighted_f(matte: Array, there: Array) -> float:
    """How well ``matte``, (h, w) 0..1, tells ``there``, (h, w) bool with some True; 0..1, higher is better.

    An error inside the subject is lessened by its neighbours' where those are right (7 x 7, Gaussian of 5 pixels); one
    outside weighs more the further it lies from the subject, up to twice (one and a half times after 5 pixels).
    """
    error = np.abs(matte.astype(np.float64) - there)
    away = (~there).astype(np.uint8)
    distance = cv2.distanceTransform(away, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    _, label = cv2.distanceTransformWithLabels(away, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    nearest = np.zeros(int(label.max()) + 1)
    nearest[label[there]] = error[there]
    bell = cv2.getGaussianKernel(7, 5.0)
    around = cv2.sepFilter2D(nearest[label], cv2.CV_64F, bell, bell, borderType=cv2.BORDER_CONSTANT)
    weighted = np.where(there, np.minimum(error, around), error * (2.0 - 0.5 ** (distance / 5.0)))
    inside, outside = weighted[there].sum(), weighted[~there].sum()
    recall = 1.0 - inside / there.sum()
    right = there.sum() - inside
    precision = right / max(right + outside, 1e-12)
    return float(2.0 * recall * precision / max(recall + precision, 1e-12))


def slope(values: Array) -> Array:
    """The length of the gradient, by derivatives of a Gaussian of SIGMA, each filter of unit norm."""
    reach = math.ceil(SIGMA * math.sqrt(-2 * math.log(math.sqrt(2 * math.pi) * SIGMA * 0.01)))
    x = np.arange(-reach, reach + 1, dtype=np.float64)
    bell = np.exp(-(x**2) / (2 * SIGMA**2)) / (SIGMA * math.sqrt(2 * math.pi))
    steep = -x * bell / SIGMA**2
    norm = math.sqrt(np.linalg.norm(bell) * np.linalg.norm(steep))
    bell, steep = bell / norm, steep / norm
    # sepFilter2D correlates, as filter2D does; the sign of the derivative does not matter for its square.
    wide = values.astype(np.float64)
    across = cv2.sepFilter2D(wide, cv2.CV_64F, steep, bell, borderType=cv2.BORDER_REPLICATE)
    down = cv2.sepFilter2D(wide, cv2.CV_64F, bell, steep, borderType=cv2.BORDER_REPLICATE)
    return np.hypot(across, down)


def together(values: Array, other: Array) -> Array:
    """(h, w): the highest level, 0..1, up to which each pixel is part of the largest piece that both have in common."""
    level = np.ones(values.shape)
    lost = np.zeros(values.shape, bool)
    for step in range(1, 11):
        both = ((values >= step / 10 - 1e-9) & (other >= step / 10 - 1e-9)).astype(np.uint8)
        count, labels, stats, _ = cv2.connectedComponentsWithStats(both, connectivity=4)
        kept = np.zeros(values.shape, bool)
        if count > 1:
            kept = labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
        level[~kept & ~lost] = (step - 1) / 10
        lost |= ~kept
    return level


def connected(values: Array, level: Array) -> Array:
    """How far each pixel of ``values`` hangs together with what both have in common (:func:`together`), 0..1."""
    gap = values - level
    return 1 - np.where(gap >= 0.15, gap, 0)


def edge_band(true: Array) -> Array:
    """(h, w) bool: within BAND of the long side (3 px at least) of soft pixels and of the line at one half."""
    reach = max(3, round(BAND * max(true.shape)))
    line = cv2.morphologyEx((true >= 0.5).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
    soft = (true > 0.02) & (true < 0.98)
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    return cv2.dilate((line | soft).astype(np.uint8), disk) > 0


def colour_error(shown: Array, front: Array, true: Array) -> float:
    """Mean absolute difference of two uint8 (h, w, 3) pictures where the true matte is soft, 0..1."""
    soft = (true > 0.02) & (true < 0.98)
    return float(np.abs(shown[soft].astype(np.float32) - front[soft]).mean() / 255) if soft.any() else 0.0
