"""The two menu entries for many, as a user has them, in GIMP 3 and 2.10. Screenshots go to CUTAWAY_SHOTS."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from cutaway_bridge import labels, settings_spec

from . import batch
from .desk import SETTLE_S, Desk

pytestmark = pytest.mark.gui

OPEN, LAYERS = ("alt+l", "p"), ("alt+l", "y")
OPEN_DIALOG, LAYERS_DIALOG = (f"^Remove Background from All {what}$" for what in ("Open Images", "Layers"))
MESSAGE = "^GIMP Message$"
HEIGHT = 200


@pytest.fixture(params=[pytest.param("gimp3", marks=pytest.mark.gimp3), pytest.param("gimp2", marks=pytest.mark.gimp2)])
def editor(request: Any) -> Any:
    """(name, session, its worker)."""
    if request.param == "gimp3":
        found = request.getfixturevalue("gimp"), request.getfixturevalue("fake_worker")
    else:
        found = request.getfixturevalue("gimp2"), request.getfixturevalue("fake_worker2")
    yield request.param, *found
    found[1].hook, found[1].forced = None, ""


def picture(folder: Path, name: str, height: int) -> str:
    path = folder / name
    Image.fromarray(batch.colours(300, height)).save(path)
    return str(path)


def answered(shown: Any, desk: Desk, keys: tuple[str, ...], title: str, shot: Path, *before: str) -> None:
    """Opens a dialog from the menu, takes its picture, presses ``before`` and its button."""
    desk.menu(*keys)
    dialog = shown.window(title, 30)
    time.sleep(2 * SETTLE_S)
    shown.focus(dialog)
    for key in before:
        shown.key(key)
        time.sleep(SETTLE_S)
    shown.shoot(shot, dialog)
    shown.key("alt+o" if "gimp2" in shot.name else "Return")


def letter(said: str) -> str:
    """The one that leads to a field of GIMP 2.10's dialog, with Alt."""
    rows = [row for row in settings_spec.load() if row["kind"] != "choice" or row["open"] or len(row["options"]) > 1]
    chosen = labels.with_mnemonics([labels.label(row) for row in rows], "rco")[said]
    return chosen[chosen.index("_") + 1].lower()


def test_all_open_images(editor: Any, shown: Any, shots: Path) -> None:
    """Two pictures, of which one cannot be done: the other one is, and one message says so. Then a cancel."""
    name, gimp, worker = editor
    first, second = picture(gimp.folder, "first.png", HEIGHT), picture(gimp.folder, "second.png", 13)
    worker.hook = batch.refuse_height(worker, 13)
    before = len(worker.runs)
    with gimp.window(shown.display, first, second):
        desk = Desk(shown, 1390, 870)
        shown.wait(lambda: "second" in "".join(shown.windows().values()), 30, "the second picture")
        time.sleep(2 * SETTLE_S)
        desk.menu(OPEN[0])
        shown.shoot(shots / f"{name}-many-menu.png")
        shown.key("Escape")
        shown.key("Escape")
        answered(shown, desk, OPEN, OPEN_DIALOG, shots / f"{name}-many-dialog.png")
        message = shown.window(MESSAGE, 60)
        time.sleep(SETTLE_S)
        shown.shoot(shots / f"{name}-many-summary.png", message)
        shown.focus(message)
        shown.key("Return")
        shown.gone(MESSAGE, 10)
        assert len(worker.runs) == before + 1 and worker.runs[-1].picture.shape[0] == HEIGHT
        desk.layers(1, 5)  # the second picture is on top
        desk.focus()
        shown.key("alt+1")
        desk.layers(2, 10)
        desk.focus()
        shown.key("ctrl+z")
        desk.layers(1, 10)
        cancelled(shown, desk, worker, shots / f"{name}-many-progress.png")


def cancelled(shown: Any, desk: Desk, worker: Any, shot: Path) -> None:
    """Again, and Cancel in the first picture: the second one is not begun."""
    started: list[str] = []
    worker.hook = lambda stage, *_: started.append(stage) or True
    worker.forced = "fake-slow"
    worker.started.clear()
    answered(shown, desk, OPEN, OPEN_DIALOG, shot.with_name(shot.name.replace("progress", "again")))
    assert worker.started.wait(30)
    time.sleep(3 * SETTLE_S)
    shown.shoot(shot)
    assert not worker.lost.is_set()
    shown.click(desk.main, *((1144, 852) if "gimp2" in shot.name else (1108, 850)))  # Cancel, beside the bar
    assert worker.lost.wait(10), "the worker was not told"
    time.sleep(3 * SETTLE_S)
    desk.layers(1, 5)
    assert started.count("model") == 1


def test_all_layers_are_one_step_of_undo(editor: Any, shown: Any, shots: Path) -> None:
    name, gimp, worker = editor
    before = len(worker.runs)
    with gimp.window(shown.display, picture(gimp.folder, "layers.png", HEIGHT)):
        desk = Desk(shown, 1390, 870)
        desk.focus()
        shown.key("ctrl+shift+d")
        desk.layers(2, 10)
        # GIMP 2.10's list of models, which the worker was asked for while the dialog was open.
        keys = (f"alt+{letter('Model')}", "Down") if name == "gimp2" else ()
        answered(shown, desk, LAYERS, LAYERS_DIALOG, shots / f"{name}-layers-dialog.png", *keys)
        desk.layers(4)
        time.sleep(2 * SETTLE_S)
        shown.shoot(shots / f"{name}-layers-result.png")
        runs = worker.runs[before:]
        assert len(runs) == 2
        if name == "gimp2":
            assert {run.params["settings"]["model"] for run in runs} == {"fake-notes"}
            message = shown.window(MESSAGE, 10)  # each of the two has a note
            shown.focus(message)
            shown.key("Return")
        desk.focus()
        shown.key("ctrl+z")
        desk.layers(2, 10)
        shown.key("ctrl+y")
        desk.layers(4, 10)
