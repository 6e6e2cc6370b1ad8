"""Copying with a known end."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import IO, Final

from cutaway.errors import ModelError
from cutaway.job import Job

BLOCK: Final = 1 << 20


def copy_exactly(source: IO[bytes], target: IO[bytes], size: int, job: Job) -> None:
    """Copies ``size`` bytes. Raises EOFError where the source has fewer or more, and Cancelled."""
    left = size
    while left:
        job.check()
        block = source.read(min(BLOCK, left))
        if not block:
            raise EOFError(f"{left} of {size} bytes are missing")
        target.write(block)
        left -= len(block)
    if source.read(1):
        raise EOFError(f"there are more than {size} bytes")


def sha256(path: Path, job: Job) -> str:
    """Of a file's content, as hexadecimal digits; reports the stage "verifying". Raises OSError and Cancelled."""
    digest = hashlib.sha256()
    size = max(1, path.stat().st_size)
    done = 0
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
            done += len(block)
            job.progress("verifying", done / size)
    return digest.hexdigest()


def copy_of(given: Path, part: Path, size: int, wanted: str, job: Job) -> None:
    """Copies what has the SHA-256 ``wanted``. Raises ModelError where that changed, OSError and Cancelled."""
    try:
        with given.open("rb") as source, part.open("wb") as out:
            copy_exactly(source, out, size, job)
        same = sha256(part, job) == wanted
    except EOFError:
        same = False
    if not same:
        raise ModelError(f"{given.name} changed while it was read.", "Try again.")
