"""What an installation will do, as data: made by looking, shown by ``--dry-run``, done by ``apply``."""

from __future__ import annotations

import os
import shutil
import sys
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from installers import adapters, editors, environment, krita
from installers.editors import Computer, Editor
from installers.errors import InstallError
from installers.layout import Layout
from installers.program_steps import (
    BuildEnvironment,
    Demonstrate,
    FetchModel,
    KeepEnvironment,
    MakeProfile,
    StopWorker,
    SwapEnvironment,
)
from installers.record import Record, sha256
from installers.run import Runner
from installers.steps import KeepRecord, MakeLink, RemoveObsolete, Step, WriteAdapter, WriteFile

MODEL = "u2netp"
PICTURE = Path("tests") / "pictures" / "astronaut.jpg"
NEEDED_BYTES = 900_000_000


@dataclass(frozen=True)
class Choices:
    """What the user said on the command line."""

    editors: bool = True
    link: bool = True
    demo: bool = True
    fresh: bool = False


@dataclass(frozen=True)
class Plan:
    """``source``: the fingerprint of what is installed; ``notes``: what the user should know beforehand."""

    version: str
    source: str
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()
    obsolete: tuple[Path, ...] = ()

    def adapters(self) -> list[WriteAdapter]:
        return [step for step in self.steps if isinstance(step, WriteAdapter)]

    def contents(self) -> dict[str, str]:
        """Path and hash of every file whose content is known before it is written."""
        known = [(step.path, step.content) for step in self.steps if isinstance(step, WriteFile)]
        known += [(path, content) for step in self.adapters() for path, content, _ in step.parts]
        return {str(path): sha256(content) for path, content in known}

    def switches(self) -> list[krita.SwitchOn]:
        return [step for step in self.steps if isinstance(step, krita.SwitchOn)]

    def links(self) -> dict[str, str]:
        return {str(step.path): str(step.target) for step in self.steps if isinstance(step, MakeLink)}


