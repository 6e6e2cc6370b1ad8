"""A Krita ready for tests: editor, profile with the adapter in it, home folder; and how a script is run in it."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import krita_profile, sandbox
from .roots import Editor

LIMIT_S = 150.0


@dataclass
class Krita:
    """``folder``: short and writable, seen inside under the same path; profile, home and the tests' files lie in it."""

    editor: Editor
    folder: Path
    display: str
    count: int = field(default=0)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def profile(self) -> Path:
        return self.folder / "profile"

    def prepare(self) -> Krita:
        """Makes the profile with the adapter in it."""
        krita_profile.make(self.editor, self.profile, self.home, self.display)
        self.home.mkdir(exist_ok=True)
        return self

    def line(self, words: list[str], variables: dict[str, str] | None = None) -> tuple[list[str], dict[str, str]]:
        """Command line and environment for a program of the editor."""
        inside = {**krita_profile.variables(self.profile), "DISPLAY": self.display, "CUTAWAY_OUT": str(self.folder),
                  "CUTAWAY_GIVEN": "null", **(variables or {})}
        return sandbox.command(
            self.editor, words, self.profile, inside, writable=[self.folder],
            readable=[sandbox.CHECKOUT, *sandbox.interpreter_folders()])

    @contextmanager
    def driven(self, name: str, given: Any = None, words: Sequence[str] = ()) -> Iterator[Any]:
        """A running Krita in which ``inside/<name>.py`` is at work; killed at the end."""
        said = self.folder / f"{name}.json"
        said.unlink(missing_ok=True)
        line, environment = self.line(
            ["dbus-run-session", "--", self.editor.window, "--nosplash", *words],
            {"CUTAWAY_SCRIPT": str(krita_profile.INSIDE / f"{name}.py"), "CUTAWAY_GIVEN": json.dumps(given)})
        with sandbox.started(line, environment, self.folder / f"{name}.log") as process:
            yield process

    def script(self, name: str, given: Any = None, limit_s: float = LIMIT_S) -> Any:
        """Runs ``inside/<name>.py`` to its end; its answer.

        Krita 5.1.5 itself crashes now and then, seen once in four whole runs: one that ended without an answer is said
        and started once more. One that hangs, or whose script failed, is not.
        """
        for _ in range(2):
            with self.driven(name, given) as process:
                code = process.wait(limit_s)
            if (self.folder / f"{name}.json").exists():
                break
            # pyproject.toml lets this one warning through: pytest lists it.
            warnings.warn(f"Krita ended with {code} before {name}.py had answered.", stacklevel=2)
        return self.answer(name)

    def answer(self, name: str) -> Any:
        """What the script told. Raises AssertionError with its traceback where it failed."""
        log = (self.folder / f"{name}.log").read_text(encoding="utf-8", errors="replace")[-3000:]
        said = self.folder / f"{name}.json"
        if not said.exists():
            raise AssertionError(f"{name}.py told nothing:\n{log}")
        answer = json.loads(said.read_text(encoding="utf-8"))
        assert not answer.pop("error"), f"{said.read_text(encoding='utf-8')}\n{log}"
        return answer

    def runner(self, words: Sequence[str], limit_s: float = LIMIT_S) -> sandbox.Finished:
        """kritarunner without a display."""
        self.count += 1
        line, environment = self.line([self.editor.console, *words], {
            "QT_QPA_PLATFORM": "offscreen", "PYTHONPATH": str(krita_profile.resources(self.profile) / "pykrita")})
        environment.pop("DISPLAY")  # with one, 5.1's kritarunner talks to it, offscreen or not, and ends
        return sandbox.run(line, environment, self.folder / f"runner-{self.count}.log", limit_s)
