"""An installation for tests: a home folder with the installer's record, and nothing else in it."""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cutaway.worker import protocol

VERSION = "0.1.0"


@dataclass(frozen=True)
class Outcome:
    """What a call of the command gave."""

    code: int
    out: str
    err: str


def permissions_bind() -> bool:
    """Whether this user can be kept from a file at all: root usually cannot."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o500)
        try:
            (Path(folder) / "x").touch()
        except PermissionError:
            return True
        return False


def make_home(folder: Path, python: str = sys.executable, version: str = VERSION) -> Path:
    """Makes ``folder`` the home of an installation whose environment is ``python``'s."""
    folder.mkdir(mode=0o700, exist_ok=True)
    (folder / "run").mkdir(mode=0o700, exist_ok=True)
    record = {"python": python, "version": version, "protocol": protocol.PROTOCOL}
    (folder / "installed.json").write_text(json.dumps(record), encoding="utf-8")
    return folder
