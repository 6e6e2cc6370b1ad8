"""Editors in folders of their own: how one is made, and where it is found."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from . import mirror

STAMP = ".cutaway-editor.json"
TOOLS = {
    "mmdebstrap": "mmdebstrap", "bwrap": "bubblewrap", "Xvfb": "xvfb", "xdotool": "xdotool", "openbox": "openbox",
    "import": "imagemagick",
}
LIMIT_S = 1200
UNNEEDED = (
    "/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/info/*", "/usr/share/help/*",
    "/usr/share/gtk-doc/*",
)


@dataclass(frozen=True)
class Recipe:
    """``suite``: Debian's. ``programs``: the editor's names on a PATH, with windows first."""

    suite: str
    packages: tuple[str, ...]
    programs: tuple[str, str]


RECIPES = {
    # Debian's GIMP 2.10 has no Python-Fu; the plug-in brings its own.
    "gimp-2.10": Recipe(
        "bookworm", ("gimp", "python3", "librsvg2-common", "fonts-dejavu-core"), ("gimp-2.10", "gimp-console-2.10")),
    "gimp-3.0": Recipe(
        "trixie",
        ("gimp", "python3-gi", "gir1.2-gimp-3.0", "gir1.2-gtk-3.0", "gir1.2-gegl-0.4", "fonts-dejavu-core"),
        ("gimp-3", "gimp-console-3")),
    # PyQt is only recommended by Debian's krita, and without it every Python plug-in is silently off.
    "krita-5.1": Recipe(
        "bookworm",
        ("krita", "python3-pyqt5", "python3-pyqt5.sip", "dbus-x11", "libgl1-mesa-dri", "fonts-dejavu-core"),
        ("krita", "kritarunner")),
}


@dataclass(frozen=True)
class Editor:
    """An editor that can be run. ``root``: the folder to run it in, None for the machine's own."""

    name: str
    root: Path | None
    window: str
    console: str

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


def find(name: str) -> Editor | None:
    """The editor in its folder, else the one on the PATH, else None."""
    recipe = RECIPES[name]
    root = base() / name
    if (root / STAMP).is_file() and shutil.which("bwrap"):
        return Editor(name, root, *recipe.programs)
    if all(shutil.which(program) for program in recipe.programs):
        return Editor(name, None, *recipe.programs)
    return None


def install(name: str) -> Editor:
    """Makes the editor's folder where it is missing. Raises RuntimeError with what to do where that is impossible."""
    recipe = RECIPES[name]
    _install_tools()
    base().mkdir(parents=True, exist_ok=True)
    root = base() / name
    with _alone(base() / f".{name}.lock"):
        if not (root / STAMP).is_file():
            fresh = base() / f".{name}.new"
            _remove(fresh)
            try:
                _bootstrap(recipe, fresh)
                stamp = {"suite": recipe.suite, "packages": packages_in(fresh)}
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
    return ["mmdebstrap", "--variant=apt", *options, include, recipe.suite, str(target), address]


def _bootstrap(recipe: Recipe, target: Path) -> None:
    tool = next((name for name in ("mmdebstrap", "debootstrap") if shutil.which(name)), None)
    if tool is None:
        raise RuntimeError("Neither mmdebstrap nor debootstrap is here: install one of them.")
    done = subprocess.run(
        bootstrap_command(recipe, target, mirror.debian(), tool), capture_output=True, text=True, timeout=LIMIT_S,
        check=False)
    if done.returncode:
        raise RuntimeError(f"{tool} failed with {done.returncode}:\n{(done.stdout + done.stderr)[-3000:]}")


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
