"""Folders right in /tmp: a socket's path has at most 100 bytes."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def short_path() -> Iterator[Path]:
    """A folder that is deleted at the end."""
    folder = Path(tempfile.mkdtemp(prefix="cutaway-", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
