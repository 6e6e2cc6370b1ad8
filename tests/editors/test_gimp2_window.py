"""GIMP 2.10 as its user has it: a window, the menu, the dialog, one Undo, one Redo. Screenshots go to CUTAWAY_SHOTS."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from . import sandbox, xcf
from .desk import GIMP2_BUTTONS, SETTLE_S, Desk, letter
from .test_gimp3_real import judge

pytestmark = [pytest.mark.gimp2, pytest.mark.gui]

PHOTO = sandbox.CHECKOUT / "tests" / "pictures" / "astronaut.jpg"
REMOVE, AGAIN = ("alt+l", "b"), ("alt+l", "c")
DIALOG = "^Remove Background$"
MESSAGE = "^GIMP Message$"


@pytest.mark.model
def test_menu_dialog_result_undo_redo_save(real_gimp2: Any, shown: Any, shots: Path) -> None:
    path = real_gimp2.folder / "window.xcf"
    with real_gimp2.window(shown.display, str(PHOTO)):
        try:
            desk = Desk(shown, 1396, 870)
            desk.menu("alt+l")
            shown.shoot(shots / "gimp2-menu.png")
            shown.key("b")
            dialog = shown.window(DIALOG, 30)
            shown.tell("mousemove", "5", "5")
            time.sleep(2 * SETTLE_S)
            shown.shoot(shots / "gimp2-dialog.png", dialog)
            shown.focus(dialog)
            shown.key("Return")
            desk.layers(2)
            time.sleep(2 * SETTLE_S)
            shown.shoot(shots / "gimp2-result.png")
            desk.focus()
            shown.key("ctrl+z")
            desk.layers(1, 10)
            shown.key("ctrl+y")
            desk.layers(2, 10)
            desk.save_as(path)
        finally:
            shown.shoot(shots / "gimp2-end.png")
    image = xcf.read(path)
    assert [layer.name for layer in image.layers] == ["astronaut.jpg (cutout)", "astronaut.jpg"]
    judge({"error": "", "path": path}, {}, real_gimp2.home, "|u1", "astronaut.jpg")
    assert not image.layers[1].visible
    stored = np.frombuffer(image.layers[1].pixels.data, np.uint8).reshape(512, 512, 3)
    worst = int(np.abs(stored.astype(int) - np.asarray(Image.open(PHOTO)).astype(int)).max())
    assert worst <= 4  # Pillow has a JPEG decoder of its own


@pytest.fixture
def desk(gimp2: Any, fake_worker2: Any, shown: Any) -> Any:
    """A window with a small picture, and a worker that the test can script."""
    y, x = np.mgrid[:200, :300]
    path = gimp2.folder / "small.png"
    Image.fromarray(np.stack([x % 256, y, (x + y) % 256], -1).astype(np.uint8)).save(path)
    with gimp2.window(shown.display, str(path)):
        yield Desk(shown, 1390, 870)
    fake_worker2.forced = ""


def test_again_error_note_cancel(desk: Any, fake_worker2: Any, shown: Any, shots: Path) -> None:
    """What the dialog said holds for the entry without a dialog, too; then the three ways in which a run can end."""
    desk.menu(*REMOVE)
    dialog = shown.window(DIALOG, 30)
    time.sleep(2 * SETTLE_S)
    shown.focus(dialog)
    invert, feather = letter("invert", GIMP2_BUTTONS), letter("feather", GIMP2_BUTTONS)
    for key in (invert, "alt+r", invert, feather, "ctrl+a"):  # with Reset after the first
        shown.key(key)
        time.sleep(SETTLE_S / 2)
    shown.type("2.5\t")
    time.sleep(SETTLE_S)
    shown.shoot(shots / "gimp2-dialog-changed.png", dialog)
    shown.key("alt+o")
    desk.layers(2)
    time.sleep(SETTLE_S)
    desk.menu(*AGAIN)
    desk.layers(3)
    asked, again = (run.params["settings"] for run in fake_worker2.runs[-2:])
    assert asked == again
    assert (asked["invert"], asked["feather"], asked["model"], asked["engine"]) == (True, 2.5, "auto", "local")

    fake_worker2.forced = "fake-error"
    desk.menu(*AGAIN)
    message = shown.window(MESSAGE, 20)
    shown.shoot(shots / "gimp2-error.png", message)
    shown.focus(message)
    shown.key("Return")
    shown.gone(MESSAGE, 10)
    desk.layers(3, 2)

    fake_worker2.forced = "fake-notes"
    desk.menu(*AGAIN)
    desk.layers(4)
    time.sleep(SETTLE_S)
    shown.shoot(shots / "gimp2-note.png")

    fake_worker2.forced = "fake-slow"
    fake_worker2.started.clear()
    desk.menu(*AGAIN)
    assert fake_worker2.started.wait(20)
    time.sleep(2 * SETTLE_S)
    shown.shoot(shots / "gimp2-progress.png")
    assert not fake_worker2.lost.is_set()
    shown.click(desk.main, 1144, 852)  # Cancel, beside the bar
    assert fake_worker2.lost.wait(10), "the worker was not told"
    time.sleep(SETTLE_S)
    shown.shoot(shots / "gimp2-cancelled.png")
    desk.layers(4, 2)
    assert not any("Message" in title for title in shown.windows().values())

    fake_worker2.forced = ""
    desk.menu(*AGAIN)
    desk.layers(5)
    desk.focus()
    shown.key("ctrl+z")
    desk.layers(4, 10)
