"""The way to a Python environment: made under another name beside the one in use, proved, then put in its place.

The settings that the user has for pip (its files, ``PIP_INDEX_URL``, ``PIP_PROXY``, ``PIP_CONSTRAINT``) hold: it is
the environment's own pip that runs, in the user's environment. Only those that would put the packages elsewhere are
taken out.
"""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from installers.errors import InstallError
from installers.layout import Layout
from installers.run import Finished, Runner

CREATE_S = 300.0
INSTALL_S = 3600.0
PROBE_S = 120.0

ELSEWHERE = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_PYTHON", "PIP_DRY_RUN", "PIP_REQUIREMENT",
             "PIP_EDITABLE", "PIP_IGNORE_INSTALLED", "PIP_NO_DEPS", "PIP_REPORT", "PIP_QUIET", "PIP_LOG")
OPTIONS = ("--no-user", "--no-input", "--disable-pip-version-check", "--no-color", "--progress-bar", "off")

# What the package is built from; everything else in a checkout does not change the environment.
PRODUCT = ("pyproject.toml", "README.md", "LICENSE", "core", "plugin")
LEFT_OUT = ("__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache")

PROBE = """
import importlib.metadata, json
import cutaway, cutaway_bridge, cutaway_cli, cutaway_files, cv2, numpy
from cutaway.engines._runtime import library
from cutaway.worker import protocol
library()
print(json.dumps({"version": importlib.metadata.version("cutaway"), "protocol": protocol.PROTOCOL}))
"""


def product_files(checkout: Path) -> Iterator[Path]:
    """The files that the package is built from, in a steady order."""
    for name in PRODUCT:
        top = checkout / name
        if top.is_file():
            yield top
        for path in sorted(top.rglob("*")) if top.is_dir() else ():
            left_out = path.suffix == ".pyc" or not set(LEFT_OUT).isdisjoint(path.parts[len(checkout.parts):])
            if path.is_file() and not left_out and ".egg-info" not in str(path):
                yield path


def fingerprint(checkout: Path) -> str:
    """Changes when the program's files or the interpreter do: then the environment must be made anew."""
    digest = hashlib.sha256(f"{sys.version}\n{sys.base_prefix}\n{sys.platform}\n".encode("utf-8", "surrogateescape"))
    for path in product_files(checkout):
        digest.update(path.relative_to(checkout).as_posix().encode("utf-8", "surrogateescape") + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def pip_environ(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if name.upper() not in ELSEWHERE}


def create(runner: Runner, environ: Mapping[str, str], layout: Layout, folder: Path) -> None:
    """Makes an empty environment with pip in it.

    Where this Python has no ``ensurepip`` (Debian's without python3-venv), pip is put in by the pip of this Python.
    """
    first = runner([sys.executable, "-I", "-m", "venv", folder], environ=environ, timeout=CREATE_S)
    python = layout.python_in(folder)
    if first.code == 0 and runner([python, "-I", "-m", "pip", "--version"], environ=environ, timeout=PROBE_S).code == 0:
        return
    shutil.rmtree(folder, ignore_errors=True)
    second = runner([sys.executable, "-I", "-m", "venv", "--without-pip", folder], environ=environ, timeout=CREATE_S)
    if second.code == 0:
        command: list[str | Path] = [
            sys.executable, "-I", "-m", "pip", "--python", python, "install", *OPTIONS, "pip"]
        second = runner(command, environ=pip_environ(environ), timeout=INSTALL_S)
    if second.code != 0:
        raise InstallError(
            "This Python can make no environment: neither its module venv with ensurepip nor a pip of version 22.3 "
            "or newer works.",
            "On Debian and Ubuntu: sudo apt install python3-venv. Then run this again.",
            "\n".join(each for each in (first.tail, second.tail) if each))


def install(
    runner: Runner, environ: Mapping[str, str], layout: Layout, folder: Path, checkout: Path, say: Callable[[str], None]
) -> None:
    """Installs the checkout and what it needs into the environment ``folder``.

    From a copy: setuptools builds in the source's own folder, and leavings of an earlier build there would get in.
    """
    with tempfile.TemporaryDirectory(prefix="cutaway-build-") as scratch:
        source = Path(scratch) / "cutaway"
        for path in product_files(checkout):
            target = source / path.relative_to(checkout)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
        command: list[str | Path] = [layout.python_in(folder), "-I", "-m", "pip", "install", *OPTIONS, source]
        ended = runner(command, environ=pip_environ(environ), timeout=INSTALL_S, on_line=_progress(say))
    if ended.code != 0:
        raise InstallError(
            f"pip could not install Cutaway and what it needs (exit code {ended.code}).", _pip_hint(ended), ended.tail)


def probe(runner: Runner, environ: Mapping[str, str], python: Path) -> tuple[str, int]:
    """Version and protocol of the program in the environment. Raises InstallError where it cannot be used."""
    ended = runner([python, "-I", "-B", "-c", PROBE], environ=environ, timeout=PROBE_S)
    if ended.code == 0:
        with suppress(ValueError, KeyError, IndexError):
            said = json.loads(ended.tail.splitlines()[-1])
            return str(said["version"]), int(said["protocol"])
    raise InstallError(
        "The environment was made but does not work.",
        "The lines above say what is missing. On Linux it is often a system library.", ended.tail)


def relocate(layout: Layout, folder: Path, final: Path) -> None:
    """Makes the scripts in ``folder`` name the place that the environment will have.

    Python itself finds its environment from where it lies; only the scripts that pip and venv wrote hold the path.
    Windows' launchers (.exe) cannot be rewritten: they go, everything is run as ``python -m``.
    """
    old, new = str(folder).encode("utf-8", "surrogateescape"), str(final).encode("utf-8", "surrogateescape")
    for path in [*layout.python_in(folder).parent.iterdir(), folder / "pyvenv.cfg"]:
        if path.is_symlink() or not path.is_file():
            continue
        if path.suffix == ".exe" and not path.name.startswith("python"):
            path.unlink()
            continue
        content = path.read_bytes()
        if old in content and b"\0" not in content:
            path.write_bytes(content.replace(old, new))


def _progress(say: Callable[[str], None]) -> Callable[[str], None]:
    """One short line for each package that takes a while to download; nothing else of what pip says."""

    def hear(line: str) -> None:
        match = re.match(r"\s*Downloading (?:\S*/)?([A-Za-z0-9_.]+)-\d\S*\s*\((.* [MG]B)\)", line)
        if match:
            say(f"downloading {match[1]} ({match[2]})")

    return hear


def _pip_hint(ended: Finished) -> str:
    if "No space left" in ended.tail:
        return "Free about 1 GB of disk space, also where temporary files go (TMPDIR), then run this again."
    if re.search(r"Could not find a version|No matching distribution", ended.tail):
        return ("pip found no fitting package. Is this computer online, and is this Python one that onnxruntime has "
                "packages for (64 bit, one of the last few versions)? Then run this again.")
    return "The lines above are pip's own. Correct what they name (network, proxy, index), then run this again."
