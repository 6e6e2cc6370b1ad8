"""What must hold after a case, in words of the neutral description; nothing here knows a host."""

from __future__ import annotations

import dataclasses
import json

import numpy as np

from .cases import EITHER, GONE, RESULT, UNTOUCHED, Case
from .document import Document, Layer, differences, same
from .host import Conforming, Given, Outcome, expected_colours, expected_mask, in_bands
from .scene import NEW, TARGET, Scene, in_frame

NEAR = 2.0


def judge(host: Conforming, scene: Scene, outcome: Outcome) -> None:
    """Raises AssertionError where something is not as it must be."""
    case = scene.case
    assert not outcome.broke, outcome.broke
    assert "unused" not in outcome.more, "what was to happen in mid-run has not happened"
    assert outcome.left == 0, f"{outcome.left} pictures were left open"
    ends = host.ends(case)
    if ends == EITHER:
        assert outcome.before is not None and outcome.after is not None
        ends = UNTOUCHED if NEW not in [layer.name for layer in outcome.after.layers] else RESULT
    if ends == GONE:
        assert outcome.after is None and outcome.error, "the user was told nothing"
    elif ends == UNTOUCHED:
        judge_untouched(host, scene, outcome)
    else:
        assert not outcome.error, outcome.error
        judge_result(host, scene, outcome)


def judge_untouched(host: Conforming, scene: Scene, outcome: Outcome) -> None:
    """Nothing was changed, and the user knows it, unless it was the user who ended the run."""
    assert outcome.before is not None and outcome.after is not None
    assert same(outcome.before, outcome.after) == []
    assert outcome.error or scene.case.act == "cancel", "the user was told nothing"
    if outcome.run is not None:
        judge_given(host.given(scene, outcome.before), outcome)


def judge_given(want: Given, outcome: Outcome) -> None:
    """The core got the layer itself: not the composite, not other samples, and nothing bent."""
    run = outcome.run
    assert run is not None, "the worker was never asked"
    assert (run.picture.shape, run.picture.dtype) == (want.picture.shape, want.picture.dtype)
    if want.slack:
        _near(run.picture, want.picture, want.slack)
    else:
        np.testing.assert_array_equal(_visible(run.picture, want), _visible(want.picture, want))
    assert run.params["picture"]["transfer"] == want.transfer
    assert run.params["settings"]["clean"] == want.clean
    if want.other_icc:
        assert run.icc is not None and run.icc != want.icc and run.icc[36:40] == b"acsp"
    else:
        assert run.icc == want.icc
    for name in ("selection", "mask"):
        given, wanted = getattr(run, name), getattr(want, name)
        assert (given is None) == (wanted is None), f"{name}: {given is not None}, wanted {wanted is not None}"
        if wanted is not None:
            assert given.dtype == wanted.dtype
            np.testing.assert_array_equal(given, wanted)


def _visible(pixels: np.ndarray, want: Given) -> np.ndarray:
    return pixels if want.hidden_counts else np.where(want.picture[..., -1:] > 0, pixels, 0)


def _near(given: np.ndarray, want: np.ndarray, slack: float) -> None:
    seen = want[..., -1] > 0 if want.shape[2] in (2, 4) else np.ones(want.shape[:2], bool)
    misses = np.abs(given[seen].astype(float) - want[seen].astype(float))
    assert misses.max() <= slack and np.quantile(misses, 0.9) <= NEAR


def judge_result(host: Conforming, scene: Scene, outcome: Outcome) -> None:
    """The whole result: the new layer, its place, colours and mask; the source; what is kept; the rest as before."""
    case = scene.case
    want = host.given(scene, outcome.before)
    if not host.FLAT:
        judge_given(want, outcome)
    if case.big:
        assert outcome.mask == expected_mask(want).tobytes()
        if outcome.after is not None and not host.FLAT:
            judge_bands(host, scene, want, outcome.after)
        if not host.FLAT:
            return
    assert outcome.before is not None and outcome.after is not None
    if host.FLAT:
        judge_flat(want, case, outcome.before, outcome.after)
        return
    on_itself = case.output == "mask"
    judge_layer(host, scene, want, outcome.after.layer(TARGET if on_itself else NEW), outcome)
    judge_rest(scene, outcome.before, outcome.after)
    if case.reopen:
        assert outcome.again is not None and same(outcome.after, outcome.again) == []
    if case.undo:
        assert outcome.undone is not None
        undone = unkept(outcome.undone) if host.KEPT_OUTLIVES_UNDO else outcome.undone
        assert same(outcome.before, undone) == []
        assert outcome.redone is not None and same(outcome.after, outcome.redone) == []


def judge_bands(host: Conforming, scene: Scene, want: Given, after: Document) -> None:
    """The parts that were read of a big file."""
    source, new = after.layer(TARGET), after.layer(NEW)
    assert (new.frame, new.visible, source.visible) == (want.frame, True, False)
    (values, on), = new.masks
    assert on and set(new.kept) == {"cutaway-matte", "cutaway-settings"}
    np.testing.assert_array_equal(values, in_bands(expected_mask(want)))
    np.testing.assert_array_equal(new.pixels, in_bands(expected_colours(want, host.cleans(scene.case))))
    np.testing.assert_array_equal(source.pixels, in_bands(want.picture))


