"""The judge itself: it takes a good result, and none in which a single thing is wrong."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from ..fake_worker import Run, made_mask, made_tiles
from .cases import GONE, UNTOUCHED, Case
from .document import Document, Layer
from .host import Base, Outcome, expected_colours, expected_mask, in_bands
from .judge import judge, judge_scene
from .scene import NEW, TARGET, Scene, made

CASE = Case("everything", size=(150, 140), offset=(-7, 8), groups=("outer",), selection="soft", mask="ramp",
            profile="adobe", reopen=True, undo=True)
ON_ITSELF = dataclasses.replace(CASE, id="on-itself", output="mask")
REFUSED = dataclasses.replace(CASE, id="refused", act="error", stage="model", ends=UNTOUCHED, reopen=False, undo=False)


class FakeHost(Base):
    """A host whose results are made here."""

    name = "fake"


HOST = FakeHost()


def built(scene: Scene) -> Document:
    """The scene as a host would have saved it."""
    case, layers = scene.case, []
    for node in reversed(scene.nodes):
        path = case.groups[:case.groups.index(node.parent) + 1] if node.parent else ()
        masks = [(node.mask, case.mask == "ramp")] if node.mask is not None else []
        layers.append(Layer(node.name, path, node.frame, True, 1.0, "normal", is_group=node.pixels is None,
                            pixels=node.pixels, masks=masks))
    layers.sort(key=lambda layer: bool(layer.path))
    return Document(case.canvas, layers, scene.selection, scene.profile, TARGET)


def good(case: Case) -> tuple[Scene, Outcome]:
    """A case with all that must hold after it."""
    scene = made(case)
    before = built(scene)
    want = HOST.given(scene, before)
    settings = {"clean": want.clean, "output": case.output, "model": case.id}
    said = {"picture": {"transfer": want.transfer}, "settings": settings}
    run = Run(said, want.picture.copy(), want.selection, want.mask, want.icc,
              made_mask(want.picture, want.selection, want.mask), *made_tiles(want.picture), b"matte")
    if case.ends == UNTOUCHED:
        return scene, Outcome("It was refused.", before, copy.deepcopy(before))
    after = copy.deepcopy(before)
    kept = {"cutaway-matte": b"matte",
            "cutaway-settings": json.dumps({"settings": settings, "provenance": {"engine": "fake"}}).encode()}
    source = after.layer(TARGET)
    new = source if case.output == "mask" else copy.deepcopy(source)
    new.masks, new.kept = [(expected_mask(want), True)], kept
    if new is not source:
        new.name, new.pixels = NEW, expected_colours(want, HOST.cleans(case))
        source.visible = False
        after.layers.insert(after.layers.index(source), new)
        after.active = NEW
    return scene, Outcome("", before, after, copy.deepcopy(after), copy.deepcopy(before), copy.deepcopy(after), run)


@pytest.mark.parametrize("case", [CASE, ON_ITSELF, REFUSED], ids=str)
def test_what_is_good_is_taken(case: Case) -> None:
    scene, outcome = good(case)
    judge_scene(scene, outcome.before)
    judge(HOST, scene, outcome)


def new_of(outcome: Outcome) -> Any:
    return outcome.after.layer(NEW)


def premultiplied(outcome: Outcome) -> None:
    pixels = new_of(outcome).pixels
    pixels[..., :3] = (pixels[..., :3].astype(int) * pixels[..., 3:] // 255).astype(np.uint8)


def alpha_squared(outcome: Outcome) -> None:
    new = new_of(outcome)
    new.pixels[..., 3] = (new.pixels[..., 3].astype(int) * new.masks[0][0] // 255).astype(np.uint8)


def shifted_mask(outcome: Outcome) -> None:
    new = new_of(outcome)
    new.masks = [(np.roll(new.masks[0][0], 1, 1), True)]


def composite_given(outcome: Outcome) -> None:
    outcome.run.picture[20:50, 30:60] = outcome.before.layer("first").pixels[:30, :30]


def at_the_top(outcome: Outcome) -> None:
    layers = outcome.after.layers
    new = new_of(outcome)
    layers.remove(new)
    layers.insert(0, dataclasses.replace(new, path=()))


def below_its_source(outcome: Outcome) -> None:
    layers = outcome.after.layers
    at = layers.index(new_of(outcome))
    layers[at], layers[at + 1] = layers[at + 1], layers[at]


def change(part: str, where: Callable[[Outcome], Any], value: Any) -> Callable[[Outcome], None]:
    return lambda outcome: setattr(where(outcome), part, value)


WRONG: dict[str, Callable[[Outcome], None]] = {
    "premultiplied": premultiplied, "alpha squared": alpha_squared, "shifted mask": shifted_mask,
    "composite given": composite_given, "at the top": at_the_top, "below its source": below_its_source,
    "stretched": lambda outcome: change("frame", new_of, (0, 0, 200, 160))(outcome),
    "hidden": change("visible", new_of, False), "its mask is off": lambda outcome: setattr(
        new_of(outcome), "masks", [(new_of(outcome).masks[0][0], False)]),
    "locked": change("locks", new_of, ("content",)), "nothing kept": change("kept", new_of, {}),
    "the old mask as well": lambda outcome: new_of(outcome).masks.append(new_of(outcome).masks[0]),
    "colours not written": lambda outcome: setattr(new_of(outcome), "pixels", outcome.after.layer(TARGET).pixels),
    "source shown": change("visible", lambda outcome: outcome.after.layer(TARGET), True),
    "source changed": lambda outcome: outcome.after.layer(TARGET).pixels.__setitem__((3, 4, 0), 77),
    "source gone": lambda outcome: outcome.after.layers.remove(outcome.after.layer(TARGET)),
    "source without its mask": change("masks", lambda outcome: outcome.after.layer(TARGET), []),
    "another layer gone": lambda outcome: outcome.after.layers.remove(outcome.after.layer("last")),
    "another layer hidden": change("visible", lambda outcome: outcome.after.layer("below"), False),
    "selection gone": change("selection", lambda outcome: outcome.after, None),
    "profile gone": change("profile", lambda outcome: outcome.after, None),
    "canvas cut": change("size", lambda outcome: outcome.after, (150, 140)),
    "another layer active": change("active", lambda outcome: outcome.after, "below"),
    "not the same after opening": change("selection", lambda outcome: outcome.again, None),
    "undo leaves something": lambda outcome: setattr(outcome, "undone", outcome.redone),
    "redo brings less": lambda outcome: setattr(outcome, "redone", outcome.undone),
    "no selection given": change("selection", lambda outcome: outcome.run, None),
    "no mask given": change("mask", lambda outcome: outcome.run, None),
    "no profile given": change("icc", lambda outcome: outcome.run, None),
    "other samples given": lambda outcome: setattr(outcome.run, "picture", outcome.run.picture.astype(np.uint16)),
    "linear said": lambda outcome: outcome.run.params["picture"].update(transfer="linear"),
    "never asked": change("run", lambda outcome: outcome, None), "said to have failed": change(
        "error", lambda outcome: outcome, "It failed."),
    "a picture left open": change("left", lambda outcome: outcome, 1), "broken": change(
        "broke", lambda outcome: outcome, "Traceback"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_not_taken(name: str) -> None:
    scene, outcome = good(CASE)
    WRONG[name](outcome)
    with pytest.raises((AssertionError, KeyError)):
        judge(HOST, scene, outcome)


@pytest.mark.parametrize("wrong", [
    change("error", lambda outcome: outcome, ""),
    change("visible", lambda outcome: outcome.after.layer(TARGET), False),
    change("masks", lambda outcome: outcome.after.layer(TARGET), []),
    lambda outcome: outcome.after.layers.insert(0, outcome.after.layer("last")),
])
def test_a_refusal_that_leaves_something_or_says_nothing(wrong: Callable[[Outcome], None]) -> None:
    scene, outcome = good(REFUSED)
    wrong(outcome)
    with pytest.raises((AssertionError, KeyError)):
        judge(HOST, scene, outcome)


def test_a_closed_picture_is_gone_and_that_is_said() -> None:
    scene, outcome = good(dataclasses.replace(REFUSED, act="closed", ends=GONE))
    with pytest.raises(AssertionError):
        judge(HOST, scene, outcome)
    outcome.after = None
    judge(HOST, scene, dataclasses.replace(outcome, error="It was closed."))
    with pytest.raises(AssertionError):
        judge(HOST, scene, dataclasses.replace(outcome, error=""))


class FakeFlat(FakeHost):
    """A host whose result is a picture of its own."""

    FLAT = True


FLAT = Case("flat", dtype="<u2")


def flat() -> tuple[Scene, Outcome]:
    scene = made(FLAT)
    target = scene.target
    source = Layer(TARGET, (), target.frame, True, 1.0, "normal", pixels=target.pixels)
    before = Document(FLAT.size, [source], None, b"profile")
    after = copy.deepcopy(before)
    pixels = target.pixels.copy()
    mask = made_mask(pixels, None, None)
    pixels[..., 3] = np.rint(pixels[..., 3] / 65535 * (mask / 65535) * 65535)
    after.layers.insert(0, dataclasses.replace(after.layers[0], name=NEW, pixels=pixels))
    return scene, Outcome("", before, after)


FLAT_WRONG: dict[str, Callable[[Outcome], None]] = {
    "premultiplied": premultiplied, "8 bits": lambda outcome: setattr(
        new_of(outcome), "pixels", (new_of(outcome).pixels >> 8).astype(np.uint8)),
    "low bits lost": lambda outcome: setattr(new_of(outcome), "pixels", new_of(outcome).pixels & 0xff00),
    "alpha ignored": lambda outcome: new_of(outcome).pixels.__setitem__(
        (..., 3), made_mask(outcome.before.layers[0].pixels, None, None)),
    "mask ignored": lambda outcome: setattr(new_of(outcome), "pixels", outcome.before.layers[0].pixels),
    "profile gone": change("profile", lambda outcome: outcome.after, None),
    "source changed": lambda outcome: outcome.after.layer(TARGET).pixels.__setitem__((3, 4, 0), 77),
    "source gone": lambda outcome: outcome.after.layers.pop(),
}


def test_a_good_picture_is_taken() -> None:
    judge(FakeFlat(), *flat())


@pytest.mark.parametrize("name", FLAT_WRONG)
def test_a_wrong_picture_is_not_taken(name: str) -> None:
    scene, outcome = flat()
    FLAT_WRONG[name](outcome)
    with pytest.raises((AssertionError, KeyError)):
        judge(FakeFlat(), scene, outcome)


BIG = Case("big", canvas=(150, 400), size=(150, 400), offset=(0, 0), alpha=False, big=True)


def big() -> tuple[Scene, Outcome]:
    """A good one, of which a reader has taken the parts that count."""
    scene, outcome = good(BIG)
    assert outcome.after is not None
    outcome.mask = expected_mask(HOST.given(scene, None)).tobytes()
    for layer in outcome.after.layers:
        layer.pixels = None if layer.pixels is None else in_bands(layer.pixels).copy()
        layer.masks = [(in_bands(values).copy(), on) for values, on in layer.masks]
    return scene, outcome


def test_a_good_big_one_is_taken_with_its_file_and_without() -> None:
    scene, outcome = big()
    judge(HOST, scene, outcome)
    judge(HOST, scene, dataclasses.replace(outcome, after=None))


@pytest.mark.parametrize("wrong", [
    lambda new, source: new.masks[0][0].__setitem__((-1, -1), new.masks[0][0][-1, -1] ^ 1),
    lambda new, source: new.pixels.__setitem__((0, 0, 0), new.pixels[0, 0, 0] ^ 1),
    lambda new, source: source.pixels.__setitem__((70, 3, 2), source.pixels[70, 3, 2] ^ 1),
    lambda new, source: setattr(source, "visible", True), lambda new, source: new.kept.clear(),
])
def test_a_big_one_with_a_fault_in_its_file_is_not(wrong: Callable[[Layer, Layer], None]) -> None:
    scene, outcome = big()
    assert outcome.after is not None
    wrong(outcome.after.layer(NEW), outcome.after.layer(TARGET))
    with pytest.raises(AssertionError):
        judge(HOST, scene, outcome)
