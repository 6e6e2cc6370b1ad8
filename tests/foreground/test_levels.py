"""Foreground and background colours on a small picture."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.foreground import levels
from cutaway.foreground.levels import Scene, estimate


def scene(height: int = 48, width: int = 64) -> tuple[Scene, np.ndarray, np.ndarray]:
    """Two slopes of colour, mixed by a soft disk."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    matte = np.clip((18 - np.hypot(y - height / 2, x - width / 2)) / 8 + 0.5, 0, 1)
    front = np.stack([0.6 + 0.2 * x / width, 0.5 + 0 * x, 0.2 + 0.1 * y / height], -1).astype(np.float32)
    back = np.stack([0.1 + 0 * x, 0.3 + 0.3 * y / height, 0.8 - 0.2 * x / width], -1).astype(np.float32)
    colour = matte[..., None] * front + (1 - matte[..., None]) * back
    return Scene(colour, matte, np.ones_like(matte), (matte > 0) & (matte < 1)), front, back


def slowly(part: Scene, both: np.ndarray) -> np.ndarray:
    """levels._solve, one pixel after the other: white fields, then black ones."""
    height, width, channels = part.colour.shape
    both = both.astype(np.float64).copy()
    for _ in range(levels.ROUNDS):
        for field in (0, 1):
            for y in range(height):
                for x in range(width):
                    if (y + x) % 2 != field or not part.active[y, x]:
                        continue
                    m = float(part.matte[y, x])
                    left, right = np.zeros((2, 2)), np.zeros((2, channels))
                    left += part.weight[y, x] * np.outer([m, 1 - m], [m, 1 - m])
                    right += part.weight[y, x] * np.outer([m, 1 - m], part.colour[y, x])
                    for dy, dx in ((-1, 0), (1, 0), (0, -1), (0, 1)):
                        j, i = min(max(y + dy, 0), height - 1), min(max(x + dx, 0), width - 1)
                        pull = levels.REGULARISATION + levels.GRADIENT * abs(m - float(part.matte[j, i]))
                        left += pull * np.eye(2)
                        right += pull * both[j, i].reshape(2, channels)
                    both[y, x] = np.linalg.solve(left, right).ravel()
    return both


def test_solve_is_like_the_slow_way() -> None:
    random = np.random.default_rng(1)
    matte = random.random((7, 6)).astype(np.float32)
    part = Scene(random.random((7, 6, 3)).astype(np.float32), matte, np.ones_like(matte), matte > 0.3)
    both = random.random((7, 6, 6)).astype(np.float32)
    expected = slowly(part, both)
    _, fields = levels._prepared(part, (6, 7))
    for _ in range(levels.ROUNDS):
        for field in fields:
            field.update(both.reshape(-1, 6))
    np.testing.assert_allclose(both, expected, atol=1e-4)


def test_colours_are_found_again() -> None:
    part, front, back = scene()
    both = estimate(part)
    soft = (part.matte > 0.05) & (part.matte < 0.95)
    as_is = np.abs(part.colour - front)[soft].mean()
    assert np.abs(both[..., :3] - front)[soft].mean() < 0.15 * as_is
    mixed = part.matte[..., None] * both[..., :3] + (1 - part.matte[..., None]) * both[..., 3:]
    np.testing.assert_allclose(mixed[soft], part.colour[soft], atol=0.02)
    assert np.abs(both[..., 3:] - back)[soft].mean() < 0.15 * np.abs(part.colour - back)[soft].mean()


def test_known_colours_are_kept() -> None:
    part, _, _ = scene()
    both = estimate(part)
    np.testing.assert_array_equal(both[..., :3][part.matte >= 1], part.colour[part.matte >= 1])
    np.testing.assert_array_equal(both[..., 3:][part.matte <= 0], part.colour[part.matte <= 0])


def test_a_colour_without_weight_does_not_count() -> None:
    part, front, _ = scene()
    colour, weight = part.colour.copy(), part.weight.copy()
    colour[20:28, 28:36], weight[20:28, 28:36] = (9.0, -9.0, 9.0), 0.0
    both = estimate(Scene(colour, part.matte, weight, part.active))
    soft = (part.matte > 0.1) & (part.matte < 0.9)
    assert np.abs(both[..., :3] - front)[soft].max() < 0.3


def test_where_the_matte_is_empty_the_nearest_foreground_is_carried_on() -> None:
    matte = np.zeros((24, 48), np.float32)
    matte[:, :20] = 1.0
    colour = np.where(matte[..., None] > 0, np.float32([0.9, 0.2, 0.1]), np.float32([0.0, 0.4, 0.9])).astype(np.float32)
    active = np.zeros(matte.shape, bool)
    active[:, 20:30] = True
    both = estimate(Scene(colour, matte, np.ones_like(matte), active))
    np.testing.assert_allclose(both[:, 20:30, :3], np.broadcast_to([0.9, 0.2, 0.1], (24, 10, 3)), atol=0.02)


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (2, 2), (33, 5)])
@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_any_shape_and_constant_mattes_stay_finite(shape: tuple[int, int], value: float) -> None:
    matte = np.full(shape, value, np.float32)
    colour = np.full((*shape, 1), 0.25, np.float32)
    both = estimate(Scene(colour, matte, np.ones_like(matte), np.ones(shape, bool)))
    assert both.shape == (*shape, 2)
    np.testing.assert_allclose(both, 0.25, atol=1e-3)
