"""Masks for the tests: strategies, and one picture in every type."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from numpy.typing import NDArray

DTYPES = ("uint8", "uint16", "float32")

Array = NDArray[Any]


def top(dtype: str) -> float:
    """The value that keeps a pixel."""
    return 1.0 if dtype == "float32" else float(np.iinfo(dtype).max)


def of_type(parts: Array, dtype: str) -> Array:
    """0..1 as a mask of ``dtype``."""
    scaled = np.asarray(parts, np.float64) * top(dtype)
    return scaled.astype(dtype) if dtype == "float32" else np.rint(scaled).astype(dtype)


def parts(mask: Array) -> NDArray[np.float64]:
    """A mask of any type as 0..1."""
    return mask.astype(np.float64) / top(mask.dtype.name)


def masks(most: int = 24, dtypes: tuple[str, ...] = DTYPES) -> st.SearchStrategy[Array]:
    """Any mask of up to ``most`` pixels a side: noise, few levels, or flat with some pixels set."""
    def build(dtype: str) -> st.SearchStrategy[Array]:
        if dtype == "float32":
            elements: st.SearchStrategy[Any] = st.floats(0, 1, width=32)
        else:
            elements = st.integers(0, int(top(dtype)))
        levels = st.sampled_from([of_type(np.array(level), dtype).item() for level in (0, 0.2, 0.5, 0.8, 1)])
        shape = hnp.array_shapes(min_dims=2, max_dims=2, max_side=most)
        return st.one_of(hnp.arrays(dtype, shape, elements=elements), hnp.arrays(dtype, shape, elements=levels))

    return st.sampled_from(dtypes).flatmap(build)


def blobs(height: int, width: int, seed: int = 0) -> NDArray[np.float64]:
    """Soft shapes with holes, specks and strokes, 0..1."""
    random = np.random.default_rng(seed)
    canvas = np.zeros((height, width), np.uint8)
    side = min(height, width)
    for shade in (255, 255, 255, 0, 0, 255):
        centre = (int(random.uniform(0.2, 0.8) * width), int(random.uniform(0.2, 0.8) * height))
        cv2.circle(canvas, centre, max(1, int(random.uniform(0.02, 0.3) * side)), shade, -1)
    for _ in range(12):
        ends = random.integers(0, [width, height], (2, 2))
        cv2.line(canvas, ends[0].tolist(), ends[1].tolist(), int(random.integers(100, 256)), 1, cv2.LINE_AA)
    return cv2.GaussianBlur(canvas.astype(np.float64) / 255, (0, 0), 0.8)
