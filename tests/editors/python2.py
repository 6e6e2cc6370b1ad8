"""The Python 2.7 that the tests run the plug-in for GIMP 2.10 by: CUTAWAY_PYTHON2, Debian 11's, on PATH, or pyenv's.

Debian's is run without its root, also inside GIMP's: it gets those of its libraries that have other names elsewhere.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import roots, session

NAME = "python-2.7"
LIBRARIES = ("libffi.so.7", "libcrypto.so.1.1", "libssl.so.1.1")
START = """#!/bin/sh
usr=$(dirname "$(dirname "$(readlink -f "$0")")")
LD_LIBRARY_PATH=$usr/lib/cutaway-python2 exec "$usr/bin/python2.7" "$@"
"""


@functools.cache
def found() -> Path | None:
    """The first that runs (a shim on PATH may not)."""
    for place in _places():
        try:
            said = subprocess.run(
                [place, "-c", "import ctypes, hashlib, sys; print(sys.version_info[:2])"], capture_output=True,
                timeout=20, check=False)
        except OSError:
            continue
        if said.stdout.strip() == b"(2, 7)":
            return Path(place)
    return None


def needed() -> Path:
    """The same for a test that cannot do without: skipped without one, or failed where editors are required."""
    interpreter = found()
    if interpreter is None:
        said = f"{NAME} is not here. Make it with: python -m tests.editors install {NAME}"
        if session.required():
            pytest.fail(said)
        pytest.skip(said)
    return interpreter


def _places() -> Iterator[str]:
    yield from filter(None, [os.environ.get("CUTAWAY_PYTHON2")])
    root = roots.base() / NAME
    if (root / roots.STAMP).is_file():
        yield str(started_by(root))
    yield from filter(None, [shutil.which("python2.7"), shutil.which("python2")])
    yield from (str(path) for path in (Path.home() / ".pyenv" / "versions").glob("2.7.*/bin/python2.7"))


def started_by(root: Path) -> Path:
    """The script in the root that starts its Python outside of it; made where it is missing."""
    script = root / "usr" / "bin" / "cutaway-python2"
    if not script.exists():
        libraries = root / "usr" / "lib" / "cutaway-python2"
        libraries.mkdir(exist_ok=True)
        for name in LIBRARIES:
            path = next((root / "usr" / "lib").glob(f"*-linux-gnu/{name}"))
            (libraries / name).unlink(missing_ok=True)
            (libraries / name).symlink_to(os.path.relpath(path, libraries))
        fresh = script.with_name(f".cutaway-python2-{os.getpid()}")
        fresh.write_text(START, encoding="utf-8")
        fresh.chmod(0o755)
        fresh.replace(script)
    return script
