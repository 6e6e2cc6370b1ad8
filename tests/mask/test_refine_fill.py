"""Two networks' answers as one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cutaway.mask.fill import SHARE, fill


def test_a_hole_is_filled_and_the_edge_is_the_finer_ones() -> None:
    fine, sure = np.zeros((400, 400), np.float32), np.zeros((400, 400), np.float32)
    fine[100:300, 100:300] = 1.0
    fine[180:220, 180:220] = 0.1
    sure[95:305, 95:305] = 1.0  # wider than the subject
    sure[90:95, 90:310] = 0.4
    got = fill(fine, sure)
    assert (got[180:220, 180:220] == 1.0).all()
    inset = int(SHARE * 400)
    assert (got[: 95 + inset] == 0).all()
    np.testing.assert_array_equal(got[310:], fine[310:])


def test_half_sure_is_nothing() -> None:
    fine = np.full((10, 10), 0.2, np.float32)
    np.testing.assert_array_equal(fill(fine, np.full((4, 4), 0.5)), fine)


def test_not_a_number_is_nothing() -> None:
    assert fill(np.full((3, 3), np.nan), np.full((3, 3), np.nan)).max() == 0.0


def slowly(fine: np.ndarray, sure: np.ndarray, radius: int) -> np.ndarray:
    height, width = fine.shape
    out = np.empty_like(fine)
    for y in range(height):
        for x in range(width):
            least = sure[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1].min()
            out[y, x] = max(fine[y, x], min(1.0, max(0.0, 2 * least - 1)))
    return out


def test_like_the_slow_way() -> None:
    random = np.random.default_rng(11)
    fine, sure = random.random((30, 334)).astype(np.float32), (0.7 + 0.3 * random.random((30, 334))).astype(np.float32)
    np.testing.assert_allclose(fill(fine, sure), slowly(fine, sure, int(SHARE * 334)), atol=1e-6)


@given(st.integers(1, 30), st.integers(1, 30), st.integers(1, 30), st.integers(0, 99))
def test_never_less_than_the_finer(height: int, width: int, side: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    fine = random.random((height, width)).astype(np.float32)
    got = fill(fine, random.random((side, side)))
    assert got.shape == fine.shape and got.dtype == np.float32
    assert (got >= fine).all() and got.max() <= 1.0
