"""Which editors are here, and where each keeps its plug-ins.

GIMP 3 keeps one folder per version (3.0, 3.2): its *profile*. It is found in the places named in :func:`bases`, the
same for a distribution's package, an AppImage and a Flatpak; a Snap has its own home folder. ``GIMP3_DIRECTORY``
replaces them all, as it does for GIMP itself. An installed GIMP that has never been started has no profile yet: it is
asked for its version. GIMP 2.10 does the same with a folder named 2.10 and ``GIMP2_DIRECTORY``; its Flatpak keeps that
folder in its own home where ~/.config/GIMP/2.10 is not there.

To add an editor: a function that yields :class:`Editor`, named in :func:`find`, and its files in ``adapters.py``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

PROFILE = re.compile(r"3\.\d{1,2}$")
GIMP2 = "2.10"
PROGRAM = re.compile(r"gimp(?:-console)?(?:-2\.10|-3(?:\.\d{1,2})?)?(?:\.exe)?$", re.IGNORECASE)
SAID_VERSION = re.compile(r"version (\d+)\.(\d+)")


@dataclass(frozen=True)
class Editor:
    """``kind``: which adapter it takes. ``profile``: the folder that holds its plug-ins folder.

    ``starter``: where the profile is not there yet, the program that makes it at its first start without a window.
    ``settings``: the editor's own settings file, where a plug-in has to be switched on in it.
    """

    kind: str
    name: str
    profile: Path
    starter: Path | None = None
    settings: Path | None = None

    @property
    def folder(self) -> Path:
        """The adapter's own folder. GIMP 3 wants the program ``NAME/NAME.py``."""
        return self.profile / ("pykrita" if self.kind == "krita" else "plug-ins") / "cutaway"

    @property
    def base(self) -> Path:
        """What the names of the adapter's files are relative to: Krita's has some beside its own folder."""
        return self.profile if self.kind == "krita" else self.folder


@dataclass(frozen=True)
class Computer:
    """What the search may ask. ``platform`` as ``sys.platform``; ``user``: the home folder; ``version``: what a program
    prints when asked for its version, empty where it says nothing.
    """

    platform: str
    environ: Mapping[str, str]
    user: Path
    version: Callable[[Path], str]


def find(computer: Computer) -> list[Editor]:
    """Every supported editor, each profile once, in a steady order."""
    found: dict[Path, Editor] = {}
    installed = list(_installed(computer))
    for editor in (*_gimp3(computer, installed), *_gimp2(computer, installed)):
        found.setdefault(editor.profile, editor)
    return list(found.values())


def bases(computer: Computer) -> list[Path]:
    """The folders that hold GIMP's profiles, the main one first."""
    user, environ = computer.user, computer.environ
    if computer.platform == "win32":
        said = environ.get("APPDATA", "")
        return [(Path(said) if said else user / "AppData" / "Roaming") / "GIMP"]
    if computer.platform == "darwin":
        return [user / "Library" / "Application Support" / "GIMP"]
    said = environ.get("XDG_CONFIG_HOME", "")
    # A Flatpak's and an AppImage's GIMP use ~/.config even where the session says otherwise.
    places = [Path(said)] if said.startswith("/") else []
    places += [user / ".config", user / "snap" / "gimp" / "current" / ".config"]
    return [each / "GIMP" for each in dict.fromkeys(places)]


def _gimp3(computer: Computer, installed: list[tuple[str, Path]]) -> Iterator[Editor]:
    said = computer.environ.get("GIMP3_DIRECTORY", "")
    if said:
        # GIMP takes a relative path from the home folder.
        yield Editor("gimp3", f"GIMP 3 ({said})", computer.user / said)
        return
    for base in bases(computer):
        for profile in sorted(_listed(base)):
            if PROFILE.fullmatch(profile.name) and profile.is_dir():
                yield Editor("gimp3", f"GIMP {profile.name}{_snap(computer, base)}", profile)
    yield from _never_started("gimp3", computer, installed)


def _gimp2(computer: Computer, installed: list[tuple[str, Path]]) -> Iterator[Editor]:
    said = computer.environ.get("GIMP2_DIRECTORY", "")
    if said:
        yield Editor("gimp2", f"GIMP {GIMP2} ({said})", computer.user / said)
        return
    for base in bases(computer):
        if (base / GIMP2).is_dir():
            yield Editor("gimp2", f"GIMP {GIMP2}{_snap(computer, base)}", base / GIMP2)
    if computer.platform not in ("win32", "darwin"):
        flatpak = computer.user / ".var" / "app" / "org.gimp.GIMP" / "config" / "GIMP" / GIMP2
        if flatpak.is_dir():
            yield Editor("gimp2", f"GIMP {GIMP2} (Flatpak)", flatpak)
    yield from _never_started("gimp2", computer, installed)


def _snap(computer: Computer, base: Path) -> str:
    return " (Snap)" if base.is_relative_to(computer.user / "snap") else ""


def _never_started(kind: str, computer: Computer, installed: list[tuple[str, Path]]) -> Iterator[Editor]:
    """Those installed on this computer; where one has its profile already, that one counts."""
    for version, program in installed:
        if (kind == "gimp2") == (version == GIMP2):
            starter = program if "console" in program.name else None
            yield Editor(kind, f"GIMP {version}", bases(computer)[0] / version, starter)


def _installed(computer: Computer) -> Iterator[tuple[str, Path]]:
    """Profile name ("2.10", "3.0") and program of each GIMP on this computer that there is an adapter for."""
    seen: set[Path] = set()
    for program in _programs(computer):
        real = program.resolve()
        if real in seen:
            continue
        seen.add(real)
        match = SAID_VERSION.search(computer.version(program))
        if match and (match[1] == "3" or match[0].endswith(f" {GIMP2}")):
            yield f"{match[1]}.{match[2]}", program


def _programs(computer: Computer) -> Iterator[Path]:
    for folder in _program_folders(computer):
        names = sorted(each for each in _listed(folder) if PROGRAM.fullmatch(each.name))
        # The console's program starts without a display, and answers sooner.
        yield from sorted(names, key=lambda each: "console" not in each.name)


def _program_folders(computer: Computer) -> list[Path]:
    environ = computer.environ
    if computer.platform == "win32":
        roots = [Path(environ[name]) for name in ("ProgramFiles", "ProgramW6432") if environ.get(name)]
        if environ.get("LOCALAPPDATA"):
            roots.append(Path(environ["LOCALAPPDATA"]) / "Programs")
        return [root / name / "bin" for root in dict.fromkeys(roots) for name in ("GIMP 3", "GIMP 2")]
    folders = [Path(each) for each in environ.get("PATH", "").split(":") if each.startswith("/")]
    if computer.platform == "darwin":
        applications = [Path("/Applications"), computer.user / "Applications"]
        names = ("GIMP.app", f"GIMP-{GIMP2}.app")
        folders += [each / name / "Contents" / "MacOS" for each in applications for name in names]
    return list(dict.fromkeys(folders))


def _listed(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []
