"""The matting Laplacian without a matrix, against the matrix itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.mask.refine_closed import Laplacian, solve


def windows(height: int, width: int, radius: int) -> list[list[tuple[int, int]]]:
    """For each pixel, the pixels of its window that lie inside."""
    return [
        [(j, i) for j in range(max(0, y - radius), min(height, y + radius + 1))
         for i in range(max(0, x - radius), min(width, x + radius + 1))]
        for y in range(height) for x in range(width)]


def matrix(guide: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """Levin 2008 in full: L = sum over windows of I - (1 + (c_i - m)' (S + epsilon)^-1 (c_j - m)) / n."""
    height, width, _ = guide.shape
    out = np.zeros((height * width, height * width))
    for window in windows(height, width, radius):
        index = [y * width + x for y, x in window]
        colours = np.array([guide[y, x] for y, x in window], np.float64)
        centred = colours - colours.mean(0)
        inverse = np.linalg.inv(centred.T @ centred / len(window) + epsilon * np.eye(3))
        out[np.ix_(index, index)] += np.eye(len(window)) - (1 + centred @ inverse @ centred.T) / len(window)
    return out


def ridge(guide: np.ndarray, matte: np.ndarray, radius: int, epsilon: float) -> np.ndarray:
    """The guided filter's coefficients by solving each window's ridge regression, then averaging over windows."""
    height, width, _ = guide.shape
    places = windows(height, width, radius)
    fits = np.zeros((height, width, 4))
    for place, window in enumerate(places):
        colours = np.array([guide[y, x] for y, x in window], np.float64)
        values = np.array([matte[y, x] for y, x in window])
        centred = colours - colours.mean(0)
        slopes = np.linalg.solve(
            centred.T @ centred / len(window) + epsilon * np.eye(3), centred.T @ (values - values.mean()) / len(window))
        fits[divmod(place, width)] = [*slopes, values.mean() - slopes @ colours.mean(0)]
    return np.array([np.mean([fits[q] for q in window], axis=0) for window in places]).reshape(height, width, 4)


@pytest.mark.parametrize("radius", [1, 2])
@pytest.mark.parametrize("shape", [(6, 7), (1, 5), (4, 1), (1, 1), (3, 3)])
def test_product_is_that_of_the_matrix(shape: tuple[int, int], radius: int) -> None:
    random = np.random.default_rng(2)
    guide, matte = random.random((*shape, 3)), random.random(shape)
    fast = Laplacian(guide, radius, 1e-3).times(matte)
    np.testing.assert_allclose(fast.ravel(), matrix(guide, radius, 1e-3) @ matte.ravel(), atol=1e-8)


@pytest.mark.parametrize("radius", [1, 2])
def test_coefficients_are_those_of_ridge_regression(radius: int) -> None:
    random = np.random.default_rng(3)
    guide, matte = random.random((6, 8, 3)), random.random((6, 8))
    fast = Laplacian(guide, radius, 1e-2).coefficients(matte)
    np.testing.assert_allclose(fast, ridge(guide, matte, radius, 1e-2), atol=1e-5)


def test_solution_is_that_of_the_linear_system() -> None:
    random = np.random.default_rng(4)
    guide, prior = random.random((6, 6, 3)), random.random((6, 6))
    trust = np.full((6, 6), 0.3)
    system = matrix(guide, 1, 1e-2) + np.diag(trust.ravel())
    exact = np.linalg.solve(system, (trust * prior).ravel()).reshape(6, 6)
    np.testing.assert_allclose(solve(Laplacian(guide, 1, 1e-2), prior, trust, 200), np.clip(exact, 0, 1), atol=1e-4)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 2))
def test_constants_are_in_the_null_space_and_energy_is_never_negative(seed: int, radius: int) -> None:
    random = np.random.default_rng(seed)
    laplacian = Laplacian(random.random((7, 5, 3)), radius, 1e-4)
    assert np.abs(laplacian.times(np.full((7, 5), 0.7))).max() < 1e-9
    matte = random.random((7, 5))
    assert (matte * laplacian.times(matte)).sum() > -1e-9


def test_a_linear_function_of_colour_costs_nothing() -> None:
    guide = np.random.default_rng(5).random((8, 8, 3))
    matte = guide @ np.array([0.2, 0.3, 0.4]) + 0.05
    assert np.abs(Laplacian(guide, 1, 1e-9).times(matte)).max() < 1e-5


def test_flat_picture_stays_finite() -> None:
    guide = np.full((40, 30, 3), 0.123456, np.float32)
    prior = np.zeros((40, 30))
    prior[:, 15:] = 1.0
    solved = solve(Laplacian(guide, 2, 1e-5), prior, np.full((40, 30), 0.05), 50)
    assert np.isfinite(solved).all()
    assert solved[20, 0] < 0.5 < solved[20, 29]
