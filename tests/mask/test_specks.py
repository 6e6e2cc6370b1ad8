from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.mask import pieces
from cutaway.mask.specks import drop_specks
from tests.mask.masks import DTYPES, Array, masks, of_type, parts
from tests.mask.oracles import cleared

sizes = st.one_of(st.integers(0, 8), st.floats(0, 30))


def test_specks_by_hand() -> None:
    """Two pixels that touch by a corner are one piece of 2; a piece at the border counts like any other."""
    mask = np.array([
        [0, 0, 0, 0, 1],
        [0, 1, 0, 0, 0],
        [0, 0, 1, 0, 0],
        [0, 0, 0, 0, 0],
        [1, 1, 1, 0, 0],
    ], np.uint8) * 255
    assert drop_specks(mask, 1).sum() == 255 * 5
    two = drop_specks(mask, 1.5)
    assert two[1, 1] == two[2, 2] == two[0, 4] == 0 and two[4].tolist() == [255, 255, 255, 0, 0]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sigma", [1.0, 2.5, 4.0])
def test_a_soft_speck_leaves_no_halo(dtype: str, sigma: float) -> None:
    picture = np.zeros((90, 90))
    cv2.circle(picture, (45, 45), 12, 1.0, -1)
    mask = of_type(cv2.GaussianBlur(picture, (0, 0), sigma), dtype)
    assert mask.max() > 0
    np.testing.assert_allclose(parts(drop_specks(mask, 30)), 0, atol=0.1 / 255)  # a Gaussian in floats has no end


def test_the_subject_beside_it_keeps_its_soft_edge() -> None:
    row = np.array([0, 90, 200, 90, 20, 10, 60, 140, 230, 255, 255, 255, 255], np.uint8)
    mask = np.tile(row, (5, 1))
    out = drop_specks(mask, 3)
    assert not out[:, :6].any()
    np.testing.assert_array_equal(out[:, 6:], mask[:, 6:])


@settings(max_examples=60, deadline=None)
@given(masks(), sizes, sizes)
def test_only_removes_and_more_with_the_size(mask: Array, one: float, two: float) -> None:
    small, large = sorted((one, two))
    out = drop_specks(mask, small)
    assert (out <= mask).all()
    assert (drop_specks(mask, large) <= out).all()


@settings(max_examples=60, deadline=None)
@given(masks(), sizes)
def test_equals_the_flood_fill(mask: Array, size: float) -> None:
    np.testing.assert_array_equal(drop_specks(mask, size), cleared(mask, size, holes=False) if size else mask)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("seed", range(4))
def test_seams_of_strips_and_tiles_do_not_show(dtype: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(seed).random((60, 70))
    mask = of_type((cv2.GaussianBlur(noise, (0, 0), 1 + seed / 2) * 6 - 2.5).clip(0, 1), dtype)
    monkeypatch.setattr(pieces, "STRIP", 7)
    monkeypatch.setattr(pieces, "TILE", (11, 13))
    for size in (2, 6, 40):
        np.testing.assert_array_equal(drop_specks(mask, size), cleared(mask, size, holes=False))


def test_a_diagonal_line_across_strips_is_one_piece() -> None:
    line = (np.eye(600) * 255).astype(np.uint8)
    assert (drop_specks(line, 599 ** 0.5) == line).all()
    assert not drop_specks(line, 600 ** 0.5 + 1e-9).any()
    assert not drop_specks(line[:, ::-1], 600 ** 0.5 + 1e-9).any()
