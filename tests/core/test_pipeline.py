"""The recipe, with an engine whose answer is known."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cutaway import kept, pipeline
from cutaway.cutout import Matte, Note
from cutaway.errors import Cancelled, InputError, PictureEmpty, PictureUnreadable
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.picture.rows import paste_foreground
from cutaway.settings import MaskSettings, RemoveSettings

PLAIN = RemoveSettings(refine=False, clean=0)


class FakeEngine:
    """Answers with ``answer`` and remembers what it was shown."""

    def __init__(self, answer, notes=()):
        self.answer = np.asarray(answer, np.float32)
        self.notes = notes
        self.shown = []

    def matte(self, picture, settings, job):
        job.progress("model")
        self.shown.append(picture)
        return Matte(self.answer, "fake", "half", "none", self.notes, {"run": 0.5})

    def unload(self):
        self.shown.clear()


def picture(height=40, width=60, channels=3, dtype=np.uint8):
    rng = np.random.default_rng(1)
    scale = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    return Picture((rng.random((height, width, channels)) * scale).astype(dtype))


def left_half(size=20):
    answer = np.zeros((size, size), np.float32)
    answer[:, : size // 2] = 1
    return answer


def run(shown, answer=None, settings=PLAIN, **more):
    engine = FakeEngine(left_half() if answer is None else answer)
    return pipeline.remove(shown, settings, Job(), engine=engine, **more), engine


def test_the_mask_covers_the_picture_whatever_the_engines_size():
    result, engine = run(picture())
    assert result.mask.shape == (40, 60) and result.mask.dtype == np.uint8
    assert (result.mask[:, :26] == 255).all() and (result.mask[:, 34:] == 0).all()
    assert engine.shown[0].width == 60
    assert result.foreground is None
    assert result.provenance.seconds["run"] == 0.5
    assert result.provenance.to_dict()["model"] == "half"


@pytest.mark.parametrize(("dtype", "expected"), [(np.uint8, np.uint8), (np.uint16, np.uint16), (np.float32, np.uint16)])
def test_deep_pictures_get_a_deep_mask(dtype, expected):
    result, _ = run(picture(dtype=dtype))
    assert result.mask.dtype == expected and result.mask.max() == np.iinfo(expected).max


def test_the_mask_settings_are_applied():
    plain, _ = run(picture())
    inverted, _ = run(picture(), settings=dataclasses.replace(PLAIN, mask=MaskSettings(invert=True)))
    assert (inverted.mask == 255 - plain.mask).all()
    assert (inverted.matte.values == plain.matte.values).all(), "the raw matte is before the user's settings"


def test_a_selection_limits_the_subject_and_what_the_engine_sees():
    selection = np.zeros((40, 60), np.uint8)
    selection[10:20, 5:25] = 255
    selection[12, 6] = 128
    result, engine = run(picture(), answer=np.ones((8, 8)), selection=selection)
    assert (result.mask == selection).all()
    assert (engine.shown[0].height, engine.shown[0].width) == (16, 26), "3 px around a selection of 20 x 10"


def test_a_selection_elsewhere_is_said():
    with pytest.raises(InputError) as caught:
        run(picture(), selection=np.zeros((40, 60), np.uint8))
    assert "selection" in caught.value.message.lower() and caught.value.hint


def test_transparent_borders_are_not_shown_to_the_engine():
    shown = picture(channels=4)
    shown.pixels[..., 3] = 0
    shown.pixels[20:30, 20:40, 3] = 255
    result, engine = run(shown, answer=np.ones((4, 4)))
    assert (engine.shown[0].height, engine.shown[0].width) == (16, 26)
    assert (result.mask[20:30, 20:40] == 255).all() and result.mask[0, 0] == 0


def test_a_layer_with_nothing_visible_is_said():
    shown = picture(channels=4)
    shown.pixels[..., 3] = 0
    with pytest.raises(PictureEmpty):
        run(shown)


def test_a_mask_that_was_there_is_multiplied_in_after_the_settings():
    old = np.full((40, 60), 128, np.uint8)
    inverted = dataclasses.replace(PLAIN, mask=MaskSettings(invert=True))
    result, _ = run(picture(), settings=inverted, existing_mask=old)
    assert (result.mask[:, :26] == 0).all() and (result.mask[:, 34:] == 128).all()
    assert result.matte.values[0, 0] == 255, "the raw matte stays the engine's"


@pytest.mark.parametrize("name", ["selection", "existing_mask"])
def test_a_mask_of_another_size_is_refused(name):
    with pytest.raises(InputError):
        run(picture(), **{name: np.zeros((40, 61), np.uint8)})


def test_nothing_found_is_said_once():
    nothing = np.zeros((8, 8))
    result, _ = run(picture(), answer=nothing)
    assert [note.code for note in result.notes] == ["no_clear_subject"] and not result.mask.any()
    engine = FakeEngine(nothing, (Note("no_clear_subject", "No clear subject."),))
    result = pipeline.remove(picture(), PLAIN, Job(), engine=engine)
    assert len(result.notes) == 1


@pytest.mark.parametrize("stage", ["model", "edges", "mask", "colours"])
def test_a_cancel_at_any_stage_ends_the_run(stage):
    told = []

    def hear(name, fraction):
        told.append(name)
        if name == stage:
            job.cancel()

    job = Job(hear)
    full = RemoveSettings(mask=MaskSettings(feather=2.0))
    with pytest.raises(Cancelled):
        pipeline.remove(picture(), full, job, engine=FakeEngine(left_half()))
        job.check()
    assert told[-1] == stage


def test_full_run_cleans_the_edge_and_leaves_the_inside():
    shown = Picture(np.full((200, 300, 3), (10, 200, 10), np.uint8))
    shown.pixels[:, :150] = (250, 30, 30)
    result, _ = run(shown, settings=RemoveSettings(), answer=left_half(100))
    assert result.mask[:, :130].min() == 255 and result.mask[:, 170:].max() == 0


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12)))
def test_the_bounding_box_is_the_smallest(values):
    box = pipeline.bounding_box(values)
    if box is None:
        assert not values.any()
        return
    x, y, width, height = box
    inside = values[y : y + height, x : x + width]
    assert inside.sum(dtype=int) == values.sum(dtype=int)
    assert inside[0].any() and inside[-1].any() and inside[:, 0].any() and inside[:, -1].any()


@given(hnp.arrays(np.uint8, (5, 7)), hnp.arrays(np.uint16, (5, 7)))
def test_multiplied_is_the_rounded_product(one, other):
    pairs = zip(one.flat, other.flat, strict=True)
    slow = np.array([round(int(a) * int(b) / 65535) for a, b in pairs]).reshape(one.shape)
    assert (pipeline.multiplied(one, other) == slow).all()
    full = np.full((5, 7), 65535, np.uint16)
    assert (pipeline.multiplied(one, full) == one).all()


@given(hnp.arrays(st.sampled_from([np.uint8, np.uint16]), (3, 4)), st.booleans())
def test_a_kept_matte_comes_back(values, masked):
    matte = Matte(values, "local", "u2netp", "CPU")
    mask = np.arange(12, dtype=np.uint8).reshape(3, 4) if masked else None
    again, old = kept.unpack_matte(kept.pack_matte(matte, mask))
    assert (again.values == values).all() and again.values.dtype == values.dtype
    assert (again.engine, again.model, again.provider) == ("local", "u2netp", "CPU")
    assert (old is None) == (mask is None) and (mask is None or (old == mask).all())


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_the_mask_is_read_only(shift):
    values = np.zeros((9, 9), np.uint8)
    values[3:6, 3:6] = 255
    settings = RemoveSettings(engine="mask", refine=False, mask=MaskSettings(shift=shift))
    made = pipeline.remove(Picture(np.zeros((9, 9, 3), np.uint8)), settings, Job(), engine=None, given=values)
    assert (made.mask == made.matte.values).all() == (shift == 0)
    with pytest.raises(ValueError, match="read-only"):
        made.mask[0, 0] = 1


@pytest.mark.parametrize("data", [b"", b"PK", b"x" * 100])
def test_a_damaged_kept_matte_is_said(data):
    with pytest.raises(PictureUnreadable):
        kept.unpack_matte(data)


def test_a_cut_short_kept_matte_is_said():
    data = kept.pack_matte(Matte(np.zeros((3, 4), np.uint8), "local", "u2netp"))
    with pytest.raises(PictureUnreadable):
        kept.unpack_matte(data[: len(data) // 2])


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize("channels", [2, 4])
def test_alpha_that_hides_nothing_is_as_if_it_were_not_there(dtype, channels):
    full = 1 if dtype is np.float32 else np.iinfo(dtype).max
    rng = np.random.default_rng(3)
    pixels = (rng.random((1100, 30, channels)) * full).astype(dtype)
    pixels[..., -1] = full
    shown = pipeline.without_opaque_alpha(Picture(pixels))
    assert not shown.has_alpha
    np.testing.assert_array_equal(shown.color, pixels[..., :-1])
    with_it, without = (run(each, left_half(), RemoveSettings())[0] for each in (
        Picture(pixels), Picture(np.ascontiguousarray(pixels[..., :-1]))))
    np.testing.assert_array_equal(with_it.mask, without.mask)
    assert with_it.foreground is not None and without.foreground is not None
    np.testing.assert_array_equal(with_it.foreground.pixels, without.foreground.pixels)


@pytest.mark.parametrize("value", [254, 0])
@pytest.mark.parametrize("row", [0, 1023, 1024, 1099])
def test_alpha_that_hides_a_little_is_kept(row, value):
    pixels = np.full((1100, 30, 4), 255, np.uint8)
    pixels[row, 7, 3] = value
    shown = Picture(pixels)
    assert pipeline.without_opaque_alpha(shown) is shown


def test_matte_and_mask_are_told_before_the_colours_are_cleaned():
    told = []

    class FakeJob(Job):
        def progress(self, stage, fraction=0.0):
            if stage == "colours":
                told.append(stage)

    cutout = pipeline.remove(picture(), RemoveSettings(), FakeJob(), engine=FakeEngine(left_half()),
                             ready=lambda matte, mask: told.append((matte, mask)))
    assert told[0][0].values is cutout.matte.values and told[0][1] is cutout.mask
    assert told[1] == "colours"


@pytest.mark.parametrize("invert", [False, True])
def test_the_feather_of_a_selection_does_not_touch_the_texture(invert):
    """It hides, and mixes no colours: what is faded out by it keeps the bits it had."""
    height, width = 300, 400
    pixels = np.random.default_rng(4).integers(0, 256, (height, width, 3)).astype(np.uint8)
    selection = np.rint(np.clip((np.arange(width) - 100) / 150, 0, 1) * 255).astype(np.uint8)
    selection = np.tile(selection, (height, 1))
    settings = RemoveSettings(refine=False, mask=MaskSettings(invert=invert))
    result, _ = run(Picture(pixels), answer=np.ones((8, 8)), settings=settings, selection=selection)
    feather = (selection > 0) & (selection < 255)
    assert ((result.mask > 0) & (result.mask < 255)).any()
    found = pixels.copy()
    paste_foreground(found, 0, result.foreground)
    assert np.array_equal(found[feather], pixels[feather])


@pytest.mark.parametrize("invert", [False, True])
def test_edges_within_a_selection_are_cleaned_all_the_same(invert):
    front, back = np.float32([200, 30, 30]), np.float32([10, 200, 10])
    share = np.tile(np.clip((160 - np.arange(300)) / 20, 0, 1).astype(np.float32), (200, 1))
    pixels = np.rint(share[..., None] * front + (1 - share[..., None]) * back).astype(np.uint8)
    selection = np.full((200, 300), 255, np.uint8)
    selection[:20] = 0
    settings = RemoveSettings(refine=False, mask=MaskSettings(invert=invert))
    result, _ = run(Picture(pixels), answer=share, settings=settings, selection=selection)
    found = pixels.copy()
    paste_foreground(found, 0, result.foreground)
    soft = found[60:, 145:155].astype(float)
    assert np.abs(soft - (back if invert else front)).mean() < 12


@pytest.mark.parametrize("invert", [False, True])
def test_what_is_said_of_an_empty_answer_is_true_of_the_inverted_mask_too(invert):
    settings = dataclasses.replace(PLAIN, mask=MaskSettings(invert=invert))
    result, _ = run(picture(), answer=np.zeros((8, 8)), settings=settings)
    assert (result.mask == (255 if invert else 0)).all()
    (note,) = result.notes
    assert "hides" not in note.message and "keeps" not in note.message and "background" in note.message


@given(hnp.arrays(np.uint8, (3, 7)), hnp.arrays(np.uint16, (3, 7)))
def test_divided_is_what_multiplied_takes_back(values, by):
    lower = np.minimum(values, by // 257).astype(np.uint8)
    there = pipeline.divided(lower, by)
    back = pipeline.multiplied(there, by)
    assert np.abs(back.astype(int) - lower)[by > 0].max(initial=0) <= 1
    assert (there[by == 0] == lower[by == 0]).all()
    assert (pipeline.divided(values, by)[(by > 0) & (values >= by / 257)] == 255).all()
