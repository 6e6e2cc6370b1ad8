"""The real worker process with a fake core, and an installation whose interpreter starts it."""

from __future__ import annotations

import json
import shlex
import sys
from pathlib import Path

from cutaway import __version__
from cutaway.home import Home
from cutaway.worker import protocol
from cutaway.worker.process import serve
from tests.worker.fake_core import FakeCore

ROOT = Path(__file__).parents[2]


def install(home: Path, *, grace_s: float = 5.0, version: str = __version__, protocol: int = protocol.PROTOCOL,
            before: str = "") -> Path:
    """Makes ``home`` an installation. ``before``: a Python statement that the worker's process runs first."""
    home.mkdir(parents=True, exist_ok=True)
    program = f"import sys; sys.path[:0] = [{str(ROOT)!r}]; {before or 'pass'}\n" \
              f"from tests.worker.fake_process import main; sys.exit(main(sys.argv[1:], {grace_s}))"
    python = home / "python"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(program)} "$@"\n')
    python.chmod(0o755)
    record(home, python, version, protocol)
    return home


def record(home: Path, python: Path, version: str, protocol: int) -> None:
    """Writes the installer's record."""
    (home / "installed.json").write_text(json.dumps(
        {"version": version, "protocol": protocol, "python": str(python)}))


def main(arguments: list[str], grace_s: float) -> int:
    """In the started process. The command line must be the one that the real interpreter is given."""
    assert arguments[:4] == ["-I", "-m", "cutaway.worker", "--home"], arguments
    return serve(Home(Path(arguments[4])), FakeCore(), grace_s=grace_s)
