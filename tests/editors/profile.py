"""A profile of GIMP 3 for tests: settings for unattended windows, and the adapter as the installer lays it out."""

from __future__ import annotations

from pathlib import Path

from installers import adapters

from .sandbox import CHECKOUT

# The console program knows none of these, and drops the whole file for one that it does not know.
FOR_WINDOWS = """(config-version "{version}")
(show-welcome-dialog no)
(check-updates no)
(save-document-history no)
(color-profile-policy keep)
"""


def make(folder: Path) -> Path:
    """An empty profile."""
    (folder / "plug-ins").mkdir(parents=True)
    return folder


def for_windows(folder: Path, version: str) -> None:
    """Settings for a GIMP with windows that nobody sits before: no welcome, no look for updates."""
    (folder / "gimprc").write_text(FOR_WINDOWS.format(version=version), encoding="utf-8")


def install_adapter(profile: Path, home: Path) -> Path:
    """Lays the adapter out in the profile as the installer does; ``home`` is written beside it. Returns its folder."""
    target = profile / "plug-ins" / "cutaway"
    for part in adapters.adapter("gimp3", CHECKOUT, home):
        path = adapters.inside(target, part.name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(part.content)
        path.chmod(part.mode)
    return target
