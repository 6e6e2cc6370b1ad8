"""A closer look at a small subject: where, how two answers become one, and that no seam shows."""

from __future__ import annotations

import doctest

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.mask import closer


def spot(shape: tuple[int, int], top: int, left: int, height: int, width: int) -> np.ndarray:
    values = np.zeros(shape, np.float32)
    values[top : top + height, left : left + width] = 1
    return values


def test_the_doctest_holds() -> None:
    assert doctest.testmod(closer).failed == 0


@settings(max_examples=60, deadline=None)
@given(st.integers(300, 3000), st.integers(300, 3000), st.integers(0, 50), st.integers(0, 50), st.integers(1, 40),
       st.integers(1, 40))
def test_the_box_lies_in_the_picture_and_holds_the_subject(
    height: int, width: int, top: int, left: int, tall: int, wide: int
) -> None:
    answer = spot((64, 64), top, left, tall, wide)
    box = closer.place(answer, (height, width))
    if box is None:
        return
    x, y, across, down = box
    assert x >= 0 and y >= 0 and x + across <= width and y + down <= height
    assert across * down <= closer.COVER * height * width
    rows, columns = np.nonzero(answer)
    assert x <= columns.min() * width / 64 and x + across >= (columns.max() + 1) * width / 64 - 1
    assert y <= rows.min() * height / 64 and y + down >= (rows.max() + 1) * height / 64 - 1


@pytest.mark.parametrize(("answer", "size"), [
    (np.zeros((64, 64), np.float32), (1000, 1000)),
    (np.ones((64, 64), np.float32), (1000, 1000)),
    (np.full((64, 64), 0.1, np.float32), (1000, 1000)),
    (spot((64, 64), 20, 20, 9, 9), (64, 64)),
    (spot((64, 64), 20, 20, 9, 9), (40, 60)),
    (spot((64, 64), 5, 5, 50, 50), (1000, 1000)),
    (spot((64, 64), 20, 20, 1, 1), (100, 100)),
], ids=["nothing", "everything", "faint", "the answer's size", "smaller", "large subject", "tiny subject"])
def test_no_closer_look(answer: np.ndarray, size: tuple[int, int]) -> None:
    assert closer.place(answer, size) is None


def test_two_subjects_far_apart_are_not_looked_at_closer() -> None:
    answer = spot((64, 64), 2, 2, 6, 6) + spot((64, 64), 56, 56, 6, 6)
    assert closer.place(answer, (1000, 1000)) is None


def test_the_second_answers_edges_and_the_firsts_interior() -> None:
    first = spot((64, 64), 20, 20, 20, 20)
    box, size = (240, 240, 480, 480), (1024, 1024)
    second = spot((60, 60), 10, 10, 40, 40)
    second[25:35, 25:35] = 0  # a hole that the first look does not see
    both = closer.joined(first, second, box, size)
    assert both is not None and both.shape == second.shape
    assert both[28:32, 28:32].min() > 0.9, "what the first is sure of is filled"
    assert (both[:8] == 0).all() and (both[:, 52:] == 0).all()


@pytest.mark.parametrize("second", [np.zeros((60, 60), np.float32), spot((60, 60), 0, 0, 15, 60)])
def test_where_they_disagree_the_first_is_kept(second: np.ndarray) -> None:
    first = spot((64, 64), 20, 20, 20, 20)
    assert closer.joined(first, second, (240, 240, 480, 480), (1024, 1024)) is None


def test_the_first_answer_lies_right_under_the_box() -> None:
    """A slow oracle: the answer enlarged to the whole picture, cropped, and reduced to the second's size."""
    rng = np.random.default_rng(4)
    first = cv2.GaussianBlur(rng.random((32, 48)).astype(np.float32), (0, 0), 2)
    box, size = (100, 60, 120, 80), (320, 480)
    whole = cv2.resize(first, size[::-1], interpolation=cv2.INTER_LINEAR)
    expected = whole[60:140, 100:220]
    np.testing.assert_allclose(closer._under(first, box, size, (80, 120)), expected, atol=2e-3)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_no_seam(dtype: type) -> None:
    full = np.iinfo(dtype).max
    whole, part = np.zeros((200, 300), dtype), np.full((100, 150), full, dtype)
    closer.blend(whole, part, (40, 30, 150, 100))
    assert (whole[50:110, 60:170] == full).all(), "inside, the part"
    assert (whole[:30] == 0).all() and (whole[130:] == 0).all() and (whole[:, :40] == 0).all()
    steps = max(np.abs(np.diff(whole.astype(float), axis=axis)).max() for axis in (0, 1))
    assert steps < 0.25 * full, "it rises over several pixels"


def test_along_the_pictures_own_border_nothing_fades() -> None:
    whole, part = np.zeros((100, 100), np.uint8), np.full((50, 100), 255, np.uint8)
    closer.blend(whole, part, (0, 50, 100, 50))
    assert (whole[60:] == 255).all() and (whole[:50] == 0).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 999))
def test_equal_mattes_stay_and_others_lie_between(seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole, part = rng.integers(0, 256, (60, 70)).astype(np.uint8), rng.integers(0, 256, (30, 40)).astype(np.uint8)
    box = (int(rng.integers(0, 31)), int(rng.integers(0, 31)), 40, 30)
    same, before = whole.copy(), whole.copy()
    under = (slice(box[1], box[1] + 30), slice(box[0], box[0] + 40))
    closer.blend(same, whole[under].copy(), box)
    np.testing.assert_array_equal(same, before)
    closer.blend(whole, part, box)
    assert (whole[under] >= np.minimum(before[under], part)).all()
    assert (whole[under] <= np.maximum(before[under], part)).all()
    whole[under] = before[under]
    np.testing.assert_array_equal(whole, before)
