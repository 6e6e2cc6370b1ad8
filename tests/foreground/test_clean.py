"""Clean edge colours at the picture's size and precision."""

from __future__ import annotations

import tracemalloc

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.cutout import TILE, Foreground
from cutaway.errors import Cancelled
from cutaway.foreground import clean
from cutaway.job import Job
from cutaway.picture.model import DTYPES, Picture, full_scale

FRONT, BACK = np.array([0.8, 0.5, 0.2]), np.array([0.1, 0.3, 0.9])


def composed(height: int = 300, width: int = 420, dtype: str = "uint8", gray: bool = False, soft: float = 20.0
             ) -> tuple[np.ndarray, np.ndarray]:
    """A soft disk of one colour on another: (pixels (h, w, 1 or 3), matte uint16)."""
    y, x = np.mgrid[:height, :width]
    distance = np.hypot(y - height / 2, x - width / 2)
    matte = np.rint(np.clip((0.3 * height - distance) / soft + 0.5, 0, 1) * 65535).astype(np.uint16)
    share = matte[..., None] / 65535.0
    colour = share * FRONT + (1 - share) * BACK
    if gray:
        colour = colour[..., :1]
    scaled = colour * full_scale(np.dtype(dtype))
    return (np.rint(scaled) if dtype.startswith("u") else scaled).astype(dtype), matte


def pasted(pixels: np.ndarray, foreground: Foreground | None) -> np.ndarray:
    out = pixels.copy()
    if foreground is not None:
        for (x, y), tile in zip(foreground.origins, foreground.pixels, strict=True):
            view = out[y : y + TILE, x : x + TILE, : tile.shape[2]]
            view[:] = tile[: view.shape[0], : view.shape[1]]
    return out


@pytest.mark.parametrize("gray", [False, True])
@pytest.mark.parametrize("dtype", DTYPES)
def test_the_subjects_own_colour_comes_back(dtype: str, gray: bool) -> None:
    pixels, matte = composed(dtype=dtype, gray=gray)
    got = clean(Picture(pixels), matte, matte, 100, Job())
    assert got is not None
    assert got.pixels.dtype == pixels.dtype and got.pixels.shape[1:] == (TILE, TILE, pixels.shape[2])
    assert (got.origins % TILE == 0).all() and got.origins.dtype == np.int32
    shown = pasted(pixels, got).astype(np.float64) / full_scale(pixels.dtype)
    soft = (matte > 6000) & (matte < 60000)
    as_is = np.abs(pixels[soft] / full_scale(pixels.dtype) - FRONT[: pixels.shape[2]]).mean()
    assert np.abs(shown[soft] - FRONT[: pixels.shape[2]]).mean() < 0.1 * as_is


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 999), st.integers(1, 100), st.sampled_from(["uint8", "uint16", "float32"]))
def test_full_pixels_and_hidden_pixels_keep_their_bits(seed: int, amount: int, dtype: str) -> None:
    random = np.random.default_rng(seed)
    height, width = random.integers(1, 160, 2)
    values = random.random((height, width, 3))
    pixels = (values * full_scale(np.dtype(dtype))).astype(dtype)
    matte = random.choice([0, 40, 200, 255], (height, width)).astype(np.uint8)
    mask = random.choice([0, 1, 255], (height, width)).astype(np.uint8)
    got = clean(Picture(pixels), matte, mask, amount, Job())
    kept = (matte == 255) | (mask == 0)
    np.testing.assert_array_equal(pasted(pixels, got)[kept], pixels[kept])


def test_only_tiles_that_differ() -> None:
    pixels, matte = composed(640, 900)
    got = clean(Picture(pixels), matte, matte, 100, Job())
    assert got is not None
    places = {tuple(origin) for origin in got.origins.tolist()}
    assert len(places) == len(got.origins)
    for (x, y), tile in zip(got.origins, got.pixels, strict=True):
        part = pixels[y : y + TILE, x : x + TILE]
        assert (tile[: part.shape[0], : part.shape[1]] != part).any()
        soft = (matte[y : y + TILE, x : x + TILE] > 0) & (matte[y : y + TILE, x : x + TILE] < 65535)
        assert soft.any()


def test_amount_blends() -> None:
    pixels, matte = composed(dtype="float32")
    picture = Picture(pixels)
    assert clean(picture, matte, matte, 0, Job()) is None
    whole = pasted(pixels, clean(picture, matte, matte, 100, Job()))
    half = pasted(pixels, clean(picture, matte, matte, 50, Job()))
    np.testing.assert_allclose(half, (whole + pixels) / 2, atol=1e-6)


@pytest.mark.parametrize("value", [0, 255])
@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (150, 200)])
def test_empty_and_full_mattes_change_nothing(shape: tuple[int, int], value: int) -> None:
    pixels = np.random.default_rng(2).integers(0, 256, (*shape, 3)).astype(np.uint8)
    matte = np.full(shape, value, np.uint8)
    assert clean(Picture(pixels), matte, np.full(shape, 255, np.uint8), 100, Job()) is None


def test_a_picture_of_one_colour_is_not_changed() -> None:
    _, matte = composed()
    assert clean(Picture(np.full((300, 420, 3), 123, np.uint8)), matte, matte, 100, Job()) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 2)])
