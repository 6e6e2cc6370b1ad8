"""GIMP as its user has it: a window, the menu, the dialog, one Undo, one Redo. Screenshots go to CUTAWAY_SHOTS."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from . import sandbox, xcf
from .desk import GIMP2_BUTTONS, GIMP3_BUTTONS, SETTLE_S, Desk, letter
from .gimps import GIMP3, Kind
from .test_gimp3_real import judge

pytestmark = pytest.mark.gui

PHOTO = sandbox.CHECKOUT / "tests" / "pictures" / "astronaut.jpg"
REMOVE, AGAIN = ("alt+l", "b"), ("alt+l", "c")
DIALOG = "^Remove Background$"
MESSAGE = "^GIMP Message$"


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
