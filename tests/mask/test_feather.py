from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.mask.feather import feather, kernel
from tests.mask.masks import DTYPES, Array, masks, of_type, parts, top
from tests.mask.oracles import gaussian

STEP = 1 / 255


def pictures() -> dict[str, Array]:
    """0..1: what a reduction could get wrong: edges at the border, single pixels, the finest patterns."""
    ys, xs = np.mgrid[:90, :121]
    return {
        "edge": xs > 60, "diagonal": xs + ys > 100, "dot": (xs == 40) & (ys == 41), "first column": xs == 0,
        "last row": ys == 89, "corner": (xs > 118) & (ys > 87), "stripes": xs % 2, "rows": ys % 2,
        "squares": (xs // 9 + ys // 9) % 2, "noise": np.random.default_rng(2).random(xs.shape),
    }


def test_an_edge_by_hand() -> None:
    """sigma = 1: the weights of the sampled Gaussian are 0.3989, 0.2420, 0.0540, 0.0044, 0.0001."""
    edge = np.array([[0.0] * 6 + [1.0] * 6], np.float32)
    expected = [0, 0.0001, 0.0045, 0.0585, 0.3006]
    np.testing.assert_allclose(feather(edge, 3.5)[0, 1:6], np.array(expected), atol=2e-4)


def test_radius_is_three_and_a_half_sigmas_as_in_gimp() -> None:
    """The slope of a blurred edge in its middle is 1 / (sigma sqrt(2 pi))."""
    edge = np.zeros((3, 801), np.float32)
    edge[:, 400:] = 1
    for radius in (35.0, 70.0, 140.0):
        row = feather(edge, radius)[1].astype(np.float64)
        assert row[400] - row[399] == pytest.approx(1 / (radius / 3.5 * math.sqrt(2 * math.pi)), rel=0.02)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("radius", [0.5, 3.5, 10, 27.9, 28, 35, 55, 56, 75, 111, 113, 250, 450])
def test_within_one_step_of_the_exact_gaussian(dtype: str, radius: float) -> None:
    for name, picture in pictures().items():
        mask = of_type(picture, dtype)
        exact = gaussian(parts(mask), radius / 3.5)
        error = np.abs(parts(feather(mask, radius)) - exact).max()
        assert error <= STEP, f"{name}: {error / STEP:.2f} steps"


@pytest.mark.parametrize("radius", [5, 60])
def test_strips_do_not_show(radius: float) -> None:
    tall = of_type(np.random.default_rng(3).random((700, 9)), "uint16")
    error = np.abs(parts(feather(tall, radius)) - gaussian(parts(tall), radius / 3.5))
    assert error.max() <= STEP


@settings(max_examples=60, deadline=None)
@given(masks(), st.floats(0, 300))
def test_keeps_the_range(mask: Array, radius: float) -> None:
    out = feather(mask, radius)
    room = 0 if mask.dtype.kind == "u" else 2e-6
    assert out.min() >= mask.min() - room and out.max() <= float(mask.max()) + room


@settings(max_examples=40, deadline=None)
@given(masks(16), st.floats(0.1, 60))
def test_keeps_the_mean_where_the_border_is_empty(mask: Array, radius: float) -> None:
    wide = np.pad(mask, math.ceil(1.2 * radius) + 2)
    before, after = parts(wide).sum(), parts(feather(wide, radius)).sum()
    rounding = 2e-6 if mask.dtype.kind == "f" else 0.5 / top(mask.dtype.name)
    assert abs(after - before) <= rounding * wide.size + 0.001 * before


@settings(max_examples=40, deadline=None)
@given(masks(), st.floats(0, 100))
def test_symmetric_and_dual(mask: Array, radius: float) -> None:
    out = parts(feather(mask, radius))
    np.testing.assert_allclose(parts(feather(mask.T, radius)), out.T, atol=STEP)
    np.testing.assert_allclose(parts(feather(mask[::-1], radius)), out[::-1], atol=STEP)
    opposite = of_type(1 - parts(mask), mask.dtype.name)
    np.testing.assert_allclose(parts(feather(opposite, radius)), 1 - out, atol=STEP)


def test_kernel_sums_to_one_and_is_even() -> None:
    for sigma in (0.01, 0.5, 1, 7.3):
        weights = kernel(sigma)
        assert weights.sum() == pytest.approx(1, abs=1e-6)
        np.testing.assert_array_equal(weights, weights[::-1])
