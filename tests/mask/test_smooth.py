from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.mask.smooth import smooth
from tests.mask.masks import DTYPES, Array, blobs, masks, of_type, parts
from tests.mask.oracles import median


def test_a_bump_and_a_notch_by_hand() -> None:
    ragged = np.array([
        [0, 0, 0, 0, 0, 0, 0],
        [0, 0, 1, 0, 0, 0, 0],
        [1, 1, 1, 1, 1, 0, 1],
        [1, 1, 1, 1, 1, 1, 1],
    ], np.uint8) * 255
    assert (smooth(ragged, 5) == np.array([[0], [0], [255], [255]])).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("strength", [5, 30, 100])
def test_a_straight_soft_edge_is_left_alone(dtype: str, strength: float) -> None:
    edge = of_type(np.tile(np.interp(np.arange(80), [30, 50], [0, 1]) ** 2, (60, 1)), dtype)
    np.testing.assert_array_equal(smooth(edge, strength), edge)
    np.testing.assert_array_equal(smooth(edge.T, strength), edge.T)


def test_a_ragged_edge_becomes_even_and_stays_hard() -> None:
    random = np.random.default_rng(0)
    outline = 60 + random.integers(-3, 4, 200)
    ragged = np.where(np.arange(120) < outline[:, None], 255, 0).astype(np.uint8)
    out = smooth(ragged, 50)
    assert set(np.unique(out)) == {0, 255}
    assert (out.sum(axis=1) / 255).std() < outline.std() / 2


@settings(max_examples=60, deadline=None)
@given(masks(), st.floats(0, 100))
def test_makes_no_value_out_of_range_and_is_dual(mask: Array, strength: float) -> None:
    out = smooth(mask, strength)
    assert mask.min() <= out.min() and out.max() <= mask.max()
    opposite = of_type(1 - parts(mask), mask.dtype.name)
    np.testing.assert_allclose(parts(smooth(opposite, strength)), 1 - parts(out), atol=1.01 / 255)
    if mask.dtype.name == "uint8":
        np.testing.assert_array_equal(smooth(opposite, strength), 255 - out)


@settings(max_examples=40, deadline=None)
@given(masks(20), st.integers(1, 20))
def test_is_the_median(mask: Array, radius: int) -> None:
    out, exact = smooth(mask, radius * 5), median(mask, radius)
    if mask.dtype.name == "uint8":
        np.testing.assert_array_equal(out, exact)
    np.testing.assert_allclose(parts(out), parts(exact), atol=1.001 / 255)


@pytest.mark.parametrize("strength, radius", [(0.1, 1), (1, 1), (5, 1), (5.1, 2), (50, 10), (99, 20), (100, 20)])
def test_strength_to_radius(strength: float, radius: int) -> None:
    mask = of_type(blobs(45, 50, seed=8), "uint8")
    assert math.ceil(strength / 5) == radius
    np.testing.assert_array_equal(smooth(mask, strength), median(mask, radius))


def test_a_corner_between_blocks_is_rounded() -> None:
    """Each block of 16 pixels is flat, so that only its neighbours tell that something happens in it."""
    mask = np.zeros((48, 48), np.uint8)
    mask[16:, 16:] = 255
    for strength in (5, 30, 80):
        np.testing.assert_array_equal(smooth(mask, strength), median(mask, math.ceil(strength / 5)))


def test_tiles_and_blocks_do_not_show() -> None:
    picture = blobs(560, 700, seed=2)
    picture[300:, :100] = np.random.default_rng(1).random((260, 100))
    mask = of_type(picture, "uint8")
    out = smooth(mask, 25)
    for y, x in [(0, 0), (255, 511), (256, 512), (559, 699), (310, 50), (255, 350), (257, 40), (559, 99)]:
        window = np.pad(mask, 5, mode="edge")[y:y + 11, x:x + 11]
        assert out[y, x] == np.median(window)
    for y0, x0 in ((240, 490), (520, 0), (290, 85)):
        patch = median(mask[y0 - 10 * (y0 > 9):y0 + 40, max(0, x0 - 10):x0 + 40], 5)
        top_, left = 10 * (y0 > 9), min(10, x0)
        np.testing.assert_array_equal(out[y0:y0 + 30, x0:x0 + 30], patch[top_:top_ + 30, left:left + 30])
