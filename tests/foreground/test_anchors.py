"""How far estimated colours are believed: worked by hand, and of what no matte may do to them."""

from __future__ import annotations

import doctest

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.foreground import anchors, clean
from cutaway.foreground.anchors import BLOCK, NEAR, certainty, colour_range
from cutaway.job import Job
from cutaway.picture.model import DTYPES, Picture, full_scale
from tests.foreground.test_clean import BACK, FRONT, composed, pasted


def test_doctests() -> None:
    assert doctest.testmod(anchors).failed == 0


@pytest.mark.parametrize("highest", [0.05, 0.1, 0.27, 0.45])
@pytest.mark.parametrize("soft", [20.0, 80.0])
def test_a_matte_that_stays_faint_leaves_the_colours(highest: float, soft: float) -> None:
    pixels, matte = composed(soft=soft)
    faint = np.rint(matte * highest).astype(np.uint16)
    np.testing.assert_array_equal(pasted(pixels, clean(Picture(pixels), faint, faint, 100, Job())), pixels)


@pytest.mark.parametrize("highest", [0.6, 0.8])
def test_a_matte_that_is_half_sure_gives_no_extreme_colours(highest: float) -> None:
    pixels, matte = composed()
    faint = np.rint(matte * highest).astype(np.uint16)
    shown = pasted(pixels, clean(Picture(pixels), faint, faint, 100, Job())) / 255
    inside = matte == 65535
    assert np.abs(shown[inside] - FRONT).max() < 0.15, "the subject's own colour was there all the time"


def test_a_faint_part_beside_a_sure_one_keeps_to_the_colours_around() -> None:
    pixels = np.zeros((200, 300, 3), np.float32)
    pixels[:] = BACK
    pixels[60:140, 40:260] = FRONT
    matte = np.zeros((200, 300), np.uint8)
    matte[60:140, 40:260] = 69
    matte[60:140, 40:90] = 255
    shown = pasted(pixels, clean(Picture(pixels), matte, matte, 100, Job()))
    seen = matte > 0
    low, high = np.minimum(FRONT, BACK), np.maximum(FRONT, BACK)
    span = high - low
    assert (shown[seen] >= low - 0.3 * span).all() and (shown[seen] <= high + 0.3 * span).all()
    assert np.abs(shown - pixels)[seen].mean() < 0.1


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 999), st.floats(0.02, 1.0), st.sampled_from(["uint8", "uint16", "float32"]))
def test_no_colour_moves_further_than_the_local_colours_lie_apart(seed: int, highest: float, dtype: str) -> None:
    random = np.random.default_rng(seed)
    height, width = random.integers(1, 150, 2)
    base, span = random.uniform(0.2, 0.5, 3), random.uniform(0.0, 0.3, 3)
    values = base + span * random.random((height, width, 3))
    scale = full_scale(np.dtype(dtype))
    pixels = (values * scale).astype(dtype)
    matte = np.rint(random.random((height, width)) * highest * 255).astype(np.uint8)
    shown = pasted(pixels, clean(Picture(pixels), matte, matte, 100, Job()))
    moved = np.abs(shown.astype(np.float64) - pixels) / scale
    assert (moved <= 2 * span + 2 / 255).all()


def test_certainty_falls_with_the_distance_from_what_is_sure() -> None:
    matte = np.zeros((64, 64 * BLOCK), np.uint8)
    matte[:, 0] = 255
    row = certainty(matte, 1)[32]
    assert (row[: (NEAR - 1) * BLOCK] == 1).all() and (row[(2 * NEAR + 2) * BLOCK :] == 0).all()
    assert (np.diff(row) <= 0).all() and ((row > 0.4) & (row < 0.6)).any()