def test_thin_pictures(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(3)
    pixels = random.integers(0, 256, (*shape, 3)).astype(np.uint8)
    matte = random.integers(1, 255, shape).astype(np.uint8)
    assert pasted(pixels, clean(Picture(pixels), matte, matte, 100, Job())).shape == pixels.shape


def test_an_expanded_mask_shows_the_subjects_colour() -> None:
    pixels, matte = composed()
    mask = cv2.dilate(matte, np.ones((31, 31), np.uint8))
    shown = pasted(pixels, clean(Picture(pixels), matte, mask, 100, Job()))
    new = (matte == 0) & (mask > 0)
    assert new.any()
    np.testing.assert_allclose(shown[new] / 255, np.broadcast_to(FRONT, (new.sum(), 3)), atol=0.06)


def test_alpha_is_not_part_of_the_tiles_and_hidden_colours_do_not_count() -> None:
    pixels, matte = composed()
    alpha = np.full(matte.shape, 255, np.uint8)
    alpha[:, :160] = 0
    garbage = pixels.copy()
    garbage[:, :160] = (255, 0, 255)
    got = clean(Picture(np.dstack([garbage, alpha])), matte, matte, 100, Job())
    assert got is not None and got.pixels.shape[3] == 3
    soft = (matte > 6000) & (matte < 60000) & (alpha > 0)
    assert np.abs(pasted(garbage, got)[soft] / 255 - FRONT).mean() < 0.03


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_not_finite_pixels_are_replaced_where_they_are_cleaned(dtype: str) -> None:
    pixels, matte = composed(dtype=dtype)
    soft = (matte > 6000) & (matte < 60000)
    bad = soft.copy()
    bad[:, ::7] = False
    bad[::2] = False
    pixels[bad] = np.nan
    pixels[10, 10] = np.inf
    shown = pasted(pixels, clean(Picture(pixels), matte, matte, 100, Job()))
    assert np.isfinite(shown[soft]).all()
    assert np.abs(shown[soft].astype(np.float64) - FRONT).mean() < 0.05
    assert np.isinf(shown[10, 10]).all()


def test_values_over_one_survive() -> None:
    pixels, matte = composed(dtype="float32")
    share = matte[..., None] / np.float32(65535)
    bright = np.float32([6.0, 3.0, 1.5])
    pixels = (share * bright + (1 - share) * BACK.astype(np.float32)).astype(np.float32)
    shown = pasted(pixels, clean(Picture(pixels), matte, matte, 100, Job()))
    soft = (matte > 6000) & (matte < 60000)
    assert np.abs(shown[soft] - bright).mean() < 0.1 * np.abs(pixels[soft] - bright).mean()
    assert shown.max() <= 6.001 and shown.min() >= 0


def test_a_glint_on_a_soft_edge_keeps_its_light() -> None:
    pixels, matte = composed(900, 1400, "float32", soft=120.0)
    front = np.broadcast_to(FRONT.astype(np.float32), pixels.shape).copy()
    front[::6, ::6] = 9.0
    share = matte[..., None] / np.float32(65535)
    pixels = share * front + (1 - share) * BACK.astype(np.float32)
    shown = pasted(pixels, clean(Picture(pixels), matte, matte, 100, Job()))
    glints = (front[..., 0] > 8) & (matte > 58000) & (matte < 65535)
    assert (pixels[glints] > 7).all() and (shown[glints] >= 0.85 * pixels[glints]).all()


def test_a_view_of_a_larger_picture_is_fine() -> None:
    pixels, matte = composed()
    larger = np.zeros((400, 500, 3), np.uint8)
    larger[50:350, 40:460] = pixels
    view = clean(Picture(larger[50:350, 40:460]), matte, matte, 100, Job())
    own = clean(Picture(pixels), matte, matte, 100, Job())
    assert view is not None and own is not None
    np.testing.assert_array_equal(view.pixels, own.pixels)


def test_no_seam_between_tiles() -> None:
    pixels, matte = composed(600, 800, "float32", soft=120.0)
    shown = pasted(pixels, clean(Picture(pixels), matte, matte, 100, Job()))
    soft = (matte > 9000) & (matte < 60000)
    across = np.abs(np.diff(shown, axis=1)).max(-1)
    both = soft[:, 1:] & soft[:, :-1]
    seams = np.zeros_like(both)
    seams[:, TILE - 1 :: TILE] = True
    assert across[both & seams].max() <= 2 * across[both & ~seams].max() + 1e-4


def test_memory_does_not_grow_with_the_picture() -> None:
    peaks = []
    for side in (900, 2700):
        pixels, matte = composed(side, side)
        matte = (matte >> 8).astype(np.uint8)
        tracemalloc.start()
        got = clean(Picture(pixels), matte, matte, 100, Job())
        assert got is not None
        room = got.pixels.base.nbytes if got.pixels.base is not None else got.pixels.nbytes
        peaks.append(tracemalloc.get_traced_memory()[1] - room)
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + 2e6


@pytest.mark.parametrize("dtype", ["uint8", "float16", "float64"])
def test_memory_does_not_grow_with_a_panorama(dtype: str) -> None:
    small, matte = composed(250, 7500, "float32")
    pixels = np.zeros((1000, 30000, 3), dtype)
    pixels[:250, :7500] = small * full_scale(pixels.dtype)
    pixels[500, 500] = np.nan if pixels.dtype.kind == "f" else 0
    whole = np.zeros((1000, 30000), np.uint8)
    whole[:250, :7500] = matte >> 8
    tracemalloc.start()
    got = clean(Picture(pixels), whole, whole, 100, Job())
    assert got is not None
    room = got.pixels.base.nbytes if got.pixels.base is not None else got.pixels.nbytes
    peak = tracemalloc.get_traced_memory()[1] - room
    tracemalloc.stop()
    assert peak < 40e6


def test_cancel_stops_it() -> None:
    pixels, matte = composed()
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        clean(Picture(pixels), matte, matte, 100, job)
