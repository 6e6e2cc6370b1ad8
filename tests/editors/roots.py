"""Editors in folders of their own: how one is made, where it is found, and which versions the tests run on.

``CUTAWAY_TEST_EDITORS`` says the versions, "gimp-3.2,krita-5.3"; kinds that it does not name stay at the default.
``CUTAWAY_EDITORS`` says the folder.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import mirror

STAMP = ".cutaway-editor.json"
CHOICE = "CUTAWAY_TEST_EDITORS"
TOOLS = {
    "mmdebstrap": "mmdebstrap", "bwrap": "bubblewrap", "Xvfb": "xvfb", "xdotool": "xdotool", "openbox": "openbox",
    "import": "imagemagick",
}
LIMIT_S = 1200
VERSION_S = 60
UNNEEDED = (
    "/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*", "/usr/share/help/*",
    "/usr/share/gtk-doc/*",
)


@dataclass(frozen=True)
class Recipe:
    """``suite``: Debian's. ``programs``: the editor's names on a PATH, with windows first.

    ``further``: another suite beside it, out of which come only the packages written ``name/suite`` and what they need.
    """

    suite: str
    packages: tuple[str, ...]
    programs: tuple[str, str]
    further: tuple[str, ...] = ()

    @property
    def package(self) -> str:
        """The editor's own package, whose version is the editor's."""
        return self.packages[0].split("/")[0]


_GIMP3 = ("gimp", "python3-gi", "gir1.2-gimp-3.0", "gir1.2-gtk-3.0", "gir1.2-gegl-0.4", "fonts-dejavu-core")
# PyQt is only recommended by Debian's krita, and without it every Python plug-in is silently off.
_KRITA5 = ("krita", "python3-pyqt5", "python3-pyqt5.sip", "dbus-x11", "libgl1-mesa-dri", "fonts-dejavu-core")


RECIPES = {
    # Debian's GIMP 2.10 has no Python-Fu; the plug-in brings its own.
    "gimp-2.10": Recipe(
        "bookworm", ("gimp", "python3", "librsvg2-common", "fonts-dejavu-core"), ("gimp-2.10", "gimp-console-2.10")),
    "gimp-3.0": Recipe("trixie", _GIMP3, ("gimp-3", "gimp-console-3")),
    "gimp-3.2": Recipe("forky", _GIMP3, ("gimp-3", "gimp-console-3")),
    "krita-5.1": Recipe("bookworm", _KRITA5, ("krita", "kritarunner")),
    "krita-5.2": Recipe("trixie", _KRITA5, ("krita", "kritarunner")),
    "krita-5.3": Recipe("forky", _KRITA5, ("krita", "kritarunner")),
    # Qt 6 draws its icons by a plug-in that Debian's krita does not ask for.
    "krita-6.0": Recipe(
        "sid",
        ("krita/experimental", "python3-pyqt6", "python3-pyqt6.sip", "qt6-svg-plugins", "dbus-x11", "libgl1-mesa-dri",
         "fonts-dejavu-core"),
        ("krita", "kritarunner"), ("experimental",)),
    # No editor, but what the Python-Fu of GIMP 2.10 for Windows and macOS is; see python2.py.
    "python-2.7": Recipe("bullseye", ("python2.7", "libffi7", "libssl1.1"), ("python2.7", "python2.7")),
}

DEFAULTS = {"gimp2": "gimp-2.10", "gimp3": "gimp-3.0", "krita": "krita-5.1", "python2": "python-2.7"}
"""By kind, which is also the tests' marker: the version that they run on where nothing else is said."""

# What apt and mmdebstrap say of a suite or a package that the mirror does not have.
_GONE = re.compile(r"does not have a Release file|Release file.*404|Unable to locate package|has no installation "
                   r"candidate|Release '.*' for '.*' was not found|Version '.*' for '.*' was not found")


class GoneError(RuntimeError):
    """The mirror does not have that version of the editor, or not any more."""


@dataclass(frozen=True)
class Editor:
    """An editor that can be run. ``root``: the folder to run it in, None for the machine's own.

    ``version``: the editor's own, "3.2.6"; "" where it does not say.
    """

    name: str
    root: Path | None
    window: str
    console: str
    version: str = ""

    def at_least(self, *wanted: int) -> bool:
        """Whether it is that version or a later one: ``at_least(3, 2)``."""
        return tuple(int(part) for part in (self.version or "0").split(".")) >= wanted

    def versions(self) -> dict[str, str]:
        """Package versions as they were when the root was made."""
        if self.root is None:
            return {}
        return dict(json.loads((self.root / STAMP).read_text(encoding="utf-8"))["packages"])


def base() -> Path:
    """The folder of all editors."""
    said = os.environ.get("CUTAWAY_EDITORS", "")
    if said:
        return Path(said).expanduser().absolute()
    cache = os.environ.get("XDG_CACHE_HOME", "") or str(Path.home() / ".cache")
    return Path(cache) / "cutaway-editors"


def kind(name: str) -> str:
    """The kind that an editor is of: "gimp2", "gimp3" or "krita"."""
    program, version = name.split("-", 1)
    return program if program == "krita" else program + version[0]


def chosen(of_kind: str) -> str:
    """The name of the version that the tests of that kind run on. Raises ValueError where the choice is not clear."""
    said = [name.strip() for name in os.environ.get(CHOICE, "").split(",") if name.strip()]
    unknown = sorted(set(said) - set(RECIPES))
    if unknown:
        raise ValueError(f"{CHOICE} names {', '.join(unknown)}; there are {', '.join(RECIPES)}.")
    found = [name for name in said if kind(name) == of_kind]
    if len(found) > 1:
        raise ValueError(f"{CHOICE} names {' and '.join(found)}: one run tests one version of each editor.")
    return found[0] if found else DEFAULTS[of_kind]


