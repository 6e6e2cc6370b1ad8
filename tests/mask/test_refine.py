"""From the network's answer to the picture's size."""

from __future__ import annotations

import tracemalloc

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.errors import Cancelled
from cutaway.job import Job
from cutaway.mask import refine as module
from cutaway.mask.refine import enlarge, refine
from cutaway.picture.model import Picture

DTYPES = (np.uint8, np.uint16)


def scene(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    """A bright disk with a wavy edge on a dark ground with noise: (picture (h, w, 3) uint8, true matte 0..1)."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle = np.arctan2(y - height / 2, x - width / 2)
    radius = min(height, width) * (0.3 + 0.03 * np.sin(24 * angle))
    true = np.clip(radius - np.hypot(y - height / 2, x - width / 2) + 0.5, 0, 1)
    front, back = np.array([210, 160, 90], np.float32), np.array([40, 70, 60], np.float32)
    noise = np.random.default_rng(6).normal(0, 3, (height, width, 3))
    mixed = true[..., None] * front + (1 - true[..., None]) * back + noise
    return np.clip(mixed, 0, 255).astype(np.uint8), true


def answer(true: np.ndarray, side: int = 80) -> np.ndarray:
    """What a network might say: squashed to a square, and soft."""
    return cv2.GaussianBlur(cv2.resize(true, (side, side), interpolation=cv2.INTER_AREA), (0, 0), 1.2)


@pytest.mark.parametrize(("size", "left"), [((700, 900), 0.5), ((300, 400), 0.8)])
def test_the_edge_is_found_again(size: tuple[int, int], left: float) -> None:
    pixels, true = scene(*size)
    coarse = answer(true)
    plain = enlarge(coarse, Picture(pixels), Job(), np.uint8) / 255
    better = refine(coarse, Picture(pixels), Job(), np.uint8) / 255
    assert np.abs(better - true).sum() < left * np.abs(plain - true).sum()


def test_a_panorama_is_no_worse_than_the_answer() -> None:
    pixels, true = scene(300, 300)
    wide, wide_true = np.tile(pixels, (1, 12, 1)), np.tile(true, (1, 12))
    coarse = answer(wide_true, 320)
    plain = enlarge(coarse, Picture(wide), Job(), np.uint8) / 255
    better = refine(coarse, Picture(wide), Job(), np.uint8) / 255
    assert np.abs(better - wide_true).sum() < 0.7 * np.abs(plain - wide_true).sum()


def test_far_from_the_edge_it_is_full_and_empty() -> None:
    pixels, true = scene(600, 800)
    got = refine(answer(true), Picture(pixels), Job(), np.uint16)
    assert got.dtype == np.uint16
    assert (got[:40] == 0).all()
    assert (got[270:330, 370:430] == 65535).all()


def test_no_seam_whatever_the_tile(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels, true = scene(530, 610)
    coarse, picture = answer(true), Picture(pixels)
    whole = [refine(coarse, picture, Job(), np.uint16), enlarge(coarse, picture, Job(), np.uint16)]
    for side in (37, 128, 1000):
        monkeypatch.setattr(module, "tiles", lambda size, side=side: _tiles(size, side))
        np.testing.assert_array_equal(refine(coarse, picture, Job(), np.uint16), whole[0])
        np.testing.assert_array_equal(enlarge(coarse, picture, Job(), np.uint16), whole[1])


_tiles = module.tiles


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (2, 3), (40, 900)])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_empty_and_full_answers_stay(shape: tuple[int, int], dtype: type, value: float) -> None:
    pixels = np.random.default_rng(7).integers(0, 256, (*shape, 3)).astype(np.uint8)
    got = refine(np.full((320, 320), value, np.float32), Picture(pixels), Job(), dtype)
    assert got.shape == shape
    assert (got == (np.iinfo(dtype).max if value else 0)).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 700), (700, 1), (2, 3), (3000, 7)])
def test_thin_pictures_with_a_soft_answer(shape: tuple[int, int]) -> None:
    pixels = np.random.default_rng(8).integers(0, 256, (*shape, 3)).astype(np.uint8)
    got = refine(np.random.default_rng(9).random((64, 64)), Picture(pixels), Job(), np.uint8)
    assert got.shape == shape


def test_where_colour_says_nothing_the_answer_stays() -> None:
    _, true = scene(600, 600)
    coarse, picture = answer(true, 320), Picture(np.full((600, 600, 3), 77, np.uint8))
    got = refine(coarse, picture, Job(), np.uint8).astype(float) / 255
    plain = enlarge(coarse, picture, Job(), np.uint8).astype(float) / 255
    assert np.abs(got - plain).mean() < 0.01
    assert got[300, 300] == 1 and got[0, 0] == 0


def test_a_hint_of_a_subject_is_not_stretched() -> None:
    pixels, true = scene(600, 600)
    got = refine(answer(true) * 0.015, Picture(pixels), Job(), np.uint8)
    assert got.max() <= 4


def test_what_has_the_pictures_size_is_enlarged_to_itself() -> None:
    pixels, _ = scene(60, 90)
    given_matte = np.random.default_rng(10).integers(0, 65536, (60, 90)).astype(np.uint16)
    got = enlarge(given_matte, Picture(pixels), Job(), np.uint16)
    np.testing.assert_array_equal(got, given_matte)
    assert not np.shares_memory(got, given_matte)
    np.testing.assert_array_equal(
        enlarge(given_matte, Picture(pixels), Job(), np.uint8), np.rint(given_matte / 257).astype(np.uint8))


@pytest.mark.parametrize("side", [320, 640])
def test_an_answer_that_happens_to_have_the_pictures_size_is_refined_like_any(side: int) -> None:
    """A network's answer is as blurred at its own size as elsewhere."""
    pixels, true = scene(side, side)
    coarse = cv2.GaussianBlur(true, (0, 0), side / 100)
    more = cv2.resize(pixels, (side + 1, side + 1), interpolation=cv2.INTER_LINEAR)
    got = refine(coarse, Picture(pixels), Job(), np.uint8)
    beside = refine(coarse, Picture(more), Job(), np.uint8)
    assert np.abs(got / 255 - true).sum() < 0.6 * np.abs(coarse - true).sum()
    assert np.abs(got.astype(int) - cv2.resize(beside, (side, side)).astype(int)).mean() < 1


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 60) | st.just(550), st.integers(1, 60) | st.just(550),
    st.integers(1, 40) | st.sampled_from([320]), st.sampled_from([np.float32, np.uint8, np.uint16]),
    st.sampled_from([0.0, 1.0]), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), max_size=3))
