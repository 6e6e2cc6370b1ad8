from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.mask import pieces
from cutaway.mask.holes import fill_holes
from tests.mask.masks import DTYPES, Array, masks, of_type, parts
from tests.mask.oracles import cleared

sizes = st.one_of(st.integers(0, 8), st.floats(0, 30))


def test_holes_by_hand() -> None:
    """A hole of 1, one of 4 (with a leg of the subject between their corners), and a bay that is open at the border."""
    mask = np.array([
        [1, 1, 1, 1, 1, 1, 1],
        [1, 0, 1, 1, 1, 1, 1],
        [1, 1, 0, 0, 1, 1, 1],
        [1, 1, 0, 0, 1, 0, 0],
        [1, 1, 1, 1, 1, 1, 1],
    ], np.uint8) * 255
    one = fill_holes(mask, 1)
    assert one[1, 1] == 255 and (one[2:4, 2:4] == 0).all() and (one[3, 5:] == 0).all()
    two = fill_holes(mask, 2)
    assert (two[:, :5] == 255).all() and (two[3, 5:] == 0).all()


def test_the_size_is_the_side_of_a_square() -> None:
    mask = np.full((30, 30), 255, np.uint8)
    mask[2:7, 2:7] = 0        # 25
    mask[10:12, 2:15] = 0     # 26
    out = fill_holes(mask, 5)
    assert (out[2:7, 2:7] == 255).all() and (out[10:12, 2:15] == 0).all()
    assert (fill_holes(mask, 26 ** 0.5 + 1e-9) == 255).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("sigma", [1.0, 2.5, 4.0])
def test_a_soft_hole_leaves_no_ring(dtype: str, sigma: float) -> None:
    picture = np.ones((90, 90))
    cv2.circle(picture, (45, 45), 12, 0.0, -1)
    mask = of_type(cv2.GaussianBlur(picture, (0, 0), sigma), dtype)
    assert mask.min() < mask.max()
    out = fill_holes(mask, 30)
    np.testing.assert_allclose(parts(out), 1, atol=0.1 / 255)  # a Gaussian in floats has no end


def test_the_outer_edge_stays_soft() -> None:
    """A hole two pixels from a soft outline: filled, and the outline stays as it was beyond the crest between them."""
    row = np.array([0, 0, 60, 180, 240, 255, 200, 90, 0, 90, 200, 255, 255], np.uint8)
    mask = np.tile(row[:, None], (1, 13))
    mask[5:, :4] = mask[5:, -4:] = 255
    out = fill_holes(mask, 6)
    np.testing.assert_array_equal(out[:5, 6], row[:5])
    assert (out[5:, 4:-4] == 255).all()


@settings(max_examples=60, deadline=None)
@given(masks(), sizes, sizes)
def test_only_adds_and_more_with_the_size(mask: Array, one: float, two: float) -> None:
    small, large = sorted((one, two))
    out = fill_holes(mask, small)
    assert (out >= mask).all()
    assert (fill_holes(mask, large) >= out).all()


@settings(max_examples=60, deadline=None)
@given(masks(), sizes)
def test_equals_the_flood_fill(mask: Array, size: float) -> None:
    np.testing.assert_array_equal(fill_holes(mask, size), cleared(mask, size, holes=True) if size else mask)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("seed", range(4))
def test_seams_of_strips_and_tiles_do_not_show(dtype: str, seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    noise = np.random.default_rng(seed).random((60, 70))
    mask = of_type((cv2.GaussianBlur(noise, (0, 0), 1 + seed / 2) * 6 - 2.5).clip(0, 1), dtype)
    monkeypatch.setattr(pieces, "STRIP", 7)
    monkeypatch.setattr(pieces, "TILE", (11, 13))
    for size in (2, 6, 40):
        np.testing.assert_array_equal(fill_holes(mask, size), cleared(mask, size, holes=True))


def test_a_hole_across_several_strips() -> None:
    """Larger than a strip, and so large in it that the strip is labelled again."""
    mask = np.full((900, 300), 255, np.uint8)
    mask[100:800, 20:280] = 0
    assert (fill_holes(mask, 426) == mask).all()
    assert (fill_holes(mask, 427) == 255).all()
