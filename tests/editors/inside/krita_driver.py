"""A plug-in for tests only: runs the script that CUTAWAY_SCRIPT names inside Krita, then ends Krita.

The script defines ``steps(desk)``, a generator. What it yields is waited for while Krita's own loop runs: a number of
seconds, or a function until it returns something true. ``desk.answer`` is written as JSON, with "error" where the
script failed; tests read it from ``<script's name>.json``.
"""

import json
import os
import sys
import time
import traceback

from krita import Extension, Krita

if "PyQt6.QtCore" in sys.modules:
    from PyQt6.QtCore import QTimer
    from PyQt6.QtWidgets import QApplication
else:
    from PyQt5.QtCore import QTimer
    from PyQt5.QtWidgets import QApplication

STEP_MS = 20
LIMIT_S = 40.0


class Desk:
    """``app``: Krita. ``given``: from the test. ``answer``: for the test."""

    def __init__(self):
        self.app = Krita.instance()
        self.given = json.loads(os.environ["CUTAWAY_GIVEN"])
        self.answer = {}

    def path(self, name):
        return os.path.join(os.environ["CUTAWAY_OUT"], name)

    def windows(self):
        """Titles of the visible windows."""
        return [each.windowTitle() for each in QApplication.topLevelWidgets() if each.isVisible()]

    def every(self, title):
        """The visible windows of that title."""
        return [each for each in QApplication.topLevelWidgets() if each.isVisible() and each.windowTitle() == title]

    def window(self, title):
        """The first of them, or None."""
        return next(iter(self.every(title)), None)


class Driver(Extension):
    def setup(self):
        pass

    def createActions(self, window):
        if os.environ.get("CUTAWAY_SCRIPT") and not hasattr(self, "timer"):
            self.steps, self.until, self.began = None, None, time.time()
            self.timer = QTimer()
            self.timer.setInterval(STEP_MS)
            self.timer.timeout.connect(self.step)
            self.timer.start()

    def step(self):
        try:
            self.go_on()
        except BaseException:  # noqa: BLE001  the edge: Krita would show a dialog and hang
            self.end(traceback.format_exc())

    def go_on(self):
        if self.steps is None:
            if Krita.instance().activeWindow() is None or time.time() - self.began < 0.5:
                return
            self.start()
        if callable(self.until):
            if not self.until():
                if time.time() > self.deadline:
                    raise TimeoutError(f"waited too long; windows: {self.desk.windows()}")
                return
        elif self.until is not None and time.time() < self.until:
            return
        try:
            said = next(self.steps)
        except StopIteration:
            self.timer.stop()
            self.end("")
            return
        self.until = said if callable(said) else time.time() + said
        self.deadline = time.time() + LIMIT_S

    def start(self):
        path = os.environ["CUTAWAY_SCRIPT"]
        sys.path.insert(0, os.path.dirname(path))
        space = {"__name__": "script", "__file__": path}
        with open(path, encoding="utf-8") as stream:
            exec(compile(stream.read(), path, "exec"), space)
        self.desk = Desk()
        self.steps = space["steps"](self.desk)

    def end(self, error):
        answer = dict(self.desk.answer if hasattr(self, "desk") else {}, error=error)
        name = os.path.splitext(os.path.basename(os.environ["CUTAWAY_SCRIPT"]))[0] + ".json"
        path = os.path.join(os.environ["CUTAWAY_OUT"], name)
        with open(path + ".part", "w", encoding="utf-8") as stream:
            json.dump(answer, stream)
        os.replace(path + ".part", path)
        os._exit(3 if error else 0)


Krita.instance().addExtension(Driver(Krita.instance()))
