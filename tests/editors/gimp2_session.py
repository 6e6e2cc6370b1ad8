"""A GIMP 2.10 ready for tests, with a second plug-in that runs the tests' scripts on the adapter's own Python-Fu."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from installers import adapters

from . import profile, sandbox, session

SCRIPTS = "gimp2_scripts"


@dataclass
class Gimp2(session.Gimp):
    """``interpreter``: the program that runs the plug-ins, where it is not the one that they name."""

    interpreter: Path | None = None

    def prepare(self) -> Gimp2:
        """Makes the profile with the adapter in it, as the installer lays it out, and the tests' own plug-in."""
        profile.make(self.profile)
        target = self.profile / "plug-ins" / "cutaway"
        for part in adapters.adapter("gimp2", sandbox.CHECKOUT, self.home):
            self._write(adapters.inside(target, part.name), part.content, part.mode)
        scripts = self.profile / "plug-ins" / SCRIPTS / f"{SCRIPTS}.py"
        self._write(scripts, (session.INSIDE / f"{SCRIPTS}.py").read_bytes(), 0o755)
        self.home.mkdir(exist_ok=True)
        return self

    def _write(self, path: Path, content: bytes, mode: int) -> None:
        if self.interpreter is not None and content.startswith(b"#!"):
            content = b"#!" + str(self.interpreter).encode() + content[content.index(b"\n"):]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(mode)

    def line(self, words: list[str], variables: dict[str, str] | None = None) -> tuple[list[str], dict[str, str]]:
        readable = [sandbox.CHECKOUT, *sandbox.interpreter_folders()]
        if self.interpreter is not None:
            readable.append(self.interpreter.parents[1])
        return sandbox.command(
            self.editor, words, self.profile, {"GIMP2_DIRECTORY": str(self.profile), **(variables or {})},
            writable=[self.folder], readable=readable)

    def batch(
        self, interpreter: str, code: str, given: Any = None, limit_s: float = session.LIMIT_S,
    ) -> sandbox.Finished:
        """Runs Script-Fu without a window. GIMP 2.10 ends with 0 whatever happened: judge what the code made."""
        self.count += 1
        words = [self.editor.console, "-i", "-d", "-c", "-b", code, "-b", "(gimp-quit 0)"]
        line, environment = self.line(
            words, {"CUTAWAY_GIVEN": json.dumps(given), "CUTAWAY_OUT": str(self.folder)})
        return sandbox.run(line, environment, self.folder / f"batch-{self.count}.log", limit_s)

    def scheme(self, code: str) -> sandbox.Finished:
        """Runs Script-Fu; line ends do not matter."""
        return self.batch("plug-in-script-fu-eval", code.replace("\n", " "))

    def script(self, name: str, given: Any = None, limit_s: float = session.LIMIT_S) -> Any:
        """Runs ``inside/<name>.py`` in the tests' own plug-in; what it gave to ``report``."""
        said = self.folder / f"{name}.json"
        said.unlink(missing_ok=True)
        path = session.INSIDE / f"{name}.py"
        done = self.batch("", f'(python-fu-cutaway-tests RUN-NONINTERACTIVE "{path}")', given, limit_s)
        if not said.exists():
            raise AssertionError(f"{name}.py has not answered:\n{done.output[-4000:]}")
        return json.loads(said.read_text(encoding="utf-8"))

    @contextmanager
    def window(self, display: str, *words: str) -> Iterator[Any]:
        """A GIMP with windows on a screen; killed at the end. Its output goes to ``window.log``."""
        (self.profile / "gimprc").write_text(
            "(check-updates no)\n(save-document-history no)\n(color-profile-policy keep)\n", encoding="utf-8")
        line, environment = self.line([self.editor.window, "--no-splash", *words], {"DISPLAY": display})
        try:
            with sandbox.started(line, environment, self.folder / "window.log") as process:
                yield process
        finally:
            (self.profile / "gimprc").unlink(missing_ok=True)
