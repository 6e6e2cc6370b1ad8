from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cutaway_bridge.client import Client
from cutaway_bridge.installation import Installation, read


@pytest.fixture
def installed(tmp_path: Path) -> Installation:
    """An installation whose interpreter ends at once: no test that uses it starts a worker."""
    home = tmp_path / "home"
    home.mkdir()
    python = home / "python"
    python.write_text("#!/bin/sh\necho 'No module named cutaway' >&2\nexit 1\n")
    python.chmod(0o755)
    (home / "installed.json").write_text(json.dumps({"version": "0.1.0", "protocol": 1, "python": str(python)}))
    return read(str(home))


@pytest.fixture
def client(installed: Installation) -> Iterator[Client]:
    with Client(installed, "test") as client:
        yield client


@pytest.fixture
def python() -> str:
    return sys.executable
