"""Krita as its user has it: the menu, the dialog and the keys, on a screen. Screenshots go to CUTAWAY_SHOTS."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from cutaway_bridge import flow

from . import sandbox
from .test_krita_real import judge

pytestmark = [pytest.mark.krita, pytest.mark.gui, pytest.mark.model]

PHOTO = sandbox.CHECKOUT / "tests" / "pictures" / "astronaut.jpg"
LIMIT_S = 60.0
HANDED_OVER = flow.HAND_OVER[1]


class Hand:
    """What a user does: looks where something is, and clicks there."""

    def __init__(self, krita: Any, screen: Any) -> None:
        self.state_file = krita.folder / "state.json"
        self.screen = screen

    def state(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self.state_file.read_text(encoding="utf-8")))
        except (FileNotFoundError, ValueError):
            return {"places": {}, "tree": [], "running": False, "dialog": False, "progress": None}

    def wait(self, condition: Any, what: str) -> None:
        self.screen.wait(lambda: condition(self.state()), LIMIT_S, what)

    def click(self, place: str) -> None:
        self.wait(lambda said: place in said["places"], place)
        time.sleep(0.3)
        x, y = self.state()["places"][place]
        self.screen.tell("mousemove", str(x), str(y))
        time.sleep(0.1)
        self.screen.tell("click", "1")
        time.sleep(0.3)

    def layers(self, count: int) -> None:
        self.wait(lambda said: len(said["tree"]) == count and not said["running"], f"{count} layers")
        time.sleep(0.8)


def test_menu_dialog_result_undo_redo_save(real_krita: Any, krita_screen: Any, shots: Path) -> None:
    for name in ("quit", "state.json"):
        (real_krita.folder / name).unlink(missing_ok=True)
    hold = real_krita.folder / "hold"
    hold.touch()
    with real_krita.driven("krita_window", {"photo": str(PHOTO)}) as process:
        try:
            hand = Hand(real_krita, krita_screen)
            hand.click("menu:Layer")
            krita_screen.shoot(shots / "krita-menu.png")
            hand.click("entry:Remove Background...")
            hand.wait(lambda said: said["dialog"], "the dialog")
            time.sleep(1.5)
            krita_screen.shoot(shots / "krita-dialog.png")
            hand.click("button:Remove")
            hand.wait(lambda said: said["progress"] and said["progress"]["share"] >= HANDED_OVER, "the progress")
            time.sleep(0.5)
            krita_screen.shoot(shots / "krita-progress.png")
            seen = hand.state()
            assert seen["progress"]["shown"] and not seen["progress"]["modal"] and seen["progress"]["text"]
            assert seen["progress"]["share"] < 1 and seen["running"] and not seen["dialog"]
            assert "button:Cancel" in seen["places"]
            hold.unlink()
            hand.layers(2)
            assert hand.state()["progress"] is None, "the window goes with the run"
            krita_screen.shoot(shots / "krita-result.png")
            krita_screen.key("ctrl+z")
            hand.layers(1)
            assert hand.state()["tree"][0][1], "the source is to be seen again"
            krita_screen.key("ctrl+shift+z")
            hand.layers(2)
            hand.wait(lambda said: not said["tree"][0][1], "the source to be hidden again")
            (real_krita.folder / "quit").touch()
            process.wait(30)
        finally:
            hold.unlink(missing_ok=True)
            krita_screen.shoot(shots / "krita-end.png")
    image = judge(Path(real_krita.answer("krita_window")["path"]), {}, real_krita.home)
    assert len(image.layers) == 2
