"""From an answer, two answers, or a matte that is there, to the raw matte."""

from __future__ import annotations

import dataclasses
import tracemalloc

import cv2
import numpy as np
import pytest

from cutaway import matting, pipeline
from cutaway.cutout import Matte, Note
from cutaway.errors import InputError
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings

SIDE = 64
FULL = RemoveSettings(clean=0)
PLAIN = RemoveSettings(refine=False, clean=0)


def scene(height: int = 600, width: int = 900, radius: float = 60.0) -> tuple[np.ndarray, np.ndarray]:
    """A bright spiky disk on a dark ground: (pixels, true matte 0..1)."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    angle = np.arctan2(y - height / 2, x - width / 2)
    edge = radius * (1 + 0.1 * np.sin(12 * angle))
    true = np.clip(edge - np.hypot(y - height / 2, x - width / 2) + 0.5, 0, 1)
    mixed = true[..., None] * np.float32([210, 160, 90]) + (1 - true[..., None]) * np.float32([40, 70, 60])
    noise = np.random.default_rng(6).normal(0, 3, mixed.shape)
    return np.clip(mixed + noise, 0, 255).astype(np.uint8), true


class FakeEngine:
    """Takes what is bright for the subject, at SIDE x SIDE; has no second look."""

    def __init__(self, notes: tuple[Note, ...] = ()) -> None:
        self.shown: list[tuple[int, int]] = []
        self.notes = notes

    def matte(self, picture, settings, job):
        self.shown.append((picture.height, picture.width))
        small = cv2.resize(picture.pixels[..., 0], (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
        answer = np.clip((small - 50) / 150, 0, 1)
        return Matte(answer, "fake", "bright", notes=self.notes, seconds={"run": 1.0})


class FakeLocalEngine(FakeEngine):
    """The same with a second look, which ``again`` may replace."""

    again = None

    def closer(self, picture, settings, job):
        answer = self.matte(picture, settings, job)
        values = answer.values if self.again is None else self.again
        return dataclasses.replace(answer, values=values, notes=())


def error(mask: np.ndarray, true: np.ndarray) -> float:
    return float(np.abs(mask / np.iinfo(mask.dtype).max - true).sum())


@pytest.mark.parametrize("settings", [PLAIN, FULL])
def test_a_small_subject_is_looked_at_closer_and_gets_better_edges(settings):
    pixels, true = scene()
    far, near = FakeEngine(), FakeLocalEngine()
    once = pipeline.remove(Picture(pixels), settings, Job(), engine=far)
    twice = pipeline.remove(Picture(pixels), settings, Job(), engine=near)
    assert len(far.shown) == 1 and len(near.shown) == 2
    assert near.shown[1][0] < 200 and near.shown[1][1] < 200
    assert error(twice.mask, true) < 0.6 * error(once.mask, true)
    assert twice.provenance.seconds["run"] == 2.0


def test_a_large_subject_is_looked_at_once():
    pixels, _ = scene(radius=250)
    engine = FakeLocalEngine()
    pipeline.remove(Picture(pixels), FULL, Job(), engine=engine)
    assert len(engine.shown) == 1


def test_a_second_look_that_sees_something_else_is_not_believed():
    pixels, _ = scene()
    once = pipeline.remove(Picture(pixels), FULL, Job(), engine=FakeEngine())
    engine = FakeLocalEngine()
    engine.again = np.zeros((SIDE, SIDE), np.float32)
    twice = pipeline.remove(Picture(pixels), FULL, Job(), engine=engine)
    assert len(engine.shown) == 2
    np.testing.assert_array_equal(once.mask, twice.mask)


def test_a_subject_that_the_second_look_sees_well_is_a_clear_one():
    pixels, _ = scene()
    notes = (Note("no_clear_subject", "No clear subject."), Note("provider_failed", "CUDA failed."))
    result = pipeline.remove(Picture(pixels), FULL, Job(), engine=FakeLocalEngine(notes))
    assert [note.code for note in result.notes] == ["provider_failed"]


@pytest.mark.parametrize("agrees", [True, False])
def test_what_fails_at_the_second_look_is_said(agrees):
    """A provider that runs out of memory at the second picture, say: the run went on with another."""
    pixels, _ = scene()
    engine = FakeLocalEngine((Note("fill_left_out", "Alone."),))
    looking = engine.closer

    def closer(picture, settings, job):
        answer = looking(picture, settings, job)
        notes = (Note("fill_left_out", "Alone."), Note("provider_failed", "CUDA failed."), Note(matting.UNCLEAR, "?"))
        values = answer.values if agrees else np.zeros((SIDE, SIDE), np.float32)
        return dataclasses.replace(answer, values=values, notes=notes, provider="CPU")

    engine.closer = closer
    result = pipeline.remove(Picture(pixels), FULL, Job(), engine=engine)
    assert [note.code for note in result.notes] == ["fill_left_out", "provider_failed"]
    assert result.provenance.provider == ("CPU" if agrees else "")


def test_an_answer_that_is_final_is_left_to_the_bit_and_another_of_that_size_is_refined():
    pixels, true = scene(radius=150)
    blurred = np.rint(cv2.GaussianBlur(true, (0, 0), 4) * 255).astype(np.uint8)

    class FakeCloud(FakeEngine):
        final = True

        def matte(self, picture, settings, job):
            return Matte(blurred, "fake", "cloud", final=self.final)

    cloud = FakeCloud()
    np.testing.assert_array_equal(pipeline.remove(Picture(pixels), FULL, Job(), engine=cloud).mask, blurred)
    cloud.final = False
    assert error(pipeline.remove(Picture(pixels), FULL, Job(), engine=cloud).mask, true) < 0.6 * error(blurred, true)


def test_within_a_selection_the_surroundings_count():
    pixels, true = scene()
    selection = np.zeros(true.shape, np.uint8)
    selection[100:500, 100:800] = 255
    engine = FakeLocalEngine()
    result = pipeline.remove(Picture(pixels), FULL, Job(), engine=engine, selection=selection)
    assert len(engine.shown) == 2
    assert error(result.mask, true) < 250 and (result.mask[selection == 0] == 0).all()


class FakeNoEngine:
    """Must not be asked."""

    def matte(self, picture, settings, job):
        raise AssertionError("the engine was asked although a matte was given")


def refined(pixels, given, settings=FULL, **more):
    return pipeline.remove(Picture(pixels), settings, Job(), engine=FakeNoEngine(), given=given, **more)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.uint16, np.float32, np.float64])
@pytest.mark.parametrize("side", [0.25, 1.0, 1.5])
def test_a_hard_mask_gets_real_edges(dtype, side):
    pixels, true = scene(radius=150)
    rough = cv2.dilate((true > 0.5).astype(np.uint8), np.ones((5, 5), np.uint8))
    hard = cv2.resize(rough, None, fx=side, fy=side, interpolation=cv2.INTER_NEAREST)
    scale = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    result = refined(pixels, hard.astype(dtype) * dtype(scale))
    assert result.mask.shape == true.shape
    assert error(result.mask, true) < 0.5 * error(rough * np.uint8(255), true)
    assert (result.provenance.engine, result.matte.engine) == ("mask", "mask")


def test_a_soft_matte_of_the_pictures_size_is_left_to_the_bit():
    pixels, true = scene(radius=150)
    soft = np.rint(cv2.GaussianBlur(true, (0, 0), 4) * 255).astype(np.uint8)
    np.testing.assert_array_equal(refined(pixels, soft).mask, soft)


@pytest.mark.parametrize("side", [0.5, 0.8, 2.0])
def test_a_soft_matte_of_about_the_pictures_size_is_only_enlarged(side):
    pixels, true = scene(radius=150)
    soft = cv2.GaussianBlur(true, (0, 0), 6)
    result = refined(pixels, cv2.resize(soft, None, fx=side, fy=side, interpolation=cv2.INTER_AREA))
    assert np.abs(result.mask / 255 - soft).max() < 0.06


def test_a_small_soft_matte_is_refined_like_an_answer():
    pixels, true = scene(radius=150)
    soft = cv2.GaussianBlur(cv2.resize(true, (90, 60), interpolation=cv2.INTER_AREA), (0, 0), 1)
    plain = refined(pixels, soft, PLAIN)
    assert error(refined(pixels, soft).mask, true) < 0.6 * error(plain.mask, true)


def test_the_colours_of_a_given_matte_are_cleaned():
    _, true = scene(radius=150)
    soft = cv2.GaussianBlur(true, (0, 0), 3)
    mixed = soft[..., None] * np.float32([210, 160, 90]) + (1 - soft[..., None]) * np.float32([40, 70, 60])
    result = refined(mixed.astype(np.uint8), np.rint(soft * 65535).astype(np.uint16), RemoveSettings())
    assert result.foreground is not None and len(result.foreground.origins)


def test_selection_and_layer_mask_still_count():
    pixels, true = scene(radius=150)
    half, old = np.zeros(true.shape, np.uint8), np.full(true.shape, 128, np.uint8)
    half[:, :450] = 255
    result = refined(pixels, (true > 0.5), selection=half, existing_mask=old)
    assert (result.mask[:, 450:] == 0).all() and result.mask[300, 400] == 128


@pytest.mark.parametrize(("given", "kept"), [(0, 0), (255, 255)])
def test_an_empty_and_a_full_mask_stay_and_are_said(given, kept):
    pixels, true = scene()
    result = refined(pixels, np.full(true.shape, given, np.uint8))
    assert (result.mask == kept).all()
    assert [note.code for note in result.notes] == ([] if given else ["no_clear_subject"])


def test_bad_numbers_in_a_given_matte_hide():
    pixels, true = scene()
    given = true.copy()
    given[:100] = np.nan
    given[100:110] = np.inf
    given[110:120] = -np.inf
    mask = refined(pixels, given, PLAIN).mask
    assert (mask[:90] == 0).all() and (mask[102:108] == 255).all() and (mask[112:118] == 0).all()


@pytest.mark.parametrize("given", [
    np.zeros((4, 4, 3), np.uint8), np.zeros(4, np.uint8), np.zeros((0, 4), np.uint8), np.zeros((4, 4), np.int16),
    np.zeros((4, 4), complex), np.full((4, 4), "x")])
def test_a_mask_that_is_none_is_said(given):
    with pytest.raises(InputError) as caught:
        refined(scene()[0], given)
    assert caught.value.hint


def test_a_mask_of_one_pixel_covers_all():
    mask = refined(scene()[0], np.full((1, 1), 128, np.uint8)).mask
    assert (mask == 128).all()


def test_strips_do_not_change_what_counts_as_hard(monkeypatch):
    _, true = scene(radius=150)
    masks = [np.rint(mask * 255).astype(np.uint8) for mask in (true > 0.5, true, cv2.GaussianBlur(true, (0, 0), 0.8))]
    once = [matting._is_hard(mask) for mask in masks]
    monkeypatch.setattr(matting, "STRIP", 1)
    assert [matting._is_hard(mask) for mask in masks] == once


@pytest.mark.parametrize("kind", ["hard", "soft", "large", "deep", "bool", "float32", "cloud", "transparency"])
def test_memory_of_a_matte_that_is_there_is_bounded(kind):
    """Beyond picture, given matte and the raw matte: no more than two and a half bytes for each pixel."""
    height, width = 1664, 2496
    y, x = np.mgrid[:height, :width].astype(np.float32)
    true = np.clip((600 - np.hypot(y - 800, x - 1200)) / 40 + 0.5, 0, 1)
    del y, x
    given = np.rint(true * 255).astype(np.uint8)
    pixels = np.full((height, width, 3), (200, 120, 60), np.uint8)
    if kind in ("hard", "bool"):
        given = (given > 127) if kind == "bool" else np.where(given > 127, 255, 0).astype(np.uint8)
    elif kind == "large":
        given = cv2.resize(given, None, fx=1.5, fy=1.5)
    elif kind == "deep":
        given = given.astype(np.uint16) * 257
    elif kind == "float32":
        given = true
    shown = Picture(np.dstack([pixels, given]) if kind == "transparency" else pixels)

    class FakeCloud(FakeEngine):
        def matte(self, picture, settings, job):
            return Matte(given.copy(), "fake", "cloud", final=True)

    more = {} if kind in ("cloud", "transparency") else {"given": given}
    settings = RemoveSettings(engine="local" if kind == "cloud" else "mask")
    before = []
    tracemalloc.start()
    pipeline.remove(shown, settings, Job(), engine=FakeCloud(),
                    ready=lambda matte, mask: before.append(tracemalloc.get_traced_memory()[1]), **more)
    tracemalloc.stop()
    matte_and_room = height * width + (25e6 if kind in ("hard", "bool") else 8e6)  # what is refined has a fixed cost
    assert before[0] < 2.5 * height * width + matte_and_room, before[0] / (height * width)


def test_hard_and_soft_are_told_apart():
    _, true = scene(radius=150)
    drawn = cv2.resize(cv2.resize(true, None, fx=4, fy=4), true.shape[::-1], interpolation=cv2.INTER_AREA)
    assert matting._is_hard((true > 0.5).astype(np.float32)) and matting._is_hard(np.float32(drawn))
    assert not matting._is_hard(cv2.GaussianBlur(true, (0, 0), 3))
    assert not matting._is_hard(np.zeros((9, 9), np.float32))
