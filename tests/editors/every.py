"""The tests of the real editors on one version after another, and a table of how each ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from . import roots
from .sandbox import CHECKOUT

LIMIT_S = 1800.0
PASSED, FAILED, MISSING = "passed", "FAILED", "missing"
# Of this user's own: not for the tests.
_PRIVATE = ("CUTAWAY_HOME", "GIMP3_DIRECTORY", "GIMP2_DIRECTORY")


@dataclass(frozen=True)
class Ended:
    """How the tests of one version ended. ``excluded``: those that this version cannot have, with the reason."""

    name: str
    outcome: str
    version: str = ""
    passed: int = 0
    failed: tuple[str, ...] = ()
    excluded: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0
    said: str = ""


def further() -> tuple[str, ...]:
    """The versions that are not tested where nothing else is said."""
    return tuple(name for name in roots.RECIPES if name not in roots.DEFAULTS.values())


def go_through(names: Iterable[str], allow_missing: bool = False) -> int:
    """Installs and tests each, prints the table; 0 where all have passed.

    One that the mirror does not have is a failure too, unless ``allow_missing``; but never all of them.
    """
    ended = []
    for name in names:
        print(f"\n=== {name}", flush=True)
        ended.append(on_one(name))
        print(f"{name}: {ended[-1].outcome}. {ended[-1].said}", flush=True)
    print("\n" + table(ended), flush=True)
    allowed = {PASSED, MISSING} if allow_missing else {PASSED}
    good = all(each.outcome in allowed for each in ended) and any(each.outcome == PASSED for each in ended)
    return 0 if good else 1


def on_one(name: str, limit_s: float = LIMIT_S) -> Ended:
    """Installs the editor where it is not there, and runs the tests of its kind on it."""
    start = time.monotonic()
    try:
        editor = roots.install(name)
    except roots.GoneError as error:
        return Ended(name, MISSING, seconds=time.monotonic() - start, said=str(error))
    except (RuntimeError, LookupError, OSError, subprocess.TimeoutExpired) as error:
        return Ended(name, FAILED, seconds=time.monotonic() - start, said=f"It could not be installed: {error}")
    print(f"{name} is {editor.version}", flush=True)
    with tempfile.TemporaryDirectory(prefix="cutaway-every-") as folder:
        report = Path(folder) / "report.json"
        environ = {key: value for key, value in os.environ.items() if key not in _PRIVATE}
        environ |= {roots.CHOICE: name, "CUTAWAY_REQUIRE_EDITORS": "1", "CUTAWAY_TEST_REPORT": str(report)}
        if environ.get("CUTAWAY_SHOTS"):  # the names of the pictures are those of the kind, not of the version
            environ["CUTAWAY_SHOTS"] = str(Path(environ["CUTAWAY_SHOTS"]) / name)
        code = _call(command(name), environ, limit_s)
        lines = json.loads(report.read_text(encoding="utf-8")) if report.is_file() else []
    said = {0: "", None: f"The tests did not end within {limit_s:.0f} s."}.get(code, f"pytest ended with {code}.")
    return Ended(
        name, PASSED if code == 0 else FAILED, editor.version, sum(line[1] == "passed" for line in lines),
        tuple(line[0] for line in lines if line[1] == "failed"),
        tuple((line[0], line[2]) for line in lines if line[1] == "skipped"), time.monotonic() - start, said)


def command(name: str) -> list[str]:
    """The command line of the tests: all that have the editor's kind as their marker."""
    return [sys.executable, "-m", "pytest", "-p", "tests.report", "-m", roots.kind(name), "-q", "tests"]


def _call(words: Sequence[str], environ: dict[str, str], limit_s: float) -> int | None:
    """The exit code; None where it took too long. Nothing of it is left behind."""
    process = subprocess.Popen(words, cwd=CHECKOUT, env=environ, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        return process.wait(limit_s)
    except subprocess.TimeoutExpired:
        return None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def table(ended: Sequence[Ended]) -> str:
    """A table with a line for each version, and below it what failed and what was left out, by name."""
    head = ("editor", "version", "outcome", "passed", "failed", "excluded", "seconds")
    rows = [head] + [
        (each.name, each.version or "-", each.outcome, str(each.passed), str(len(each.failed)),
         str(len(each.excluded)), f"{each.seconds:.0f}") for each in ended]
    widths = [max(len(row[column]) for row in rows) for column in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    for each in ended:
        if each.said:
            lines.append(f"{each.name}: {each.said}")
        lines += [f"{each.name}: failed: {test}" for test in each.failed]
        lines += [f"{each.name}: excluded: {test}: {reason}" for test, reason in each.excluded]
    return "\n".join(lines)
