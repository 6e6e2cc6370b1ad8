"""Where everything that belongs to this installation lives."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs


@dataclass(frozen=True)
class Home:
    """The folder of one installation. Nothing is created by looking at it."""

    path: Path

    @classmethod
    def find(cls) -> Home:
        """``CUTAWAY_HOME`` where it is set, else the platform's folder for an application's data."""
        said = os.environ.get("CUTAWAY_HOME", "")
        if said:
            return cls(Path(said).expanduser().absolute())
        return cls(Path(platformdirs.user_data_dir("cutaway", appauthor=False)))

    @property
    def models(self) -> Path:
        return self.path / "models"

    @property
    def environment(self) -> Path:
        return self.path / "env"

    @property
    def journal(self) -> Path:
        return self.path / "journal"

    @property
    def run(self) -> Path:
        """Lock, log, token and job folders of the worker (0700)."""
        return self.path / "run"

    @property
    def record(self) -> Path:
        """What the installer wrote down: see installers/record.py."""
        return self.path / "installed.json"
