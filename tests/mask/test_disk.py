from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.mask.disk import block_side, bounds, extreme
from tests.mask.masks import Array, masks
from tests.mask.oracles import disk_extreme


@pytest.mark.parametrize("radius", [*range(0, 30), 41, 50, 64, 100])
def test_chords_and_square_make_exactly_the_disk(radius: int) -> None:
    dot = np.zeros((4 * radius + 1, 4 * radius + 1), np.uint8)
    dot[2 * radius, 2 * radius] = 1
    side = 2 * radius + 1
    ys, xs = np.mgrid[-radius:radius + 1, -radius:radius + 1]
    out = extreme(dot, (radius, radius), (side, side), radius, cv2.max)
    np.testing.assert_array_equal(out, ys ** 2 + xs ** 2 <= radius ** 2)


def test_smallest_value_by_hand() -> None:
    region = np.array([[9, 9, 1, 9, 9], [9, 9, 9, 9, 9], [2, 9, 5, 9, 3], [9, 9, 9, 9, 9], [9, 9, 4, 9, 9]], np.uint8)
    assert extreme(region, (2, 2), (1, 1), 2, cv2.min).tolist() == [[1]]
    assert extreme(region, (2, 2), (1, 1), 1, cv2.min).tolist() == [[5]]


@settings(max_examples=60, deadline=None)
@given(masks(40), st.integers(0, 60), st.booleans())
def test_bounds_hold(mask: Array, radius: int, expand: bool) -> None:
    found, near, far = bounds(mask, radius, radius, expand)
    answer = disk_extreme(mask, radius, expand)
    side = found.side
    for (i, j), _ in np.ndenumerate(near):
        block = answer[i * side:(i + 1) * side, j * side:(j + 1) * side]
        low, high = sorted((near[i, j], far[i, j]))
        assert low <= block.min() and block.max() <= high


def test_bounds_decide_the_middle_of_large_things() -> None:
    mask = np.zeros((320, 320), np.uint8)
    mask[:, :160] = 255
    _, near, far = bounds(mask, 50, 50, True)
    known = near == far
    assert known[:, 0].all() and known[:, -1].all() and not known[:, 13].any()


def test_block_side_grows_with_the_radius() -> None:
    assert [block_side(radius) for radius in (0, 1, 50, 256, 257, 512, 513, 5000)] == [16, 16, 16, 16, 32, 32, 64, 512]
