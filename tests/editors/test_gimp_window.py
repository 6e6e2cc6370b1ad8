"""GIMP as its user has it: a window, the menu, the dialog, one Undo, one Redo. Screenshots go to CUTAWAY_SHOTS."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from . import sandbox, xcf
from .conformance.document import Document, same
from .conformance.gimp import read
from .desk import GIMP2_BUTTONS, GIMP3_BUTTONS, SETTLE_S, Desk, letter
from .gimps import GIMP3, Kind
from .test_gimp3_real import judge

pytestmark = pytest.mark.gui

PHOTO = sandbox.CHECKOUT / "tests" / "pictures" / "astronaut.jpg"
REMOVE, AGAIN = ("alt+l", "b"), ("alt+l", "c")
DIALOG = "^Remove Background$"
MESSAGE = "^GIMP Message$"
CHANGED = r"^\*.* – GIMP$"
"""The title of a picture with changes that are not saved."""


@pytest.mark.model
def test_menu_dialog_result_undo_redo_save(
    kind: Kind, request: pytest.FixtureRequest, shown: Any, shots: Path,
) -> None:
    gimp = request.getfixturevalue(kind.real)
    path = gimp.folder / "window.xcf"
    if kind is GIMP3:
        gimp.forget()
    with gimp.window(shown.display, str(PHOTO)):
        try:
            desk = Desk(shown, 1396, 870)
            if kind is GIMP3:
                desk.drag(1161, 468, 960, 468)  # a wider dock, so that the layers' names can be read
            desk.menu("alt+l")
            shown.shoot(shots / f"{kind.name}-menu.png")
            shown.key("b")
            dialog = shown.window(DIALOG, 30)
            shown.tell("mousemove", "5", "5")
            time.sleep(2 * SETTLE_S)
            shown.shoot(shots / f"{kind.name}-dialog.png", dialog)
            shown.focus(dialog)
            shown.key("Return")
            desk.layers(2)
            time.sleep(2 * SETTLE_S)
            shown.shoot(shots / f"{kind.name}-result.png")
            desk.focus()
            shown.key("ctrl+z")
            desk.layers(1, 10)
            shown.key("ctrl+y")
            desk.layers(2, 10)
            desk.save_as(path)
        finally:
            shown.shoot(shots / f"{kind.name}-end.png")
    image = xcf.read(path)
    assert [layer.name for layer in image.layers] == ["astronaut.jpg (cutout)", "astronaut.jpg"]
    judge({"error": "", "path": path}, {}, gimp.home, "|u1", "astronaut.jpg")
    assert not image.layers[1].visible
    # The file as Pillow reads it, with its own JPEG decoder: the source is unharmed.
    stored = np.frombuffer(image.layers[1].pixels.data, np.uint8).reshape(512, 512, 3)
    worst = int(np.abs(stored.astype(int) - np.asarray(Image.open(PHOTO)).astype(int)).max())
    assert worst <= 4


@pytest.fixture
def worker(kind: Kind, request: pytest.FixtureRequest) -> Iterator[Any]:
    """One that the test can script."""
    found = request.getfixturevalue(kind.worker)
    yield found
    found.forced = ""


@pytest.fixture
def desk(kind: Kind, worker: Any, request: pytest.FixtureRequest, shown: Any) -> Iterator[Desk]:
    """A window with a small picture."""
    gimp = request.getfixturevalue(kind.gimp)
    y, x = np.mgrid[:200, :300]
    path = gimp.folder / "small.png"
    Image.fromarray(np.stack([x % 256, y, (x + y) % 256], -1).astype(np.uint8)).save(path)
    with gimp.window(shown.display, str(path)):
        yield Desk(shown, 1390, 870)


def change(kind: Kind, shown: Any) -> dict[str, Any]:
    """Sets some fields of the dialog before the user; what they then say. In GIMP 2.10 with Reset after the first."""
    if kind is GIMP3:
        shown.key(letter("invert", GIMP3_BUTTONS))
        return {"invert": True}
    invert, feather = letter("invert", GIMP2_BUTTONS), letter("feather", GIMP2_BUTTONS)
    for key in (invert, "alt+r", invert, feather, "ctrl+a"):
        shown.key(key)
        time.sleep(SETTLE_S / 2)
    shown.type("2.5\t")
    return {"invert": True, "feather": 2.5, "model": "auto", "engine": "local"}


def test_again_error_note_cancel(desk: Desk, kind: Kind, worker: Any, shown: Any, shots: Path) -> None:
    """What the dialog said holds for the entry without a dialog, too; then the three ways in which a run can end."""
    desk.menu(*REMOVE)
    dialog = shown.window(DIALOG, 30)
    time.sleep(2 * SETTLE_S)
    shown.focus(dialog)
    said = change(kind, shown)
    time.sleep(SETTLE_S)
    shown.shoot(shots / f"{kind.name}-dialog-changed.png", dialog)
    shown.key("Return" if kind is GIMP3 else "alt+o")
    desk.layers(2)
    time.sleep(SETTLE_S)
    desk.menu(*AGAIN)
    desk.layers(3)
    asked, again = (run.params["settings"] for run in worker.runs[-2:])
    assert asked == again and {name: asked[name] for name in said} == said

    worker.forced = "fake-error"
    desk.menu(*AGAIN)
    message = shown.window(MESSAGE, 20)
    shown.shoot(shots / f"{kind.name}-error.png", message)
    shown.focus(message)
    shown.key("Return")
    shown.gone(MESSAGE, 10)
    desk.layers(3, 2)

    worker.forced = "fake-notes"
    desk.menu(*AGAIN)
    desk.layers(4)
    time.sleep(SETTLE_S)
    shown.shoot(shots / f"{kind.name}-note.png")  # GIMP shows it in the status bar for some seconds

    worker.forced = "fake-slow"
    worker.started.clear()
    desk.menu(*AGAIN)
    assert worker.started.wait(20)
    time.sleep(2 * SETTLE_S)
    shown.shoot(shots / f"{kind.name}-progress.png")
    assert not worker.lost.is_set()
    shown.click(desk.main, *kind.cancel)
    assert worker.lost.wait(10), "the worker was not told"
    time.sleep(SETTLE_S)
    shown.shoot(shots / f"{kind.name}-cancelled.png")
    desk.layers(4, 2)
    assert not any("Message" in title for title in shown.windows().values())

    worker.forced = ""
    desk.menu(*AGAIN)
    desk.layers(5)
    desk.focus()
    shown.key("ctrl+z")
    desk.layers(4, 10)


def stepwise(desk: Desk, folder: Path, name: str) -> list[Document]:
    """What GIMP saves after the run, after one Undo and after one Redo; the star in the title tells of each."""
    found = []
    for step, key in (("after", ""), ("undone", "ctrl+z"), ("redone", "ctrl+y")):
        if key:
            desk.focus()
            desk.shown.key(key)
        desk.shown.window(CHANGED, 60)
        path = folder / f"{name}-{step}.xcf"
        desk.save_as(path)
        desk.shown.gone(CHANGED, 20)
        found.append(dataclasses.replace(read(path), active=None))
    return found


def judge_mask(before: Document, after: Document, name: str, mask: np.ndarray) -> None:
    """The layer has that mask, and something is kept with it; all else is as before."""
    new = after.layer(name)
    (values, on), = new.masks
    assert on and new.visible and set(new.kept) == {"cutaway-matte", "cutaway-settings"}
    np.testing.assert_array_equal(values, mask)
    was = before.layer(name)
    layers = [dataclasses.replace(layer, masks=was.masks, kept=was.kept) if layer is new else layer
              for layer in after.layers]
    assert same(before, dataclasses.replace(after, layers=layers)) == []


def test_a_mask_on_the_layer_itself_is_one_undo_step(
        kind: Kind, request: pytest.FixtureRequest, worker: Any, shown: Any, shots: Path) -> None:
    """On a layer without a mask, then on one that has one: one Ctrl+Z takes it all back, one Ctrl+Y does it again."""
    gimp = request.getfixturevalue(kind.gimp)
    gimp.script(kind.scripts + "two_layers")
    if kind is GIMP3:
        gimp.forget()
    path = gimp.folder / "two-layers.xcf"
    before = dataclasses.replace(read(path), active=None)
    with gimp.window(shown.display, str(path)):
        desk = Desk(shown, 1390, 870)
        desk.menu(*REMOVE)
        dialog = shown.window(DIALOG, 30)
        time.sleep(2 * SETTLE_S)
        shown.focus(dialog)
        for key in (letter("output", GIMP3_BUTTONS if kind is GIMP3 else GIMP2_BUTTONS), "Down"):
            shown.key(key)
            time.sleep(SETTLE_S)
        shown.shoot(shots / f"{kind.name}-dialog-mask.png", dialog)
        shown.key("alt+m" if kind is GIMP3 else "alt+o")  # Return would open the list
        after, undone, redone = stepwise(desk, gimp.folder, "mask")
        assert worker.runs[-1].params["settings"]["output"] == "mask"
        judge_mask(before, after, "plain", worker.runs[-1].out_mask)
        assert same(before, undone) == [] and same(after, redone) == []

        desk.focus()
        shown.key("Next")  # the layer below
        time.sleep(SETTLE_S)
        desk.menu(*AGAIN)
        second, undone, redone = stepwise(desk, gimp.folder, "mask-over-mask")
        shown.shoot(shots / f"{kind.name}-mask-over-mask.png")
        assert worker.runs[-1].mask is not None
        judge_mask(after, second, "masked", worker.runs[-1].out_mask)
        assert same(after, undone) == [] and same(second, redone) == []
