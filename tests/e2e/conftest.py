"""The command as it is installed, its real worker and the real default model, each call a process of its own."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from cutaway_bridge import installation
from cutaway_bridge.client import Client
from tests.cli.installed import Outcome, make_home

if TYPE_CHECKING:
    from tests.e2e.shop import Shop

MODEL = "u2netp.onnx"
PICTURES = Path(__file__).resolve().parents[1] / "pictures"


@dataclass(frozen=True)
class Cutaway:
    """The command with a home of its own."""

    home: Path

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "CUTAWAY_HOME": str(self.home), "TERM": "dumb"}

    def line(self, *arguments: str | Path) -> list[str]:
        return [sys.executable, "-m", "cutaway_cli", *map(str, arguments)]

    def __call__(self, *arguments: str | Path, folder: Path | None = None) -> Outcome:
        ran = subprocess.run(
            self.line(*arguments), env=self.environment, cwd=folder, capture_output=True, text=True, timeout=120,
            check=False)
        return Outcome(ran.returncode, ran.stdout, ran.stderr)

    def started(self, *arguments: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.line(*arguments), env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def status(self) -> dict[str, object]:
        """What the worker says of itself; {} where none runs."""
        with Client(installation.read(str(self.home)), "test") as client:
            return client.call("status") if client.reach() else {}

    def wait_until(self, doing: Sequence[str], seconds: float = 60.0) -> dict[str, object]:
        """The status once the worker is at one of the requests."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            status = self.status()
            if status.get("running") in doing:
                return status
            time.sleep(0.01)
        raise AssertionError(f"the worker never came to {doing}")

    def wait_for_no_jobs(self, seconds: float = 20.0) -> None:
        """Until the worker has cleared away the folders of jobs that nobody waits for any more."""
        jobs = self.home / "run" / "jobs"
        deadline = time.monotonic() + seconds
        while jobs.exists() and any(jobs.iterdir()):
            assert time.monotonic() < deadline, f"left behind: {list(jobs.rglob('*'))}"
            time.sleep(0.05)


@pytest.fixture(scope="session")
def model_file() -> Path:
    """The default model's file: in CUTAWAY_TEST_MODELS, else where this user has Cutaway installed."""
    said = os.environ.get("CUTAWAY_TEST_MODELS", "")
    path = Path(said or Path(installation.find_home()) / "models") / MODEL
    if not path.is_file():
        pytest.skip(f"needs the default model: there is no {path} (CUTAWAY_TEST_MODELS names its folder)")
    return path


@contextlib.contextmanager
def fresh(model_file: Path) -> Iterator[Cutaway]:
    """A command with a home of its own and the default model in it; its worker ends with the block."""
    # Right in the folder for temporary files: the path of a socket must be short.
    cutaway = Cutaway(make_home(Path(tempfile.mkdtemp(prefix="cutaway-e2e-"))))
    try:
        outcome = cutaway("models", "import", model_file)
        assert outcome.code == 0, outcome.err
        yield cutaway
    finally:
        cutaway("worker", "stop")
        shutil.rmtree(cutaway.home, ignore_errors=True)  # the worker may be about to remove the same files


@pytest.fixture(scope="session")
def cutaway(model_file: Path) -> Iterator[Cutaway]:
    """One home and one warm worker for all tests that do it no harm."""
    with fresh(model_file) as made:
        yield made


@pytest.fixture
def own_cutaway(model_file: Path) -> Iterator[Cutaway]:
    """A home and a worker for one test, which may do anything to them."""
    with fresh(model_file) as made:
        yield made


@pytest.fixture(scope="module")
def market(model_file: Path) -> Iterator[Shop]:
    """A home, a worker and an emulator of Topaz's service that the tests of a module share."""
    from tests.e2e.shop import opened  # which needs what is above

    with opened(model_file) as made:
        yield made


@pytest.fixture
def shop(market: Shop, tmp_path: Path) -> Iterator[Shop]:
    """The market made new for one test: a key is set, and nothing allowed."""
    market.reset()
    yield market
    market.service.control.clear()
    market.check(str(tmp_path), tmp_path.name)


@pytest.fixture
def cat(tmp_path: Path) -> Path:
    with Image.open(PICTURES / "cat.png") as image:
        image.convert("RGB").resize((160, 120)).save(tmp_path / "cat.jpg")
    return tmp_path / "cat.jpg"