def test_sparse_answers_never_end_in_a_crash(height, width, side, dtype, ground, dots) -> None:
    coarse = np.full((side, side), ground, np.float32)
    for y, x, value in dots:
        coarse[int(y * (side - 1)), int(x * (side - 1))] = value
    if dtype != np.float32:
        coarse = np.rint(coarse * np.iinfo(dtype).max).astype(dtype)
    pixels = np.random.default_rng(3).integers(0, 256, (height, width, 3)).astype(np.uint8)
    got = refine(coarse, Picture(pixels), Job(), np.uint8)
    assert got.shape == (height, width)
    if not dots:
        assert (got == round(255 * ground)).all()


@pytest.mark.parametrize(("size", "side", "ground", "dot"), [
    ((900, 1200), 320, 0.0, 0.03), ((40, 60), 320, 0.0, 0.5), ((1, 60), 320, 0.0, 0.5), ((900, 1200), 320, 1.0, 0.95)])
def test_one_doubtful_pixel_in_a_sure_answer(size, side, ground, dot) -> None:
    coarse = np.full((side, side), ground, np.float32)
    coarse[100, 100] = dot
    pixels = np.random.default_rng(3).integers(0, 256, (*size, 3)).astype(np.uint8)
    got = refine(coarse, Picture(pixels), Job(), np.uint8).astype(int)
    np.testing.assert_allclose(got, enlarge(coarse, Picture(pixels), Job(), np.uint8), atol=13)


