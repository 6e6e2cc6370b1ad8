"""The kinds of steps that a plan consists of: each is data, says in words what it does, and does it on a :class:`Site`.

Here are those that only handle files; those that run programs are in ``program_steps.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from installers import record
from installers.errors import InTheWay
from installers.site import Site


class Step(Protocol):
    """One step. ``describe`` is one line in the imperative; ``obstacle`` says beforehand why it cannot be done."""

    def describe(self) -> str: ...

    def obstacle(self, site: Site) -> str: ...

    def apply(self, site: Site) -> None: ...


class Free:
    """A step that nothing can be in the way of."""

    def obstacle(self, site: Site) -> str:
        return ""


@dataclass(frozen=True)
class WriteFile:
    path: Path
    content: bytes = field(repr=False)
    mode: int = 0o644

    def describe(self) -> str:
        return f"Write {self.path}"

    def obstacle(self, site: Site) -> str:
        return site.obstacle(self.path, self.content)

    def apply(self, site: Site) -> None:
        site.write(self.path, self.content, self.mode)


@dataclass(frozen=True)
class WriteAdapter:
    """All files of one adapter, in a folder of its own. ``parts``: (path, content, mode)."""

    name: str
    profile: Path
    folder: Path
    parts: tuple[tuple[Path, bytes, int], ...] = field(repr=False)
    kind: str = "gimp3"

    def describe(self) -> str:
        return f"Install the plug-in for {self.name}: {self.folder} ({len(self.parts)} files)"

    def obstacle(self, site: Site) -> str:
        for folder in {self.folder, *(path.parent for path, _, _ in self.parts)}:
            if folder.is_symlink():
                return f"{folder} is a link that Cutaway did not make"
        found = (site.obstacle(path, content) for path, content, _ in self.parts)
        return next((why for why in found if why), "")

    def apply(self, site: Site) -> None:
        why = self.obstacle(site)
        if why:
            raise InTheWay(f"{why}.", f"Move {self.folder} away, or run with --no-editors.")
        for path, content, mode in self.parts:
            site.write(path, content, mode)
        site.record.editors.append(self.entry())

    def entry(self) -> dict[str, str]:
        """What the record keeps of it."""
        return {"kind": self.kind, "name": self.name, "profile": str(self.profile), "folder": str(self.folder)}


@dataclass(frozen=True)
class MakeLink(Free):
    """The command in the user's own folder for programs. What is there already is left, and said."""

    path: Path
    target: Path
    on_path: bool

    def describe(self) -> str:
        return f"Link {self.path} to {self.target}"

    def apply(self, site: Site) -> None:
        try:
            site.link(self.path, self.target)
        except InTheWay as error:
            site.say(f"skipped: {error.message} The command is {self.target}")
            return
        if not self.on_path:
            site.say(f"{self.path.parent} is not on your PATH yet. Add it, or call {self.target}")


@dataclass(frozen=True)
class KeepRecord(Free):
    path: Path
    what: str = "what was installed"

    def describe(self) -> str:
        return f"Write down {self.what}, with hashes: {self.path}"

    def apply(self, site: Site) -> None:
        site.keep(self.path)
        record.write(site.record, self.path)


@dataclass(frozen=True)
class RemoveObsolete(Free):
    """Files of the earlier installation that this one no longer has."""

    paths: tuple[Path, ...]

    def describe(self) -> str:
        return f"Remove {len(self.paths)} files that this version no longer has"

    def apply(self, site: Site) -> None:
        for path in self.paths:
            site.remove(path)
