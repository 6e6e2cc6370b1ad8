"""Fixtures for tests in real editors. Without an editor they are skipped by name, or fail: CUTAWAY_REQUIRE_EDITORS=1."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import roots, screen, session
from .fake_worker import FakeWorker


def absent(what: str) -> None:
    """Skips, or fails where editors are required."""
    if session.required():
        pytest.fail(what)
    pytest.skip(what)


@pytest.fixture(scope="session")
def gimp_editor() -> roots.Editor:
    found = roots.find("gimp-3.0")
    if found is None:
        absent("GIMP 3 is not here. Make it with: python -m tests.editors install gimp-3.0")
    return found


@pytest.fixture(scope="session")
def gimp(gimp_editor: roots.Editor) -> Iterator[session.Gimp]:
    """A GIMP 3 with the adapter. Its folder lies right in /tmp: a socket's path has at most 100 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="cutaway-", dir="/tmp"))
    try:
        yield session.Gimp(gimp_editor, folder).prepare()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def fake_worker(gimp: session.Gimp) -> Iterator[FakeWorker]:
    with FakeWorker(gimp.home) as worker:
        yield worker


@pytest.fixture
def shown(tmp_path: Path) -> Iterator[screen.Screen]:
    """A screen of its own."""
    lacking = screen.missing()
    if lacking:
        absent("For tests with windows these are missing: " + ", ".join(lacking))
    with screen.screen(tmp_path) as found:
        yield found


@pytest.fixture(scope="session")
def shots() -> Path:
    """Where screenshots go: CUTAWAY_SHOTS, else a folder for temporary files."""
    said = os.environ.get("CUTAWAY_SHOTS", "")
    folder = Path(said) if said else Path(tempfile.gettempdir()) / "cutaway-shots"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
