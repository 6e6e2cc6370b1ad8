"""Which files an adapter consists of: what is copied from the checkout into an editor's folder, under which names."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from installers.errors import InstallError

HOME_FILE = "cutaway-home.json"
BRIDGE = "cutaway_bridge"
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
    source = checkout / "plugin" / kind
    parts = [
        Part(path.name, path.read_bytes(), PROGRAM_MODE if path.name == "cutaway.py" else FILE_MODE)
        for path in sorted(source.glob("*.py"))
    ]
    if not any(part.name == "cutaway.py" for part in parts):
        raise InstallError(
            f"The adapter's program {source / 'cutaway.py'} is missing.",
            "Fetch the whole repository again, or run with --no-editors.")
    bridge = checkout / "plugin" / "bridge"
    parts += [
        Part(f"{BRIDGE}/{path.name}", path.read_bytes())
        for path in sorted(bridge.iterdir()) if path.suffix in (".py", ".json")
    ]
    parts.append(Part(HOME_FILE, (json.dumps({"home": str(home)}) + "\n").encode("ascii")))
    return parts


def inside(folder: Path, name: str) -> Path:
    """``folder / name``. Raises InstallError where that would leave the folder."""
    relative = PurePosixPath(name)
    bad = relative.is_absolute() or ".." in relative.parts or not relative.parts or "\\" in name or ":" in name
    if bad:
        raise InstallError(f"The file name {name!r} leaves the folder {folder}.", "This is a defect; please report it.")
    return folder.joinpath(*relative.parts)