@pytest.mark.parametrize("dtype", [np.uint16, np.float32])
def test_a_faint_ramp_in_a_deep_picture_does_not_show_in_steps(dtype: type) -> None:
    """Along a smooth ramp of three levels of 8 bits a deep picture's matte is as smooth as the ramp."""
    ramp = np.linspace(0.5, 0.51, 600, dtype=np.float32)[None, :, None] + np.zeros((600, 1, 3), np.float32)
    coarse = cv2.GaussianBlur(np.tile(np.linspace(0, 1, 80, dtype=np.float32), (80, 1)), (0, 0), 2)
    deep = ramp if dtype == np.float32 else np.rint(ramp * 65535).astype(np.uint16)
    steps = [np.abs(np.diff(refine(coarse, Picture(pixels), Job(), np.uint16).astype(int), axis=1)).max()
             for pixels in (deep, np.rint(ramp * 255).astype(np.uint8))]
    assert steps[0] < 0.5 * steps[1]


def test_bad_numbers_in_the_answer_are_no_subject() -> None:
    pixels, _ = scene(40, 40)
    coarse = np.array([[np.nan, np.inf], [-np.inf, 0.5]], np.float32)
    got = enlarge(coarse, Picture(pixels), Job(), np.uint8)
    assert (got[0, 0], got[0, 39], got[39, 0], got[39, 39]) == (0, 255, 0, 128)


@pytest.mark.parametrize("kind", ["uint16", "float32", "gray", "alpha", "nan"])
def test_any_kind_of_picture(kind: str) -> None:
    pixels, true = scene(560, 640)
    if kind == "uint16":
        pixels = pixels.astype(np.uint16) * 257
    elif kind == "gray":
        pixels = pixels[..., :1]
    elif kind == "alpha":
        pixels = np.dstack([pixels, np.full(true.shape, 255, np.uint8)])
    elif kind in ("float32", "nan"):
        pixels = pixels.astype(np.float32) / 255
        if kind == "nan":
            pixels[100:120, 100:120] = np.nan
    coarse = answer(true)
    plain = enlarge(coarse, Picture(pixels), Job(), np.uint8) / 255
    better = refine(coarse, Picture(pixels), Job(), np.uint8) / 255
    assert np.abs(better - true).sum() < 0.6 * np.abs(plain - true).sum()


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(1, 40), st.integers(0, 99))
def test_enlarge_stays_between_least_and_most(height: int, width: int, side: int, seed: int) -> None:
    coarse = np.random.default_rng(seed).random((side, side)).astype(np.float32)
    got = enlarge(coarse, Picture(np.zeros((height, width, 1), np.uint8)), Job(), np.uint8)
    assert got.shape == (height, width)
    assert got.min() >= int(coarse.min() * 255) and got.max() <= int(coarse.max() * 255) + 1


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 99))
def test_turning_the_picture_turns_the_matte(seed: int) -> None:
    random = np.random.default_rng(seed)
    pixels = cv2.resize(random.integers(0, 256, (9, 9, 3)).astype(np.uint8), (60, 60))
    coarse = cv2.resize(random.random((5, 5)).astype(np.float32), (20, 20))
    once = refine(coarse, Picture(pixels), Job(), np.uint8)
    turned = refine(coarse[::-1, ::-1].copy(), Picture(pixels[::-1, ::-1].copy()), Job(), np.uint8)
    np.testing.assert_allclose(turned[::-1, ::-1].astype(int), once.astype(int), atol=2)


def test_memory_does_not_grow_with_the_picture() -> None:
    _, true = scene(500, 500)
    coarse = answer(true)
    peaks = []
    for side in (800, 2400):
        pixels = cv2.resize(scene(500, 500)[0], (side, side))
        tracemalloc.start()
        got = refine(coarse, Picture(pixels), Job(), np.uint8)
        peaks.append(tracemalloc.get_traced_memory()[1] - got.nbytes)
        tracemalloc.stop()
    # render keeps a halved copy of an 8-bit picture while it reduces it: a quarter of the pixels
    assert peaks[1] < peaks[0] + 2400 * 2400 * 3 / 4 + 2e6


def test_cancel_stops_it() -> None:
    pixels, true = scene(600, 600)
    job = Job()
    job.cancel()
    for way in (refine, enlarge):
        with pytest.raises(Cancelled):
            way(answer(true), Picture(pixels), job, np.uint8)


def test_progress_is_told() -> None:
    pixels, true = scene(600, 600)
    told: list[tuple[str, float]] = []
    refine(answer(true), Picture(pixels), Job(lambda stage, share: told.append((stage, share))), np.uint8)
    assert {stage for stage, _ in told} == {"edges"}
    assert [share for _, share in told] == sorted(share for _, share in told)
