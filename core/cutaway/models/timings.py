"""How long a network's run took here, by what computed it: measured once, kept in ``<home>/timings.json``.

An entry belongs to a file (its SHA-256), a provider and a release of onnxruntime; another release is measured anew. The
file only saves time: where it cannot be read or written, the next start measures again.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from typing import Any, Final, TypedDict

from cutaway.home import Home

FILE: Final = "timings.json"


class Timing(TypedDict):
    """``provider``: the name for the user. ``seconds``: one run of the network, warm where it could be."""

    provider: str
    seconds: float


class Timings:
    """Reads the file at every question: several processes write it, and it is small."""

    def __init__(self, home: Home) -> None:
        self._path = home.path / FILE

    def of(self, sha256: str) -> list[Timing]:
        """Everything measured with this file, the fastest first."""
        rows = [
            Timing(provider=provider, seconds=entry["seconds"]) for provider, entry in self._read(sha256).items()]
        return sorted(rows, key=lambda row: row["seconds"])

    def get(self, sha256: str, provider: str, version: str) -> float | None:
        """Seconds; None where this release of onnxruntime was not measured."""
        entry = self._read(sha256).get(provider)
        return float(entry["seconds"]) if entry and entry["version"] == version else None

    def put(self, sha256: str, provider: str, version: str, seconds: float) -> None:
        """Writes one entry in the place of what was measured with another release."""
        said = self._all()
        entries = {name: entry for name, entry in _sound(said.get(sha256)).items() if name != provider}
        said[sha256] = {**entries, provider: {"version": version, "seconds": round(seconds, 4)}}
        fresh = self._path.with_name(f".{FILE}.{os.getpid()}")
        try:
            fresh.write_text(json.dumps(said, indent=1, sort_keys=True) + "\n", "utf-8")
            fresh.replace(self._path)
        except OSError:
            with contextlib.suppress(OSError):
                fresh.unlink(missing_ok=True)

    def _read(self, sha256: str) -> dict[str, Any]:
        return _sound(self._all().get(sha256))

    def _all(self) -> dict[str, Any]:
        try:
            said = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}


def _sound(entries: Any) -> dict[str, Any]:
    """The entries that make sense."""
    if not isinstance(entries, dict):
        return {}
    return {name: entry for name, entry in entries.items() if isinstance(entry, dict) and _is_time(entry)}


def _is_time(entry: dict[str, Any]) -> bool:
    seconds = entry.get("seconds")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        return False
    return math.isfinite(seconds) and seconds >= 0 and isinstance(entry.get("version"), str)
