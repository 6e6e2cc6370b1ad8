"""Which files an adapter consists of: what is copied from the checkout into an editor's folder, under which names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from installers.errors import InstallError

HOME_FILE = "cutaway-home.json"
BRIDGE = "cutaway_bridge"
KRITA = "pykrita/cutaway"
KRITA_BATCH = "cutaway_batch.py"
SUFFIXES = (".py", ".scm")  # the scripts in examples are found beside the plug-in
PROGRAM_MODE = 0o755
FILE_MODE = 0o644


@dataclass(frozen=True)
class Part:
    """One file of an adapter. ``name`` is relative to the adapter's folder, with ``/``."""

    name: str
    content: bytes
    mode: int = FILE_MODE


def adapter(kind: str, checkout: Path, home: Path) -> list[Part]:
    """The files of the adapter ``plugin/<kind>``, with its own copy of the bridge and the way to the home folder."""
    if kind == "krita":
        return [*krita(checkout), Part(f"{KRITA}/{HOME_FILE}", _home_file(home))]
    source = checkout / "plugin" / kind
    parts = [
        Part(path.relative_to(source).as_posix(), path.read_bytes(),
             PROGRAM_MODE if path.name == "cutaway.py" else FILE_MODE)
        for path in sorted(source.rglob("*")) if path.suffix in SUFFIXES
    ]
    if not any(part.name == "cutaway.py" for part in parts):
        raise InstallError(
            f"The adapter's program {source / 'cutaway.py'} is missing.",
            "Fetch the whole repository again, or run with --no-editors.")
    parts += _bridge(checkout)
    parts.append(Part(HOME_FILE, _home_file(home)))
    return parts


def krita(checkout: Path) -> list[Part]:
    """The files of Krita's plug-in, relative to Krita's resource folder, but for the way to the home folder."""
    source = checkout / "plugin" / "krita"
    if not (source / "__init__.py").is_file():
        raise InstallError(
            f"The adapter's program {source / '__init__.py'} is missing.",
            "Fetch the whole repository again, or run with --no-editors.")
    parts = [
        Part("actions/cutaway.action", (source / "cutaway.action").read_bytes()),
        Part("pykrita/cutaway.desktop", (source / "cutaway.desktop").read_bytes()),
        Part(f"pykrita/{KRITA_BATCH}", (source / KRITA_BATCH).read_bytes()),
    ]
    parts += [
        Part(f"{KRITA}/{path.name}", path.read_bytes())
        for path in sorted(source.iterdir()) if path.suffix in (".py", ".html") and path.name != KRITA_BATCH
    ]
    return parts + [Part(f"{KRITA}/{part.name}", part.content) for part in _bridge(checkout)]


def _bridge(checkout: Path) -> list[Part]:
    bridge = checkout / "plugin" / "bridge"
    return [
        Part(f"{BRIDGE}/{path.name}", path.read_bytes())
        for path in sorted(bridge.iterdir()) if path.suffix in (".py", ".json")
    ]


def _home_file(home: Path) -> bytes:
    return (json.dumps({"home": str(home)}) + "\n").encode("ascii")


def inside(folder: Path, name: str) -> Path:
    """``folder / name``. Raises InstallError where that would leave the folder."""
    relative = PurePosixPath(name)
    bad = relative.is_absolute() or ".." in relative.parts or not relative.parts or "\\" in name or ":" in name
    if bad:
        raise InstallError(f"The file name {name!r} leaves the folder {folder}.", "This is a defect; please report it.")
    return folder.joinpath(*relative.parts)