def find(name: str) -> Editor | None:
    """The editor in its folder, else the one on the PATH where that is of this version, else None."""
    recipe = RECIPES[name]
    root = base() / name
    if (root / STAMP).is_file() and shutil.which("bwrap"):
        packages = json.loads((root / STAMP).read_text(encoding="utf-8"))["packages"]
        return Editor(name, root, *recipe.programs, upstream(packages[recipe.package]))
    if all(shutil.which(program) for program in recipe.programs):
        version = _said_version(recipe.programs[0])
        if is_of(name, version):
            return Editor(name, None, *recipe.programs, version)
    return None


def upstream(version: str) -> str:
    """The editor's own version out of Debian's: "1:5.2.9+dfsg-1" is "5.2.9"."""
    found = re.search(r"^(?:\d+:)?(\d+(?:\.\d+)*)", version)
    return found[1] if found else ""


def is_of(name: str, version: str) -> bool:
    """Whether a version is of the series that the editor's name says: 5.3.4 is of "krita-5.3"."""
    wanted = name.split("-", 1)[1].split(".")
    return version.split(".")[:len(wanted)] == wanted


def _said_version(program: str) -> str:
    """What a program on the PATH says of its own version."""
    quiet = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    try:
        done = subprocess.run(
            [program, "--version"], env=quiet, stdin=subprocess.DEVNULL, capture_output=True, text=True,
            timeout=VERSION_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"\d+\.\d+(\.\d+)*", done.stdout or done.stderr)
    return found[0] if found else ""


def install(name: str) -> Editor:
    """Makes the editor's folder where it is missing.

    Raises GoneError where the mirror has no such version, RuntimeError with what to do where else it is impossible.
    """
    recipe = RECIPES[name]
    _install_tools()
    base().mkdir(parents=True, exist_ok=True)
    root = base() / name
    with _alone(base() / f".{name}.lock"):
        if not (root / STAMP).is_file():
            fresh = base() / f".{name}.new"
            _remove(fresh)
            try:
                _bootstrap(name, recipe, fresh)
                packages = packages_in(fresh)
                version = upstream(packages[recipe.package])
                if not is_of(name, version):
                    raise GoneError(f"The mirror has no {name} any more: its {recipe.package} is {version}.")
                stamp = {"suite": recipe.suite, "packages": packages}
                (fresh / STAMP).write_text(json.dumps(stamp, indent=1, sort_keys=True), encoding="utf-8")
                _remove(root)
                fresh.rename(root)
            finally:
                _remove(fresh)
    found = find(name)
    if found is None:
        raise RuntimeError(f"{name} is made in {root}, but bwrap is missing to run it: install bubblewrap.")
    return found


def packages_in(root: Path) -> dict[str, str]:
    """Installed packages and their versions, read from dpkg's own status file."""
    found = {}
    for stanza in (root / "var/lib/dpkg/status").read_text(encoding="utf-8").split("\n\n"):
        fields = dict(line.split(": ", 1) for line in stanza.splitlines() if ": " in line and not line[0].isspace())
        if fields.get("Status") == "install ok installed":
            found[fields["Package"]] = fields["Version"]
    return found


def bootstrap_command(recipe: Recipe, target: Path, address: str, tool: str) -> list[str]:
    """The command line that fills ``target``."""
    include = "--include=" + ",".join(recipe.packages)
    if tool == "debootstrap":
        return ["debootstrap", "--variant=minbase", include, recipe.suite, str(target), address]
    options = ["--aptopt=Acquire::Check-Valid-Until \"false\"", "--aptopt=Acquire::Check-Date \"false\"",
               "--aptopt=APT::Install-Recommends \"false\""]
    options += [f"--dpkgopt=path-exclude={pattern}" for pattern in UNNEEDED]
    sources = [address]
    if recipe.further:
        sources = [f"deb {address} {suite} main" for suite in (recipe.suite, *recipe.further)]
    return ["mmdebstrap", "--variant=apt", *options, include, recipe.suite, str(target), *sources]


def _bootstrap(name: str, recipe: Recipe, target: Path) -> None:
    tools = ("mmdebstrap",) if recipe.further else ("mmdebstrap", "debootstrap")  # which takes one suite only
    tool = next((each for each in tools if shutil.which(each)), None)
    if tool is None:
        raise RuntimeError(f"{' and '.join(tools)} {'is' if len(tools) == 1 else 'are'} missing: install mmdebstrap.")
    done = subprocess.run(
        bootstrap_command(recipe, target, mirror.debian(), tool), capture_output=True, text=True, timeout=LIMIT_S,
        check=False)
    if done.returncode:
        said = done.stdout + done.stderr
        gone = _GONE.search(said)
        if gone:
            raise GoneError(f"The mirror has no {name}: {gone[0]} ({', '.join((recipe.suite, *recipe.further))}).")
        raise RuntimeError(f"{tool} failed with {done.returncode}:\n{said[-3000:]}")


def _install_tools() -> None:
    missing = [package for tool, package in TOOLS.items() if not shutil.which(tool)]
    if not missing or os.getuid() != 0 or not shutil.which("apt-get"):
        return
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    for command in (["update"], ["install", "-y", "--no-install-recommends", *missing]):
        done = subprocess.run(
            ["apt-get", "-q", *command], env=quiet, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        if done.returncode:
            raise RuntimeError(f"apt-get {command[0]} failed:\n{(done.stdout + done.stderr)[-2000:]}")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    with path.open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _remove(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
