"""Fixtures for tests in real editors. Without one they are skipped by name, or fail: CUTAWAY_REQUIRE_EDITORS=1."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import cutaway
from cutaway_bridge import installation

from . import gimps, layered, roots, screen, session
from .fake_worker import FakeWorker, write_record
from .gimp2_session import Gimp2
from .krita_session import Krita
from .short import short_path


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


def install_core(home: Path, model_file: Path) -> None:
    """What the installer leaves in the home folder: the real core, and the default model."""
    write_record(home, sys.executable, cutaway.__version__)
    home.chmod(0o700)
    (home / "models").mkdir()
    shutil.copy2(model_file, home / "models")


@pytest.fixture(scope="session")
def gimp_editor() -> roots.Editor:
    return editor_of("gimp3")


@pytest.fixture(scope="session")
def gimp(gimp_editor: roots.Editor) -> Iterator[session.Gimp]:
    """A GIMP 3 with the adapter."""
    with short_path() as folder:
        yield session.Gimp(gimp_editor, folder).prepare()


@pytest.fixture(scope="session")
def gimp2_editor() -> roots.Editor:
    return editor_of("gimp2")


@pytest.fixture(scope="session")
def gimp2(gimp2_editor: roots.Editor) -> Iterator[Gimp2]:
    """A GIMP 2.10 with the adapter."""
    with short_path() as folder:
        yield Gimp2(gimp2_editor, folder).prepare()


@pytest.fixture(scope="session")
def fake_worker2(gimp2: Gimp2) -> Iterator[FakeWorker]:
    """The worker of the GIMP 2.10's home folder."""
    with FakeWorker(gimp2.home) as worker:
        yield worker


@pytest.fixture(scope="session")
def fake_worker(gimp: session.Gimp) -> Iterator[FakeWorker]:
    with FakeWorker(gimp.home) as worker:
        yield worker


@pytest.fixture(scope="module", params=gimps.both())
def kind(request: pytest.FixtureRequest) -> gimps.Kind:
    """For tests that hold in GIMP 3 and in GIMP 2.10."""
    given: gimps.Kind = request.param
    return given


@pytest.fixture(scope="session")
def gimp3_layers(gimp: session.Gimp, fake_worker: FakeWorker) -> dict[str, SimpleNamespace]:
    return layered.cases(gimp, fake_worker, "layers")


@pytest.fixture(scope="session")
def gimp2_layers(gimp2: Gimp2, fake_worker2: FakeWorker) -> dict[str, SimpleNamespace]:
    return layered.cases(gimp2, fake_worker2, "gimp2_layers")


@pytest.fixture(scope="session")
def gimp3_refusals(gimp: session.Gimp, fake_worker: FakeWorker) -> Any:
    return gimp.script("refusals")


@pytest.fixture(scope="session")
def gimp2_refusals(gimp2: Gimp2, fake_worker2: FakeWorker) -> Any:
    return gimp2.script("gimp2_refusals")


@pytest.fixture(scope="session")
def krita_editor() -> roots.Editor:
    return editor_of("krita")


@pytest.fixture(scope="session")
def krita_screen(krita_editor: roots.Editor) -> Iterator[screen.Screen]:
    """A screen for all Kritas: the program does not run without one."""
    lacking = screen.missing()
    if lacking:
        absent("For tests with windows these are missing: " + ", ".join(lacking))
    with short_path() as folder, screen.screen(folder) as found:
        yield found


@pytest.fixture(scope="session")
def krita(krita_editor: roots.Editor, krita_screen: screen.Screen) -> Iterator[Krita]:
    """A Krita with the adapter."""
    with short_path() as folder:
        yield Krita(krita_editor, folder, krita_screen.display).prepare()


@pytest.fixture(scope="session")
def krita_worker(krita: Krita) -> Iterator[FakeWorker]:
    """The worker of that Krita's home folder."""
    with FakeWorker(krita.home) as worker:
        yield worker


@pytest.fixture(scope="session")
def real_krita(krita_editor: roots.Editor, krita_screen: screen.Screen, model_file: Path) -> Iterator[Krita]:
    """A Krita with the adapter and an installation of the real core with the default model."""
    with short_path() as folder:
        made = Krita(krita_editor, folder, krita_screen.display).prepare()
        install_core(made.home, model_file)
        yield made


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
    with short_path() as folder:
        made = session.Gimp(gimp_editor, folder).prepare()
        install_core(made.home, model_file)
        yield made


@pytest.fixture(scope="session")
def real_gimp2(gimp2_editor: roots.Editor, model_file: Path) -> Iterator[Gimp2]:
    """A GIMP 2.10 with the adapter and an installation of the real core with the default model."""
    with short_path() as folder:
        made = Gimp2(gimp2_editor, folder).prepare()
        install_core(made.home, model_file)
        yield made


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket in it."""
    with short_path() as folder:
        yield folder
