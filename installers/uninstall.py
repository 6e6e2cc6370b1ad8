"""Removes exactly what the record names. What was changed since, or was never written here, is left and named."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from installers import krita
from installers.errors import InstallError
from installers.layout import Layout
from installers.program_steps import stop_worker
from installers.record import Record
from installers.run import Runner
from installers.site import remove_tree

ENDED = ("refused", "absent", "fetched", "failed", "cancelled", "expired")
"""States of a job in the journal after which nothing is to be fetched any more: core/cutaway/cloud/journal.py."""


@dataclass
class Uninstall:
    """``left``: what was not removed because it is not ours any more. ``failed``: what could not be removed."""

    layout: Layout
    record: Record
    runner: Runner
    environ: dict[str, str]
    say: Callable[[str], None]
    left: list[Path] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def describe(self) -> list[str]:
        """What :meth:`run` would remove."""
        return [*self.record.links, *self.record.files, *self.record.trees, *self.record.folders,
                *(f"{each['path']} (one line)" for each in self.record.switches)]

    def check(self) -> None:
        """Raises InstallError where nothing is installed."""
        if not self.record:
            raise InstallError(
                f"Cutaway is not installed in {self.layout.home}.", "Is CUTAWAY_HOME set as it was then?")

    def run(self) -> None:
        """Raises InstallError where something could not be removed; the record stays then, for another try."""
        self.check()
        stop_worker(self.layout.home, self.layout.python, self.runner, self.environ)
        for link in map(Path, self.record.links):
            self._link(link)
        for path in map(Path, dict.fromkeys([*self.record.files, *self.record.pending])):
            self._file(path)
        for tree in map(Path, self.record.trees):
            self._tree(tree)
        for path in self.layout.made_by_use:
            self._made(path)
        if not open_jobs(self.layout.paid_jobs):
            self._made(self.layout.paid_jobs)
        for said in self.record.switches:
            self._do(partial(krita.switch_back, said), Path(said["path"]))
        if self.failed:
            raise InstallError("Not everything could be removed: " + "; ".join(self.failed) + ".",
                               "Correct this, then run it again.")
        self.layout.record.unlink(missing_ok=True)
        self.layout.journal.unlink(missing_ok=True)

    def finish(self) -> None:
        """Removes the folders that are empty now. After the lock is free: its file lies in one of them."""
        for folder in sorted(map(Path, self.record.folders), key=lambda each: len(each.parts), reverse=True):
            self._folder(folder)

    def _link(self, path: Path) -> None:
        if self.record.owns_link(path):
            self._do(path.unlink, path)
        elif path.exists() or path.is_symlink():
            self.left.append(path)

    def _file(self, path: Path) -> None:
        if self.record.owns(path):
            self._do(path.unlink, path)
        elif path.exists() or path.is_symlink():
            self.left.append(path)

    def _made(self, path: Path) -> None:
        if path.is_symlink() or path.is_file():
            self._do(path.unlink, path)
        else:
            self._tree(path)

    def _tree(self, path: Path) -> None:
        if path.is_symlink():
            self.left.append(path)
        elif path.exists():
            self._do(lambda: remove_tree(path), path)

    def _folder(self, path: Path) -> None:
        """Removes it if it is empty but for the byte code that Python made of our own modules in it."""
        cache = path / "__pycache__"
        if path.is_symlink() or not path.is_dir():
            return
        ours = {Path(each).stem for each in self.record.files if Path(each).parent == path}
        if cache.is_dir() and all(each.name.split(".")[0] in ours for each in cache.iterdir()):
            shutil.rmtree(cache, ignore_errors=True)
        with suppress(OSError):
            path.rmdir()
            return
        if self._private(path):
            known = {Path(each) for each in self.record.folders}
            self.left += [each for each in sorted(path.iterdir()) if each not in known and each not in self.left]

    def _private(self, path: Path) -> bool:
        """Whether the folder is of use to Cutaway alone; in others there may be anything."""
        adapters = (Path(each["folder"]) for each in self.record.editors)
        return any(path.is_relative_to(each) for each in (self.layout.home, *adapters))

    def _do(self, action: Callable[[], None], path: Path) -> None:
        try:
            action()
        except OSError as error:
            self.failed.append(f"{error.filename or path}: {error.strerror or error}")


def open_jobs(folder: Path) -> list[Path]:
    """The journal's files whose paid job may still bring a result: those are left, with all beside them."""
    return [path for path in sorted(folder.glob("*.jsonl")) if _state(path) not in ENDED]


def _state(path: Path) -> str:
    """What the last whole line says."""
    for line in reversed(path.read_bytes().splitlines()):
        with suppress(ValueError, AttributeError):
            return str(json.loads(line).get("state"))
    return ""
