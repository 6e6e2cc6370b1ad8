"""Which folder the installation lives in. The same answer as ``cutaway.home`` gives, without platformdirs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "CUTAWAY_HOME"


def default_home(platform: str, environ: Mapping[str, str], user: Path) -> Path:
    """The platform's folder for an application's data: what ``platformdirs.user_data_dir("cutaway")`` says.

    ``platform`` is ``sys.platform``, ``user`` the user's home folder.
    """
    if platform == "win32":
        local = environ.get("LOCALAPPDATA", "")
        return (Path(local) if local else user / "AppData" / "Local") / "cutaway"
    said = environ.get("XDG_DATA_HOME", "")
    if said.startswith("/"):
        return Path(said) / "cutaway"
    if platform == "darwin":
        return user / "Library" / "Application Support" / "cutaway"
    return user / ".local" / "share" / "cutaway"


def find_home(platform: str, environ: Mapping[str, str], user: Path) -> Path:
    """``CUTAWAY_HOME`` where it is set, else the default; absolute, and without ``.`` and ``..``."""
    said = environ.get(VARIABLE, "")
    if not said:
        return default_home(platform, environ, user)
    return Path(os.path.normpath(Path(said).expanduser().absolute()))
