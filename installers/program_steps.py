"""The steps that run other programs: Python's venv, pip, the program in the environment, an editor."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from installers import environment, record
from installers.errors import InstallError, InTheWay
from installers.run import Finished, Runner
from installers.site import Site, remove_tree
from installers.steps import Free

MODEL_S = 1800.0
DEMO_S = 300.0
STOP_S = 60.0
PROFILE_S = 90.0
LOG_LINES = 20


@dataclass(frozen=True)
class BuildEnvironment:
    """A new environment at ``staging``, and the program in it; it takes its place in :class:`SwapEnvironment`."""

    checkout: Path
    staging: Path
    final: Path

    def describe(self) -> str:
        return f"Make the Python environment {self.final} and install Cutaway in it (a minute or two)"

    def obstacle(self, site: Site) -> str:
        for path in (self.staging, self.final):
            there = path.exists() or path.is_symlink()
            if there and not site.earlier.owns_tree(path):
                return f"{path} is there and was not made by Cutaway"
        return ""

    def apply(self, site: Site) -> None:
        why = self.obstacle(site)
        if why:
            raise InTheWay(f"{why}.", "Move it away, or choose another folder with CUTAWAY_HOME.")
        remove_tree(self.staging)
        site.undo.callback(remove_tree, self.staging)
        environment.create(site.runner, site.environ, site.layout, self.staging)
        environment.install(site.runner, site.environ, site.layout, self.staging, self.checkout, site.say)
        python = site.layout.python_in(self.staging)
        site.record.version, site.record.protocol = environment.probe(site.runner, site.environ, python)
        environment.relocate(site.layout, self.staging, self.final)


@dataclass(frozen=True)
class StopWorker(Free):
    """A worker that runs from an environment that is about to go is asked to end."""

    python: Path

    def describe(self) -> str:
        return "Stop Cutaway's background process, if one is running"

    def apply(self, site: Site) -> None:
        ended = stop_worker(site.layout.home, self.python, site.runner, site.environ)
        if ended.code != 0:
            # Not fatal: a worker of another version is asked to leave by the next one that connects.
            last = ended.tail.splitlines()[-1] if ended.tail else f"exit code {ended.code}"
            site.say(f"it could not be asked to stop ({last})")


@dataclass(frozen=True)
class SwapEnvironment(Free):
    """Puts the new environment in its place; the old one is kept until the installation has succeeded."""

    staging: Path
    final: Path
    retired: Path

    def describe(self) -> str:
        return f"Put the new environment in its place, {self.final}"

    def apply(self, site: Site) -> None:
        if self.final.exists():
            remove_tree(self.retired)
            self._move(self.final, self.retired)
            site.undo.callback(self.retired.rename, self.final)
            site.at_end.append(lambda: remove_tree(self.retired))
        self._move(self.staging, self.final)
        site.undo.callback(self.final.rename, self.staging)
        site.record.add_tree(self.final)

    def _move(self, path: Path, target: Path) -> None:
        try:
            path.rename(target)
        except PermissionError as error:
            raise InstallError(
                f"{path} is in use: {error.strerror}.", "Close your editors and run this again.") from error


@dataclass(frozen=True)
class KeepEnvironment(Free):
    """Nothing to be made: the environment is there, works, and was made from the same files."""

    final: Path
    version: str
    protocol: int

    def describe(self) -> str:
        return f"Keep the Python environment {self.final}: it is up to date"

    def apply(self, site: Site) -> None:
        site.record.version, site.record.protocol = self.version, self.protocol
        site.record.add_tree(self.final)


@dataclass(frozen=True)
class MakeProfile(Free):
    """Lets an editor that was never started make its own profile.

    A profile folder that it finds already there it takes for its own, and then leaves out what it does at a first
    start: GIMP 3.0.4 took over no settings of an earlier version then.
    """

    name: str
    program: Path
    profile: Path

    def describe(self) -> str:
        return f"Start {self.name} once without a window, so that it makes its folder {self.profile}"

    def apply(self, site: Site) -> None:
        command: list[str | Path] = [
            self.program, "-i", "-d", "-f", "--batch-interpreter=plug-in-script-fu-eval", "-b", "(gimp-quit 1)"]
        site.runner(command, environ=site.environ, timeout=PROFILE_S)
        if not self.profile.is_dir():
            site.say(f"it did not; {self.profile} is made empty")


@dataclass(frozen=True)
class FetchModel(Free):
    """The default model, by the environment's own pip, verified against the catalogue."""

    name: str
    folder: Path
    python: Path

    def describe(self) -> str:
        return f"Fetch and verify the model {self.name} into {self.folder}"

    def apply(self, site: Site) -> None:
        before = _files_in(self.folder)
        site.make_folder(self.folder)
        site.undo.callback(lambda: _remove_all(_files_in(self.folder) - before))
        site.call(
            [self.python, "-I", "-m", "cutaway.models", "get", self.name],
            f"The model {self.name} could not be fetched",
            "The lines above say why. Correct it (network, proxy), then run this again.", timeout=MODEL_S)
        ours = {path for path in map(Path, site.earlier.files) if path.is_relative_to(self.folder)}
        for path in sorted(_files_in(self.folder)):
            if path not in before or path in ours:
                site.record.files[str(path)] = record.sha256_of(path)


@dataclass(frozen=True)
class Demonstrate(Free):
    """Removes the background of a photograph with the installed command, and keeps the result."""

    command: Path
    picture: Path
    result: Path
    python: Path

    def describe(self) -> str:
        return f"Show it: remove the background of {self.picture.name}, result in {self.result}"

    def apply(self, site: Site) -> None:
        site.make_folder(self.result.parent)
        site.keep(self.result)
        self.result.unlink(missing_ok=True)
        site.undo.callback(StopWorker(self.python).apply, site)
        started = time.monotonic()
        said: list[str] = []
        call: list[str | Path] = [self.command, "remove", self.picture, "-o", self.result]
        try:
            site.call(
                call, "The demonstration failed: the installed command did not remove the background",
                "The lines above say why. `python3 -m installers --no-demo` installs without it.", timeout=DEMO_S,
                on_line=said.append)
        except InstallError as error:
            # The log goes when this run is taken back.
            error.detail += "\n" + _tail(site.layout.run / "worker.log")
            raise
        if not self.result.is_file():
            raise InstallError(
                f"The demonstration ended without its result {self.result}.", "Please report this.", "\n".join(said))
        for line in said:
            site.say(line)
        site.say(f"took {time.monotonic() - started:.1f} s with the start of the background process")
        site.record.files[str(self.result)] = record.sha256_of(self.result)
        StopWorker(self.python).apply(site)


def stop_worker(home: Path, python: Path, runner: Runner, environ: Mapping[str, str]) -> Finished:
    """Asks the worker of this installation to end, by its own command; 0 also where none runs."""
    if not python.exists():
        return Finished(0, "")
    command: list[str | Path] = [python, "-I", "-m", "cutaway_cli", "worker", "stop"]
    return runner(command, environ={**environ, "CUTAWAY_HOME": str(home)}, timeout=STOP_S)


def _tail(log: Path) -> str:
    """The last lines of the worker's log, or an empty text."""
    try:
        return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:])
    except OSError:
        return ""


def _files_in(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()} if folder.is_dir() else set()


def _remove_all(paths: set[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
