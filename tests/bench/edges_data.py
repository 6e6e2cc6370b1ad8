"""Pictures with true mattes, and compositions of which the foreground's colours are known too."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

Array = np.ndarray
COMPOSED = (512, 1600)
"""Long sides between which a composition is made too: the small are too coarse, the large too slow for rembg -dc."""
BLUR = 40
"""Long side over the blur of a composition's background."""


def sets(folder: Path) -> list[Path]:
    """``folder`` itself where it holds ``images``, else the folders in it that do."""
    if (folder / "images").is_dir():
        return [folder]
    return sorted(path for path in folder.iterdir() if (path / "images").is_dir())


def read_set(folder: Path, most: int | None = None) -> Iterator[tuple[str, Array, Array]]:
    """(name, (h, w, 3) uint8 RGB, true matte (h, w) float32 0..1) of each picture with an alpha, ``most`` at most."""
    alphas = {path.stem: path for path in (folder / "alphas").iterdir()}
    pairs = [path for path in sorted((folder / "images").iterdir()) if path.stem in alphas]
    for path in itertools.islice(pairs, most):
        true = cv2.imread(str(alphas[path.stem]), cv2.IMREAD_UNCHANGED)
        true = true if true.ndim == 2 else true[..., -1 if true.shape[2] == 4 else 0]
        scale = np.float32(np.iinfo(true.dtype).max)
        yield path.stem, cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB), true.astype(np.float32) / scale


def composed(pixels: Array, true: Array, other: Array) -> tuple[Array, Array]:
    """A picture whose foreground colours are known: (mixture, foreground), uint8.

    The foreground is the nearest opaque colour of ``pixels``, the background is ``other``, with a camera's noise.
    """
    opaque = true > 0.98
    if not opaque.any():
        return pixels, pixels
    _, labels = cv2.distanceTransformWithLabels(
        (~opaque).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    table = np.zeros((int(labels.max()) + 1, 3), np.float32)
    table[labels[opaque]] = pixels[opaque]
    front = table[labels]
    smooth = cv2.GaussianBlur(front, (0, 0), max(1.0, max(true.shape) / 250))
    front = np.where(opaque[..., np.newaxis], front, 0.5 * (front + smooth))
    back = cv2.resize(other, true.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32)
    share = true[..., np.newaxis]
    noise = np.random.default_rng(1).normal(0, 2.5, front.shape)
    mixed = share * front + (1 - share) * back + noise
    return np.clip(mixed + 0.5, 0, 255).astype(np.uint8), np.clip(front + 0.5, 0, 255).astype(np.uint8)


def backed(folder: Path, most: int | None = None) -> Iterator[tuple[str, Array, Array, tuple[Array, Array] | None]]:
    """:func:`read_set` with a composition before the previous picture, where the size lies in COMPOSED."""
    before: Array | None = None
    for name, pixels, true in read_set(folder, most):
        fits = COMPOSED[0] < max(true.shape) <= COMPOSED[1]
        other = cv2.GaussianBlur(pixels[::-1, ::-1] if before is None else before, (0, 0), max(true.shape) / BLUR)
        yield name, pixels, true, composed(pixels, true, other) if fits else None
        before = pixels


def enlarged(pixels: Array, megapixels: float) -> Array:
    """The picture at that many megapixels."""
    scale = (megapixels * 1e6 / (pixels.shape[0] * pixels.shape[1])) ** 0.5
    how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=how)
