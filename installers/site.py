"""The place where an installation is made: the only code that changes the disk, and every change can be undone.

Nothing that was not written by an installation is ever changed. What is "ours" is what the earlier record, or the
journal of a run that was killed, says, with the same content; or a file that already has the content it would be given.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path

from installers.errors import InstallError, InTheWay
from installers.layout import Layout
from installers.record import Record, sha256
from installers.run import Runner


@dataclass
class Site:
    """``earlier``: what is there from before, ``record``: what will be there. ``undo`` takes back this run's changes,
    latest first; ``at_end`` is done once the installation has succeeded. ``say`` tells the user one line.
    """

    layout: Layout
    runner: Runner
    environ: dict[str, str]
    say: Callable[[str], None]
    earlier: Record
    record: Record
    undo: ExitStack
    at_end: list[Callable[[], None]] = field(default_factory=list)

    def make_folder(self, path: Path) -> None:
        """Makes the folder and those above it that are missing."""
        missing = [each for each in (path, *path.parents) if not each.exists()]
        for folder in reversed(missing):
            folder.mkdir()
            self.undo.callback(_remove_empty, folder)
            self.record.add_folder(folder)
        for folder in (path, *path.parents):
            if str(folder) in self.earlier.folders:
                self.record.add_folder(folder)

    def obstacle(self, path: Path, content: bytes) -> str:
        """Why ``path`` must not be written, or an empty text."""
        if path.is_symlink():
            return f"{path} is a link that Cutaway did not make"
        if not path.exists():
            return ""
        if not path.is_file():
            return f"{path} is not a file"
        if self.earlier.owns(path) or path.read_bytes() == content:
            return ""
        return f"{path} was not written by Cutaway, or was changed since"

    def write(self, path: Path, content: bytes, mode: int) -> None:
        """Puts a file there by a rename. Raises InTheWay where a foreign one is there."""
        why = self.obstacle(path, content)
        if why:
            raise InTheWay(f"{why}.", "Move it away or delete it, then run this again.")
        self.make_folder(path.parent)
        self.keep(path)
        replace(path, content, mode)
        self.record.files[str(path)] = sha256(content)

    def keep(self, path: Path) -> None:
        """From now on, undoing brings back what is at ``path`` now: a file's content, or nothing."""
        if path.is_file() and not path.is_symlink():
            content, mode = path.read_bytes(), stat.S_IMODE(path.stat().st_mode)
            self.undo.callback(replace, path, content, mode)
        else:
            self.undo.callback(path.unlink, missing_ok=True)

    def remove(self, path: Path) -> None:
        """Removes a file of the earlier installation; says so where it was changed and stays."""
        if not path.exists():
            return
        if not self.earlier.owns(path):
            self.say(f"{path} was changed and is left; this version does not use it.")
            return
        self.keep(path)
        path.unlink()

    def link(self, path: Path, target: Path) -> None:
        """A symbolic link, made or made anew. Raises InTheWay where something foreign is there."""
        there = path.is_symlink() and str(path.readlink()) == str(target)
        if not there:
            if path.is_symlink() or path.exists():
                if not self.earlier.owns_link(path):
                    raise InTheWay(f"{path} was not made by Cutaway.", "Move it away, or run with --no-link.")
                self.undo.callback(path.symlink_to, path.readlink())
                path.unlink()
            self.make_folder(path.parent)
            path.symlink_to(target)
            self.undo.callback(path.unlink, missing_ok=True)
        self.record.links[str(path)] = str(target)

    def call(self, command: list[str | Path], what: str, hint: str, *, timeout: float,
             on_line: Callable[[str], None] | None = None) -> str:
        """Runs a program; what it printed at its end. Raises InstallError with that where it fails."""
        environ = {**self.environ, "CUTAWAY_HOME": str(self.layout.home)}
        ended = self.runner(command, environ=environ, timeout=timeout, on_line=on_line)
        if ended.code != 0:
            raise InstallError(f"{what} (exit code {ended.code}).", hint, ended.tail)
        return ended.tail


def replace(path: Path, content: bytes, mode: int) -> None:
    """Writes beside and renames, so that no reader sees half a file. Makes no folder."""
    descriptor, name = tempfile.mkstemp(prefix=".cutaway-", dir=path.parent)
    beside = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        beside.chmod(mode)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def remove_tree(path: Path) -> None:
    """Removes a folder with all in it; nothing where there is none. A link is not followed."""
    if path.is_symlink():
        raise InTheWay(f"{path} is a link that Cutaway did not make.", "Move it away, then run this again.")
    if path.exists():
        shutil.rmtree(path)


def _remove_empty(folder: Path) -> None:
    for cache in folder.glob("__pycache__"):
        shutil.rmtree(cache, ignore_errors=True)
    with suppress(OSError):
        folder.rmdir()
