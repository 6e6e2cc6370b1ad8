"""Fixtures for tests in real editors. Without one they are skipped by name, or fail: CUTAWAY_REQUIRE_EDITORS=1."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import cutaway
from cutaway_bridge import installation

from . import roots, screen, session
from .fake_worker import FakeWorker, write_record
from .gimp2_session import Gimp2
from .krita_session import Krita


def absent(what: str) -> None:
    """Skips, or fails where editors are required."""
    if session.required():
        pytest.fail(what)
    pytest.skip(what)


def editor_of(kind: str) -> roots.Editor:
    """The editor of that kind (a key of roots.DEFAULTS) that this run is to test."""
    name = roots.chosen(kind)
    found = roots.find(name)
    if found is None:
        absent(f"{name} is not here. Make it with: python -m tests.editors install {name}")
    return found


@pytest.fixture(scope="session")
def gimp_editor() -> roots.Editor:
    return editor_of("gimp3")


@pytest.fixture(scope="session")
def gimp(gimp_editor: roots.Editor) -> Iterator[session.Gimp]:
    """A GIMP 3 with the adapter. Its folder lies right in /tmp: a socket's path has at most 100 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="cutaway-", dir="/tmp"))
    try:
        yield session.Gimp(gimp_editor, folder).prepare()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def gimp2_editor() -> roots.Editor:
    return editor_of("gimp2")


@pytest.fixture(scope="session")
def gimp2(gimp2_editor: roots.Editor) -> Iterator[Gimp2]:
    """A GIMP 2.10 with the adapter."""
    folder = Path(tempfile.mkdtemp(prefix="cutaway-", dir="/tmp"))
    try:
        yield Gimp2(gimp2_editor, folder).prepare()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def fake_worker2(gimp2: Gimp2) -> Iterator[FakeWorker]:
    """The worker of the GIMP 2.10's home folder."""
    with FakeWorker(gimp2.home) as worker:
        yield worker


@pytest.fixture(scope="session")
def fake_worker(gimp: session.Gimp) -> Iterator[FakeWorker]:
    with FakeWorker(gimp.home) as worker:
        yield worker


@pytest.fixture(scope="session")
def krita_editor() -> roots.Editor:
    return editor_of("krita")


@pytest.fixture(scope="session")
def krita_screen(krita_editor: roots.Editor) -> Iterator[screen.Screen]:
    """A screen for all Kritas: the program does not run without one."""
    lacking = screen.missing()
    if lacking:
        absent("For tests with windows these are missing: " + ", ".join(lacking))
    folder = Path(tempfile.mkdtemp(prefix="cutaway-", dir="/tmp"))
    try:
        with screen.screen(folder) as found:
            yield found
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def krita(krita_editor: roots.Editor, krita_screen: screen.Screen) -> Iterator[Krita]:
    """A Krita with the adapter."""
    folder = Path(tempfile.mkdtemp(prefix="cutaway-", dir="/tmp"))
    try:
        yield Krita(krita_editor, folder, krita_screen.display).prepare()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def krita_worker(krita: Krita) -> Iterator[FakeWorker]:
    """The worker of that Krita's home folder."""
    with FakeWorker(krita.home) as worker:
        yield worker


@pytest.fixture(scope="session")
def real_krita(krita_editor: roots.Editor, krita_screen: screen.Screen, model_file: Path) -> Iterator[Krita]:
    """A Krita with the adapter and an installation of the real core with the default model."""
    folder = Path(tempfile.mkdtemp(prefix="cutaway-", dir="/tmp"))
    try:
        made = Krita(krita_editor, folder, krita_screen.display).prepare()
        write_record(made.home, sys.executable, cutaway.__version__)
        made.home.chmod(0o700)
        (made.home / "models").mkdir()
        shutil.copy2(model_file, made.home / "models")
        yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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


@pytest.fixture(scope="session")
def model_file() -> Path:
    """The default model's file: in CUTAWAY_TEST_MODELS, else where this user has Cutaway installed."""
    said = os.environ.get("CUTAWAY_TEST_MODELS", "")
    path = Path(said or Path(installation.find_home()) / "models") / "u2netp.onnx"
    if not path.is_file():
        pytest.skip(f"needs the default model: there is no {path} (CUTAWAY_TEST_MODELS names its folder)")
    return path


@pytest.fixture(scope="session")
def real_gimp(gimp_editor: roots.Editor, model_file: Path) -> Iterator[session.Gimp]:
    """A GIMP 3 with the adapter and an installation of the real core with the default model."""
    folder = Path(tempfile.mkdtemp(prefix="cutaway-", dir="/tmp"))
    try:
        made = session.Gimp(gimp_editor, folder).prepare()
        write_record(made.home, sys.executable, cutaway.__version__)
        made.home.chmod(0o700)
        (made.home / "models").mkdir()
        shutil.copy2(model_file, made.home / "models")
        yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def real_gimp2(gimp2_editor: roots.Editor, model_file: Path) -> Iterator[Gimp2]:
    """A GIMP 2.10 with the adapter and an installation of the real core with the default model."""
    folder = Path(tempfile.mkdtemp(prefix="cutaway-", dir="/tmp"))
    try:
        made = Gimp2(gimp2_editor, folder).prepare()
        write_record(made.home, sys.executable, cutaway.__version__)
        made.home.chmod(0o700)
        (made.home / "models").mkdir()
        shutil.copy2(model_file, made.home / "models")
        yield made
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket in it."""
    folder = Path(tempfile.mkdtemp(prefix="cutaway-", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