@dataclass
class Planner:
    """Looks at this computer and at what is installed, and changes nothing."""

    checkout: Path
    layout: Layout
    choices: Choices
    computer: Computer
    earlier: Record
    runner: Runner
    environ: dict[str, str]
    free_bytes: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free
    notes: list[str] = field(default_factory=list)

    def plan(self) -> Plan:
        version = self._version()
        source = environment.fingerprint(self.checkout)
        before_swap, swap = self._environment(source)
        python = self.layout.staging if swap else self.layout.environment
        plan: list[Step] = [*before_swap]
        plan.append(FetchModel(MODEL, self.layout.models, self.layout.python_in(python)))
        plan += swap
        plan.append(WriteFile(self.layout.command, self.layout.command_text(), 0o755))
        plan += self._links()
        plan += self._adapters()
        obsolete = self._obsolete(plan)
        if obsolete:
            plan.append(RemoveObsolete(tuple(obsolete)))
        # The command line and the adapters find the environment by the record, so it is there before they are shown.
        plan.append(KeepRecord(self.layout.record))
        if self.choices.demo:
            result = self._result()
            plan.append(Demonstrate(self.layout.command, self.checkout / PICTURE, result, self.layout.python))
            plan.append(KeepRecord(self.layout.record, "the result too"))
        return Plan(version, source, tuple(plan), tuple(self.notes), tuple(obsolete))

    def _version(self) -> str:
        try:
            said = tomllib.loads((self.checkout / "pyproject.toml").read_text(encoding="utf-8"))
            return str(said["project"]["version"])
        except (OSError, ValueError, KeyError) as error:
            raise InstallError(
                f"{self.checkout} is not a whole checkout of Cutaway.", "Fetch the repository again.") from error

    def _environment(self, source: str) -> tuple[list[Step], list[Step]]:
        """Steps that build, and those that put the new one in place: none of these where the old one is kept."""
        final = self.layout.environment
        if not self.choices.fresh and self.earlier.source == source and self.earlier.owns_tree(final):
            try:
                version, protocol = environment.probe(self.runner, self.environ, self.layout.python)
                return [KeepEnvironment(final, version, protocol)], []
            except InstallError:
                self.notes.append("The environment that is there does not work any more; a new one is made.")
        self._room()
        build = BuildEnvironment(self.checkout, self.layout.staging, final)
        swap: list[Step] = [SwapEnvironment(self.layout.staging, final, self.layout.retired)]
        if self.earlier:
            swap.insert(0, StopWorker(self.layout.python))
        return [build], swap

    def _room(self) -> None:
        there = next(each for each in (self.layout.home, *self.layout.home.parents) if each.exists())
        free = self.free_bytes(there)
        if free < NEEDED_BYTES:
            raise InstallError(
                f"There is too little room on the disk of {there}: {free / 1e6:.0f} MB are free, "
                f"about {NEEDED_BYTES / 1e6:.0f} MB are needed while installing.",
                "Free some, or choose a folder on another disk with the environment variable CUTAWAY_HOME.")

    def _links(self) -> list[Step]:
        if self.layout.windows:
            self.notes.append(f"The command is {self.layout.command}; add its folder to PATH to call it as `cutaway`.")
            return []
        if not self.choices.link:
            return []
        folder = self.computer.user / ".local" / "bin"
        on_path = str(folder) in self.environ.get("PATH", "").split(os.pathsep)
        return [MakeLink(folder / "cutaway", self.layout.command, on_path)]

    def _adapters(self) -> list[Step]:
        if not self.choices.editors:
            self.notes.append("No plug-in is installed into an editor (--no-editors).")
            return []
        found = self._editors()
        if not found:
            self.notes.append(
                "No supported editor was found (GIMP 2.10, 3.0 or 3.2, Krita 5.1 or later). The command line works "
                "without one; run this again once an editor is installed.")
        plan: list[Step] = []
        for editor in found:
            if editor.starter is not None:
                plan.append(MakeProfile(editor.name, editor.starter, editor.profile))
            parts = adapters.adapter(editor.kind, self.checkout, self.layout.home)
            plan.append(WriteAdapter(editor.name, editor.profile, editor.folder, tuple(
                (adapters.inside(editor.base, part.name), part.content, part.mode) for part in parts), editor.kind))
            if editor.settings is not None:
                plan.append(krita.SwitchOn(editor.settings))
        return plan

    def _editors(self) -> list[Editor]:
        """Those found, and those that the earlier installation went into: none is left with an older plug-in."""
        found = {editor.folder: editor for editor in (*editors.find(self.computer), *krita.find(self.computer))}
        for said in self.earlier.editors:
            profile = Path(said["profile"])
            editor = Editor(said.get("kind", "gimp3"), said["name"], profile)
            if profile.is_dir() and str(editor.folder) == said["folder"]:
                found.setdefault(editor.folder, editor)
        return list(found.values())

    def _obsolete(self, plan: list[Step]) -> list[Path]:
        """Files of the earlier installation in the folders of this plan's adapters that are no longer part of them."""
        folders = [step.folder for step in plan if isinstance(step, WriteAdapter)]
        planned = {path for step in plan if isinstance(step, WriteAdapter) for path, _, _ in step.parts}
        earlier = [Path(each) for each in self.earlier.files]
        return [path for path in earlier if path not in planned and any(path.is_relative_to(each) for each in folders)]

    def _result(self) -> Path:
        """The demonstration's file: the first name that is free, or that holds what an earlier run put there."""
        stem = PICTURE.stem + "_cutout"
        names = (f"{stem}{'' if number == 1 else f'-{number}'}.png" for number in range(1, 1000))
        for path in (self.layout.demo / name for name in names):
            if not (path.exists() or path.is_symlink()) or self.earlier.owns(path):
                return path
        raise InstallError(f"The folder {self.layout.demo} is full of results.", "Empty it, or run with --no-demo.")


def this_computer(environ: dict[str, str], runner: Runner) -> Computer:
    def version(program: Path) -> str:
        return runner([program, "--version"], environ=environ, timeout=20.0).tail

    return Computer(sys.platform, environ, Path.home(), version)
