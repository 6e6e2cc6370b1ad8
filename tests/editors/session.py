"""A GIMP 3 ready for tests: editor, profile with the adapter in it, home folder; and how a script is run in it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import profile, sandbox
from .roots import Editor

INSIDE = Path(__file__).parent / "inside"
LIMIT_S = 120.0


@dataclass
class Gimp:
    """``folder``: short and writable, seen inside under the same path; profile, home and the tests' files lie in it."""

    editor: Editor
    folder: Path
    count: int = field(default=0)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def profile(self) -> Path:
        return self.folder / "profile"

    def prepare(self) -> Gimp:
        """Makes the profile with the adapter in it."""
        profile.make(self.profile)
        profile.install_adapter(self.profile, self.home)
        self.home.mkdir(exist_ok=True)
        return self

    def line(self, words: list[str], variables: dict[str, str] | None = None) -> tuple[list[str], dict[str, str]]:
        """Command line and environment for a program of the editor."""
        return sandbox.command(
            self.editor, words, self.profile, variables, writable=[self.folder],
            readable=[sandbox.CHECKOUT, *sandbox.interpreter_folders()])

    def batch(self, interpreter: str, code: str, given: Any = None, limit_s: float = LIMIT_S) -> sandbox.Finished:
        """Runs code without a window. ``given``: JSON for the script, in the variable CUTAWAY_GIVEN."""
        self.count += 1
        line, environment = self.line(
            [self.editor.console, "-i", "-d", f"--batch-interpreter={interpreter}", "-b", code, "--quit"],
            {"CUTAWAY_GIVEN": json.dumps(given), "CUTAWAY_OUT": str(self.folder)})
        return sandbox.run(line, environment, self.folder / f"batch-{self.count}.log", limit_s)

    def forget(self) -> int:
        """Deletes the dialogs' last values, which other tests have left; how many files there were."""
        kept = list(self.profile.rglob("plug-in-settings/*cutaway*"))
        for path in kept:
            path.unlink()
        return len(kept)

    @contextmanager
    def window(self, display: str, *words: str) -> Iterator[Any]:
        """A GIMP with windows on a screen; killed at the end. Its output goes to ``window.log``."""
        profile.for_windows(self.profile, self.editor.version)
        line, environment = self.line([self.editor.window, "--no-splash", *words], {"DISPLAY": display})
        try:
            with sandbox.started(line, environment, self.folder / "window.log") as process:
                yield process
        finally:
            (self.profile / "gimprc").unlink(missing_ok=True)

    def script(self, name: str, given: Any = None, limit_s: float = LIMIT_S) -> Any:
        """Runs ``inside/<name>.py`` in Python-Fu's batch interpreter; what it gave to ``report``."""
        said = self.folder / f"{name}.json"
        said.unlink(missing_ok=True)
        code = f"import sys; sys.path.insert(0, {str(INSIDE)!r}); exec(open({str(INSIDE / (name + '.py'))!r}).read())"
        done = self.batch("python-fu-eval", code, given, limit_s)
        if done.code or not said.exists():
            raise AssertionError(f"{name}.py ended with {done.code}:\n{done.output[-4000:]}")
        return json.loads(said.read_text(encoding="utf-8"))


def required() -> bool:
    """Whether a missing editor is a failure."""
    return os.environ.get("CUTAWAY_REQUIRE_EDITORS", "") not in ("", "0")
