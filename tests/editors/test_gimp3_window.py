"""GIMP as its user has it: a window, the menu, the dialog, one Undo, one Redo. Screenshots go to CUTAWAY_SHOTS."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from . import sandbox, xcf
from .desk import GIMP3_BUTTONS, SETTLE_S, Desk, letter
from .test_gimp3_real import judge

pytestmark = [pytest.mark.gimp3, pytest.mark.gui]

PHOTO = sandbox.CHECKOUT / "tests" / "pictures" / "astronaut.jpg"
REMOVE, AGAIN = ("alt+l", "b"), ("alt+l", "c")
DIALOG = "^Remove Background$"
MESSAGE = "^GIMP Message$"


@pytest.mark.model
def test_menu_dialog_result_undo_redo_save(real_gimp: Any, shown: Any, shots: Path) -> None:
    path = real_gimp.folder / "window.xcf"
    with real_gimp.window(shown.display, str(PHOTO)):
        try:
            desk = Desk(shown, 1396, 870)
            desk.drag(1161, 468, 960, 468)  # a wider dock, so that the layers' names can be read
            desk.menu("alt+l")
            shown.shoot(shots / "gimp3-menu.png")
            shown.key("b")
            dialog = shown.window(DIALOG, 30)
            shown.tell("mousemove", "5", "5")
            time.sleep(2 * SETTLE_S)
            shown.shoot(shots / "gimp3-dialog.png", dialog)
            shown.focus(dialog)
            shown.key("Return")
            desk.layers(2)
            time.sleep(2 * SETTLE_S)
            shown.shoot(shots / "gimp3-result.png")
            desk.focus()
            shown.key("ctrl+z")
            desk.layers(1, 10)
            shown.key("ctrl+y")
            desk.layers(2, 10)
            desk.save_as(path)
        finally:
            shown.shoot(shots / "gimp3-end.png")
    image = xcf.read(path)
    assert [layer.name for layer in image.layers] == ["astronaut.jpg (cutout)", "astronaut.jpg"]
    judge({"error": "", "path": path}, {}, real_gimp.home, "|u1", "astronaut.jpg")
    assert not image.layers[1].visible
    # The file as Pillow reads it, with its own JPEG decoder: the source is unharmed.
    stored = np.frombuffer(image.layers[1].pixels.data, np.uint8).reshape(512, 512, 3)
    worst = int(np.abs(stored.astype(int) - np.asarray(Image.open(PHOTO)).astype(int)).max())
    assert worst <= 4


@pytest.fixture
def desk(gimp: Any, fake_worker: Any, shown: Any) -> Any:
    """A window with a small picture, and a worker that the test can script."""
    y, x = np.mgrid[:200, :300]
    path = gimp.folder / "small.png"
    Image.fromarray(np.stack([x % 256, y, (x + y) % 256], -1).astype(np.uint8)).save(path)
    with gimp.window(shown.display, str(path)):
        yield Desk(shown, 1390, 870)
    fake_worker.forced = ""


def test_again_error_note_cancel(desk: Any, fake_worker: Any, shown: Any, shots: Path) -> None:
    """What the dialog said holds for the entry without a dialog, too; then the three ways in which a run can end."""
    desk.menu(*REMOVE)
    dialog = shown.window(DIALOG, 30)
    time.sleep(2 * SETTLE_S)
    shown.focus(dialog)
    shown.key(letter("invert", GIMP3_BUTTONS))
    time.sleep(SETTLE_S)
    shown.shoot(shots / "gimp3-dialog-changed.png", dialog)
    shown.key("Return")
    desk.layers(2)
    time.sleep(SETTLE_S)
    desk.menu(*AGAIN)
    desk.layers(3)
    asked, again = (run.params["settings"] for run in fake_worker.runs[-2:])
    assert asked == again and asked["invert"] is True

    fake_worker.forced = "fake-error"
    desk.menu(*AGAIN)
    message = shown.window(MESSAGE, 20)
    shown.shoot(shots / "gimp3-error.png", message)
    shown.focus(message)
    shown.key("Return")
    shown.gone(MESSAGE, 10)
    desk.layers(3, 2)

    fake_worker.forced = "fake-notes"
    desk.menu(*AGAIN)
    desk.layers(4)
    time.sleep(SETTLE_S)
    shown.shoot(shots / "gimp3-note.png")  # GIMP shows it in the status bar for some seconds

    fake_worker.forced = "fake-slow"
    fake_worker.started.clear()
    desk.menu(*AGAIN)
    assert fake_worker.started.wait(20)
    time.sleep(2 * SETTLE_S)
    shown.shoot(shots / "gimp3-progress.png")
    assert not fake_worker.lost.is_set()
    shown.click(desk.main, 1108, 850)  # Cancel, beside the bar
    assert fake_worker.lost.wait(10), "the worker was not told"
    time.sleep(SETTLE_S)
    shown.shoot(shots / "gimp3-cancelled.png")
    desk.layers(4, 2)
    assert not any("Message" in title for title in shown.windows().values())

    fake_worker.forced = ""
    desk.menu(*AGAIN)
    desk.layers(5)
    desk.focus()
    shown.key("ctrl+z")
    desk.layers(4, 10)
