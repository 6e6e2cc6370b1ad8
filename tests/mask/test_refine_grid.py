"""Enlarging tile by tile: against a loop, and whatever the tile."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.mask import refine_grid
from cutaway.mask.refine_grid import Enlarger, long_side, tiles


def slowly(values: np.ndarray, size: tuple[int, int], cell: float = 0.0) -> np.ndarray:
    """Bilinear interpolation with aligned centres, one pixel after the other."""
    high, wide, channels = values.shape
    out = np.zeros((channels, *size))
    for y in range(size[0]):
        v = min(max((y + 0.5) / (cell or size[0] / high) - 0.5, 0.0), high - 1.0)
        for x in range(size[1]):
            u = min(max((x + 0.5) / (cell or size[1] / wide) - 0.5, 0.0), wide - 1.0)
            j, i = min(int(v), max(0, high - 2)), min(int(u), max(0, wide - 2))
            j1, i1 = min(j + 1, high - 1), min(i + 1, wide - 1)
            t, s = v - j, u - i
            top = values[j, i] * (1 - s) + values[j, i1] * s
            out[:, y, x] = top * (1 - t) + (values[j1, i] * (1 - s) + values[j1, i1] * s) * t
    return out


def test_two_cells_over_four_pixels() -> None:
    values = np.array([[[0.0], [1.0]]])
    assert Enlarger(values, (1, 4)).tile((0, 0, 4, 1))[0].tolist() == [[0.0, 0.25, 0.75, 1.0]]


def test_cells_that_reach_over_the_border_keep_their_length() -> None:
    values = np.array([[[0.0], [2.0]]])
    assert Enlarger(values, (1, 3), cell=2).tile((0, 0, 3, 1))[0].tolist() == [[0.0, 0.5, 1.5]]


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 5, 2), (4, 1, 1), (3, 5, 4), (2, 2, 3)])
@pytest.mark.parametrize("cell", [0.0, 3.0])
def test_like_the_slow_way(shape: tuple[int, int, int], cell: float) -> None:
    values = np.random.default_rng(1).random(shape)
    size = (shape[0] * 3 - 1, shape[1] * 3)
    tile = Enlarger(values, size, cell).tile((0, 0, size[1], size[0]))
    np.testing.assert_allclose(tile, slowly(values, size, cell), atol=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(1, 40), st.integers(1, 40), st.integers(1, 13))
def test_no_seam(high: int, wide: int, height: int, width: int, side: int) -> None:
    values = np.random.default_rng(high * wide).random((high, wide, 2))
    enlarger = Enlarger(values, (height, width))
    joined = np.full((2, height, width), np.nan, np.float32)
    for x, y, w, h in tiles((height, width), side):
        joined[:, y : y + h, x : x + w] = enlarger.tile((x, y, w, h))
    np.testing.assert_array_equal(joined, enlarger.tile((0, 0, width, height)))
    assert joined.min() >= values.min() - 1e-6
    assert joined.max() <= values.max() + 1e-6


def test_small_is_what_the_tile_depends_on() -> None:
    values = np.zeros((10, 10, 1))
    enlarger = Enlarger(values, (100, 100))
    assert enlarger.small((0, 0, 10, 10)).shape == (1, 2, 2)
    values[4:, :] = 1.0
    values[:, 4:] = 1.0
    changed = Enlarger(values, (100, 100))
    np.testing.assert_array_equal(enlarger.tile((0, 0, 20, 20)), changed.tile((0, 0, 20, 20)))


@given(st.integers(1, 50), st.integers(1, 50), st.integers(1, 20))
def test_tiles_cover_each_pixel_once(height: int, width: int, side: int) -> None:
    count = np.zeros((height, width), int)
    for x, y, w, h in tiles((height, width), side):
        assert 1 <= w <= side and 1 <= h <= side
        count[y : y + h, x : x + w] += 1
    assert (count == 1).all()


@given(st.integers(50, 600), st.integers(1, 40000), st.integers(1, 40000))
def test_a_panorama_gets_no_more_cells_than_two_to_one(side: int, height: int, width: int) -> None:
    long, short = max(height, width), min(height, width)
    cells = long_side(side, (height, width))
    assert cells >= side
    assert cells * cells * short / long <= max(side * side / 2, side * side * short / long) * 1.03
    assert cells == long_side(side, (width, height))


def test_examples() -> None:
    result = doctest.testmod(refine_grid)
    assert result.attempted > 0 and result.failed == 0
