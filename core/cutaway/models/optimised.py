"""Networks as onnxruntime has optimised them, kept in ``<home>/optimised`` so that the next start need not do it again.

    <key>.onnx    the graph, made for one processor and one release of onnxruntime: the key holds both, and the file's
                  SHA-256 that it was made from
    <key>.json    its size, time and SHA-256 when it was written: another file in its place is not loaded

It can be deleted at any time. What it is worth: core/decisions/model-run.md.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cutaway.home import Home
from cutaway.job import Job
from cutaway.models import stream

FOLDER: Final = "optimised"
WORTH: Final = 32_000_000
"""Bytes. Smaller files are optimised faster than a second file is worth."""


class Optimised:
    """``worth``: the size from which a network's file is kept a second time."""

    def __init__(self, home: Home, worth: int = WORTH) -> None:
        self.folder = home.path / FOLDER
        self._worth = worth

    def find(self, sha256: str, version: str) -> Path | None:
        """The kept graph of that file for this processor, None where there is none or it is not what was written."""
        path = self._path(sha256, version)
        try:
            said = json.loads(path.with_suffix(".json").read_text("utf-8"))
            here = path.stat()
        except (OSError, ValueError):
            return None
        right = isinstance(said, dict) and (said.get("bytes"), said.get("mtime_ns")) == (here.st_size, here.st_mtime_ns)
        return path if right else None

    def keep(self, sha256: str, size: int, version: str, build: Callable[[Path], object]) -> Path | None:
        """Has ``build`` write the graph, and keeps it in the place of what older releases left.

        None where the file of ``size`` bytes is too small to be worth it, or the disk will not take it. What ``build``
        raises goes on, and leaves nothing.
        """
        if size < self._worth:
            return None
        path = self._path(sha256, version)
        fresh = path.with_name(f".{os.getpid()}-{path.name}")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            build(fresh)
            digest = stream.sha256(fresh, Job())
            fresh.replace(path)  # at once: another process may be about to load what was here
            self.clear(sha256, but=path)
            here = path.stat()
            said = {"bytes": here.st_size, "mtime_ns": here.st_mtime_ns, "sha256": digest}
            path.with_suffix(".json").write_text(json.dumps(said) + "\n", "utf-8")
        except OSError:
            return None
        finally:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)
        return path

    def bytes(self, sha256: str) -> int:
        """What is kept of that file, in bytes."""
        total = 0
        for path in self._of(sha256):
            with contextlib.suppress(OSError):  # another process may have taken it away
                total += path.stat().st_size
        return total

    def verify(self, sha256: str, job: Job) -> None:
        """Reads what is kept and throws it away where it is not what was written. Raises Cancelled."""
        for path in self._of(sha256):
            try:
                right = json.loads(path.with_suffix(".json").read_text("utf-8"))["sha256"] == stream.sha256(path, job)
            except (OSError, ValueError, KeyError, TypeError):
                right = False
            if not right:
                self.clear(sha256)

    def clear(self, sha256: str, but: Path | None = None) -> None:
        """Takes away everything that was made from that file, where the system lets go of it, except ``but``."""
        for path in self._of(sha256):
            if path == but:
                continue
            for one in (path.with_suffix(".json"), path):
                with contextlib.suppress(OSError):
                    one.unlink(missing_ok=True)

    def _of(self, sha256: str) -> list[Path]:
        return sorted(self.folder.glob(f"{sha256[:16]}-*.onnx"))

    def _path(self, sha256: str, version: str) -> Path:
        made_for = hashlib.sha256(f"{sha256}|{version}|{processor()}".encode()).hexdigest()
        return self.folder / f"{sha256[:16]}-{made_for[:16]}.onnx"


def processor() -> str:
    """What distinguishes processors: the graph's layout follows what this one can do."""
    said = [platform.system(), platform.machine(), os.environ.get("PROCESSOR_IDENTIFIER", "")]  # the last on Windows
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    said += [next((line for line in lines if line.startswith(("flags", "Features"))), "")]
    return "|".join(said)