def judge_flat(want: Given, case: Case, before: Document, after: Document) -> None:
    """A picture with the mask in its alpha, or of the mask alone; colours, kind of samples and profile as they were."""
    pixels, made = after.layer(NEW).pixels, expected_mask(want)
    assert pixels is not None and same(before, without(after, NEW)) == []
    alpha, colours = want.picture[..., -1], want.picture[..., :-1]
    if want.picture.shape[2] in (1, 3):
        alpha, colours = np.full(alpha.shape, full(alpha.dtype), alpha.dtype), want.picture
    shown = made / full(made.dtype) * (alpha / full(alpha.dtype))
    dtype = made.dtype if case.output == "mask" else np.dtype(np.float32) if alpha.dtype.kind == "f" else alpha.dtype
    assert pixels.dtype == dtype
    # Half a step of the coarser of mask and sample, from rounding either.
    slack = 1.01 / min(full(made.dtype), full(dtype) if dtype.kind == "u" else 1e9)
    assert np.abs(pixels[..., -1] / full(dtype) - shown).max() <= slack
    if case.output == "mask":
        assert pixels.shape[2] == 1
        return
    np.testing.assert_array_equal(
        _visible(pixels[..., :-1], want), _visible(colours.astype(dtype), want))
    assert after.profile == before.profile


def full(dtype: np.dtype) -> float:
    """What stands for 1."""
    return float(np.iinfo(dtype).max) if dtype.kind == "u" else 1.0


def judge_layer(host: Conforming, scene: Scene, want: Given, new: Layer, outcome: Outcome) -> None:
    """The layer with the mask."""
    case = scene.case
    assert outcome.before is not None and outcome.after is not None
    source = outcome.before.layer(TARGET)
    assert (new.path, new.frame, new.mode, new.opacity) == (source.path, source.frame, source.mode, source.opacity)
    assert new.visible or case.output == "mask"
    values, on = new.masks[0]
    assert on, "the mask is switched off"
    made = expected_mask(want)
    if host.MASK_BITS == 8 and made.dtype == np.uint16:
        made = np.rint(made / 257).astype(np.uint8)
    # Half floats hold 11 of a mask's bits.
    slack = 65535 >> 11 if case.dtype == "<f2" and made.dtype == np.uint16 else 0
    assert values.shape == made.shape and np.abs(values.astype(int) - made.astype(int)).max(initial=0) <= slack
    assert (len(new.masks) - 1) == (len(source.masks) if host.MASK_BESIDE else 0)
    assert source.pixels is not None and new.pixels is not None
    colours = host.stored(scene, expected_colours(want, host.cleans(case)), source)
    np.testing.assert_array_equal(_visible(new.pixels, want), _visible(colours, want))
    assert not host.cleans(case) or (new.pixels != source.pixels).any(), "the colours were not written"
    assert "content" not in new.locks or case.output == "mask", "nobody could paint on its mask"
    judge_kept(new, outcome)


def judge_kept(new: Layer, outcome: Outcome) -> None:
    """What Refine Mask needs later."""
    run = outcome.run
    assert run is not None and set(new.kept) == {"cutaway-matte", "cutaway-settings"}
    assert new.kept["cutaway-matte"] == run.matte
    said = json.loads(new.kept["cutaway-settings"])
    assert said["settings"] == run.params["settings"] and said["provenance"]["engine"] == "fake"


def judge_rest(scene: Scene, before: Document, after: Document) -> None:
    """Nothing else has changed: layers, selection, profile, canvas; the source is hidden and otherwise as it was."""
    was, source = before.layer(TARGET), after.layer(TARGET)
    if scene.case.output == "layer":
        place = before.siblings(was)
        place.insert(place.index(TARGET), NEW)
        assert after.siblings(source) == place
        assert not source.visible and not source.kept
        assert differences(dataclasses.replace(was, visible=False), source) == []
    else:
        changed = dataclasses.replace(source, masks=was.masks, kept=was.kept)
        assert differences(was, changed) == []
    if before.active is not None:
        assert after.active == (NEW if scene.case.output == "layer" else TARGET)
    rest = dataclasses.replace(without(after, TARGET, NEW), active=before.active)
    assert same(without(before, TARGET), rest) == []


def without(document: Document, *names: str) -> Document:
    """The document without those layers."""
    return dataclasses.replace(document, layers=[layer for layer in document.layers if layer.name not in names])


def unkept(document: Document) -> Document:
    """The document without what is kept for re-editing."""
    return dataclasses.replace(document, layers=[dataclasses.replace(layer, kept={}) for layer in document.layers])


def judge_scene(scene: Scene, before: Document) -> None:
    """The host has built what the case says: else the case would prove nothing."""
    target = before.layer(TARGET)
    case = scene.case
    assert before.size == case.canvas and target.path == case.groups
    assert target.visible == case.visible and target.mode == case.mode
    assert abs(target.opacity - case.opacity) < 0.005
    assert (before.selection is not None) == bool(case.selection)
    if scene.selection is not None:
        assert before.selection is not None
        np.testing.assert_array_equal(before.selection, scene.selection)
    if case.selection == "feathered":
        assert before.selection is not None
        assert len(np.unique(in_frame(before.selection, (0, 0, *case.canvas)))) > 20
    assert [on for _, on in target.masks] == {"": [], "ramp": [True], "off": [False]}[case.mask]
