"""Which Python 2.7 the tests take, and how Debian's is started outside of its root."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import python2, roots
from .test_versions import put

SAYS_2_7 = "#!/bin/sh\necho '(2, 7)'\n"


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """No editors, nothing on the PATH but the shell's own, no home."""
    monkeypatch.setenv("CUTAWAY_EDITORS", str(tmp_path / "editors"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CUTAWAY_PYTHON2", raising=False)
    monkeypatch.delenv("CUTAWAY_REQUIRE_EDITORS", raising=False)
    python2.found.cache_clear()
    yield tmp_path
    python2.found.cache_clear()


def program(path: Path, text: str = SAYS_2_7) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def test_none_is_a_skip_or_a_failure_that_says_how_to_get_one(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pytest.skip.Exception, match=r"install python-2\.7"):
        python2.needed()
    monkeypatch.setenv("CUTAWAY_REQUIRE_EDITORS", "1")
    with pytest.raises(pytest.fail.Exception, match=r"install python-2\.7"):
        python2.needed()


def test_one_that_does_not_run_is_passed_over(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(nowhere / "bin" / "python2.7", "#!/bin/sh\nexit 127\n")
    wanted = program(nowhere / ".pyenv" / "versions" / "2.7.18" / "bin" / "python2.7")
    assert python2.needed() == wanted
    python2.found.cache_clear()
    monkeypatch.setenv("CUTAWAY_PYTHON2", str(program(nowhere / "mine")))
    assert python2.needed() == nowhere / "mine"


def test_debians_gets_its_own_libraries(nowhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    root = roots.base() / python2.NAME
    put(roots.base(), python2.NAME, "2.7.18-8")
    program(root / "usr" / "bin" / "python2.7", '#!/bin/sh\necho "$LD_LIBRARY_PATH|$1|$2"\n')
    libraries = root / "usr" / "lib" / "x86_64-linux-gnu"
    libraries.mkdir(parents=True)
    for name in python2.LIBRARIES:
        (libraries / name).write_text(name)
    script = python2.started_by(root)
    said = subprocess.run([script, "a b", "c"], capture_output=True, text=True, timeout=20, check=True).stdout.strip()
    folder, *given = said.split("|")
    assert given == ["a b", "c"]
    assert {path.name: path.read_text() for path in Path(folder).iterdir()} == {
        name: name for name in python2.LIBRARIES}
    program(root / "usr" / "bin" / "python2.7")
    assert python2.needed() == script == python2.started_by(root)
