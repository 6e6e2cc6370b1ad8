"""A screen without a monitor: Xvfb, the window manager openbox, input by xdotool, screenshots by ImageMagick."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import sandbox

PROGRAMS = ("Xvfb", "openbox", "xdotool", "import")
STEP_S = 0.1


def missing() -> list[str]:
    """Programs that a screen needs and that are not here."""
    return [program for program in PROGRAMS if not shutil.which(program)]


class Screen:
    """A running screen. ``display``: for the programs that are to show on it."""

    def __init__(self, display: str) -> None:
        self.display = display

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "DISPLAY": self.display}

    def tell(self, *words: str, limit_s: float = 20.0) -> str:
        """One xdotool command; what it prints. Empty where it failed (no such window, ...)."""
        done = subprocess.run(
            ["xdotool", *words], env=self.environment, capture_output=True, text=True, timeout=limit_s, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    def windows(self) -> dict[str, str]:
        """The visible windows: id to title."""
        found = {}
        for window in self.tell("search", "--onlyvisible", "--name", ".").split():
            found[window] = self.tell("getwindowname", window)
        return found

    def window(self, title: str, limit_s: float = 30.0) -> str:
        """The id of the visible window whose title matches, waited for. Raises TimeoutError."""
        return self.wait(
            lambda: next((key for key, name in self.windows().items() if re.search(title, name)), ""), limit_s,
            f"a window named {title!r}")

    def gone(self, title: str, limit_s: float = 30.0) -> None:
        """Waits until no visible window's title matches."""
        self.wait(
            lambda: not any(re.search(title, name) for name in self.windows().values()), limit_s,
            f"the end of {title!r}")

    def wait(self, condition: Callable[[], str | bool], limit_s: float, what: str) -> str:
        """What ``condition`` says once it says something. Raises TimeoutError that names the windows there are."""
        deadline = time.monotonic() + limit_s
        while True:
            said = condition()
            if said:
                return str(said)
            if time.monotonic() > deadline:
                raise TimeoutError(f"Waited {limit_s:.0f} s for {what}; there are {sorted(self.windows().values())}")
            time.sleep(STEP_S)

    def focus(self, window: str) -> None:
        self.tell("windowactivate", "--sync", window)

    def key(self, *keys: str) -> None:
        for key in keys:
            self.tell("key", "--clearmodifiers", key)

    def type(self, text: str) -> None:
        self.tell("type", "--delay", "30", text)

    def click(self, window: str, x: int, y: int, button: int = 1) -> None:
        """A click at a window's own coordinates."""
        self.tell("mousemove", "--window", window, str(x), str(y), "click", str(button))

    def shoot(self, path: Path, window: str = "root") -> Path:
        """A picture of a window, or of the whole screen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["import", "-window", window, str(path)], env=self.environment, check=True, timeout=30, capture_output=True)
        return path


@contextmanager
def screen(folder: Path, width: int = 1400, height: int = 900) -> Iterator[Screen]:
    """A screen on a display number that was free. Logs go into ``folder``."""
    reader, writer = os.pipe()
    words = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp", "-noreset"]
    process = subprocess.Popen(
        words, pass_fds=(writer,), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        os.close(writer)
        with os.fdopen(reader) as said:
            number = said.readline().strip()  # Xvfb writes it once it is ready
        if not number:
            raise RuntimeError("Xvfb did not start.")
        shown = Screen(f":{number}")
        with sandbox.started(["openbox", "--sm-disable"], shown.environment, folder / "openbox.log"):
            yield shown
    finally:
        process.terminate()
        process.wait(10)