@pytest.mark.parametrize("cell", [1, 3, 7])
def test_one_sure_pixel_counts_at_any_size_of_cell(cell: int) -> None:
    matte = np.full((50, 70), 30, np.uint16)
    assert certainty(matte, cell).max() == 0
    matte[49, 69] = 65535
    assert certainty(matte, cell).shape == (-(-50 // cell), -(-70 // cell))
    assert certainty(matte, cell).min() == 1


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("gray", [False, True])
def test_the_range_is_that_of_the_pixels(dtype: str, gray: bool) -> None:
    pixels, _ = composed(60, 90, dtype, gray)
    low, high, _ = colour_range(Picture(pixels), 2)
    assert low.shape == high.shape == (30, 45, pixels.shape[2])
    values = pixels.astype(np.float64) / full_scale(pixels.dtype)
    for seen, extreme in ((low, values.min(axis=(0, 1))), (high, values.max(axis=(0, 1)))):
        np.testing.assert_allclose(seen, np.broadcast_to(extreme, seen.shape), atol=2e-3)


def test_the_range_by_hand_oracle() -> None:
    random = np.random.default_rng(4)
    pixels = random.integers(0, 256, (40, 700, 1)).astype(np.uint8)
    pixels[:, 350:] //= 4
    low, high, _ = colour_range(Picture(pixels), 1)
    for x in (0, 100, 340, 360, 500, 699):
        near = pixels[:, max(0, x - (NEAR - 1) * BLOCK) : x + (NEAR - 1) * BLOCK + 1] / 255
        far = pixels[:, max(0, x - (NEAR + 2) * BLOCK) : x + (NEAR + 2) * BLOCK + 1] / 255
        assert far.min() - 1e-6 <= low[20, x, 0] <= near.min() + 1e-6
        assert near.max() - 1e-6 <= high[20, x, 0] <= far.max() + 1e-6


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float32", "float64"])
def test_what_is_hidden_or_no_number_is_not_in_the_range(dtype: str) -> None:
    scale = full_scale(np.dtype(dtype))
    pixels = np.full((20, 30, 4), 0.5 * scale).astype(dtype)
    pixels[..., 3] = scale
    pixels[:10, :10] = 0
    if dtype != "uint8":
        pixels[15, 15, 0] = np.nan
    low, high, _ = colour_range(Picture(pixels), 1)
    np.testing.assert_allclose(low, 0.5, atol=0.01)
    np.testing.assert_allclose(high, 0.5, atol=0.01)


@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_where_no_colour_is_known_the_limits_stand_in(dtype: str) -> None:
    pixels = np.zeros((20, 30, 4), dtype)
    low, high, limits = colour_range(Picture(pixels), 1)
    assert (low == 0).all() and (high == 1).all() and limits == (0.0, 1.0)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_the_limits_reach_as_far_as_single_pixels_that_are_numbers(dtype: str) -> None:
    pixels = np.full((300, 400, 4), 0.5, dtype)
    pixels[..., 3] = 1
    pixels[100, 100, :3], pixels[200, 20, :3] = 8, -2
    pixels[150, 150, 1], pixels[160, 160, 2], pixels[170, 170, 0] = np.inf, -np.inf, np.nan
    pixels[180, 180] = (50, 50, 50, 0)
    low, high, limits = colour_range(Picture(pixels), 4)
    assert limits == (-2.0, 8.0) and low.min() == -2 and high.max() == 8


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_an_opaque_layer_is_cleaned_as_one_without_alpha(dtype: str) -> None:
    pixels, matte = composed(dtype=dtype)
    alpha = np.full(matte.shape, full_scale(np.dtype(dtype)), dtype)
    plain = pasted(pixels, clean(Picture(pixels), matte, matte, 100, Job()))
    np.testing.assert_array_equal(
        pasted(pixels, clean(Picture(np.dstack([pixels, alpha])), matte, matte, 100, Job())), plain)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float16", "float64"])
def test_partial_alpha_counts_alike_in_every_type(dtype: str) -> None:
    pixels, matte = composed(700, 900, "float32")
    alpha = np.clip(np.mgrid[:700, :900][1] / 400 - 0.5, 0, 1).astype(np.float32)[..., None]
    layer = np.concatenate([pixels, alpha], axis=2)
    scale = full_scale(np.dtype(dtype))
    other = (np.rint(layer * scale) if dtype.startswith("u") else layer).astype(dtype)
    expected = pasted(pixels, clean(Picture(layer), matte, matte, 100, Job()))
    got = pasted(other[..., :3], clean(Picture(other), matte, matte, 100, Job()))
    seen = (alpha[..., 0] > 0.02) & (matte > 0)
    assert np.abs(got.astype(np.float64) / scale - expected)[seen].max() < 0.02
