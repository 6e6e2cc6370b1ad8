"""What a user does in a GIMP 3 window, as functions."""

from __future__ import annotations

import time
from pathlib import Path

from cutaway_bridge import labels, settings_spec

from .screen import Screen

SETTLE_S = 0.6
MAIN = r"layers?\).* – GIMP$"
GIMP3_BUTTONS, GIMP2_BUTTONS = "hrclsm", "rco"


def letter(setting: str, buttons: str) -> str:
    """The key that leads to a setting's field in the dialog. ``buttons``: the letters that its buttons have."""
    rows = settings_spec.load()
    chosen = labels.with_mnemonics([labels.label(row) for row in rows], buttons)
    said = chosen[next(labels.label(row) for row in rows if row["name"] == setting)]
    return "alt+" + said[said.index("_") + 1].lower()


class Desk:
    """A GIMP with one image, on a screen. ``main``: the id of its window."""

    def __init__(self, shown: Screen, width: int, height: int, limit_s: float = 90.0) -> None:
        self.shown = shown
        self.main = shown.window(MAIN, limit_s)
        time.sleep(2 * SETTLE_S)  # the docks come after the title
        shown.tell("windowmove", self.main, "0", "0", "windowsize", self.main, str(width), str(height))
        size = f"Geometry: {width}x{height}"
        shown.wait(lambda: size in shown.tell("getwindowgeometry", self.main), 20, f"the window to have {size}")
        self.focus()
        time.sleep(SETTLE_S)

    def focus(self) -> None:
        self.shown.focus(self.main)

    def layers(self, count: int, limit_s: float = 60.0) -> None:
        """Waits until the title tells of that many layers."""
        self.shown.window(rf"\b{count} layers?\).* – GIMP$", limit_s)

    def menu(self, *keys: str) -> None:
        """A menu's entry by its letters: ``menu("alt+l", "b")``."""
        self.focus()
        for key in keys:
            self.shown.key(key)
            time.sleep(SETTLE_S)

    def open(self, title: str, *keys: str, limit_s: float = 15.0) -> str:
        """The id of the window that a menu's entry opens. A menu that was not ready for its letters is tried again."""
        for _ in range(3):
            self.menu(*keys)
            try:
                return self.shown.window(title, limit_s)
            except TimeoutError:
                self.shown.key("Escape", "Escape")
        return self.shown.window(title, limit_s)

    def save_as(self, path: Path) -> None:
        self.focus()
        self.shown.key("ctrl+shift+s")
        dialog = self.shown.window("^Save Image$", 20)
        self.shown.focus(dialog)
        time.sleep(SETTLE_S)  # its own choice of what has the focus comes last
        self.shown.key("ctrl+a")
        self.shown.type(str(path))
        time.sleep(SETTLE_S)
        self.shown.key("Return")
        self.shown.gone("^Save Image$", 30)
        self.shown.wait(lambda: path.exists() and path.stat().st_size > 0, 20, f"{path.name} to be saved")
        time.sleep(SETTLE_S)

    def drag(self, x: int, y: int, to_x: int, to_y: int) -> None:
        self.shown.tell("mousemove", str(x), str(y), "mousedown", "1")
        time.sleep(0.2)
        for step in range(1, 11):
            self.shown.tell("mousemove", str(x + (to_x - x) * step // 10), str(y + (to_y - y) * step // 10))
        self.shown.tell("mouseup", "1")
        time.sleep(SETTLE_S)
