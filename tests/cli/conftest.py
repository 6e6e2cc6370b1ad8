from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cutaway_bridge import address
from cutaway_cli import main
from tests.cli.fake_worker import FakeWorker
from tests.cli.installed import VERSION, Outcome, make_home


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    # Not tmp_path: the path of a socket must be short.
    folder = Path(tempfile.mkdtemp(prefix="cutaway-test-"))
    monkeypatch.setenv("CUTAWAY_HOME", str(folder))
    monkeypatch.delenv("CUTAWAY_TRANSPORT", raising=False)
    yield make_home(folder)
    shutil.rmtree(folder)


@pytest.fixture
def worker(home: Path) -> Iterator[FakeWorker]:
    with FakeWorker(Path(address.socket_path(str(home / "run"))), home / "run" / "jobs", VERSION) as fake:
        yield fake


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working folder."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def cutaway(capsys: pytest.CaptureFixture[str]) -> Callable[..., Outcome]:
    """Runs the command in this process."""

    def run(*arguments: str) -> Outcome:
        capsys.readouterr()
        code = main.main(list(arguments))
        said = capsys.readouterr()
        return Outcome(code, said.out, said.err)

    return run
