"""The run over all versions: what it starts, how it counts, and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from . import __main__ as program
from . import every, roots
from .sandbox import CHECKOUT


class FakeEditors:
    """In place of installing and of pytest: ``gone`` are missing, ``bad`` have a test that fails."""

    def __init__(self, gone: tuple[str, ...] = (), bad: tuple[str, ...] = (), broken: tuple[str, ...] = ()) -> None:
        self.gone, self.bad, self.broken = gone, bad, broken
        self.ran: list[tuple[list[str], dict[str, str]]] = []

    def install(self, name: str) -> roots.Editor:
        if name in self.gone:
            raise roots.GoneError(f"The mirror has no {name}: it is gone.")
        if name in self.broken:
            raise RuntimeError("no room left")
        return roots.Editor(name, Path("/r"), "w", "c", name.split("-")[1] + ".9")

    def call(self, words: list[str], environ: dict[str, str], limit_s: float) -> int | None:
        self.ran.append((words, environ))
        bad = environ[roots.CHOICE] in self.bad
        lines = [["a.py::one", "passed", ""], ["a.py::two", "failed" if bad else "passed", ""],
                 ["a.py::three", "skipped", "needs GIMP 3.2"]]
        Path(environ["CUTAWAY_TEST_REPORT"]).write_text(json.dumps(lines))
        return 1 if bad else 0


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Any:
    def made(**said: tuple[str, ...]) -> FakeEditors:
        editors = FakeEditors(**said)
        monkeypatch.setattr(roots, "install", editors.install)
        monkeypatch.setattr(every, "_call", editors.call)
        return editors
    return made


def test_the_further_versions_are_all_but_those_of_a_normal_run() -> None:
    assert every.further() == ("gimp-3.2", "krita-5.2", "krita-5.3", "krita-6.0")


def test_each_in_turn_with_the_tests_of_its_kind(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUTAWAY_HOME", "/the/users/own")
    monkeypatch.setenv("CUTAWAY_SHOTS", "/pictures")
    editors = fake()
    assert program.main(["every"]) == 0
    assert [environ[roots.CHOICE] for _, environ in editors.ran] == list(every.further())
    assert [words[words.index("-m", 3) + 1] for words, _ in editors.ran] == ["gimp3", "krita", "krita", "krita"]
    for words, environ in editors.ran:
        assert words[:3] == [sys.executable, "-m", "pytest"] and words[-1] == "tests"
        assert environ["CUTAWAY_REQUIRE_EDITORS"] == "1" and "CUTAWAY_HOME" not in environ
        assert environ["CUTAWAY_SHOTS"] == f"/pictures/{environ[roots.CHOICE]}"


def test_the_table_names_versions_counts_failures_and_exclusions(
    fake: Any, capsys: pytest.CaptureFixture[str],
) -> None:
    fake(gone=("krita-5.3",), bad=("krita-6.0",), broken=("krita-5.2",))
    assert program.main(["every"]) == 1
    lines = capsys.readouterr().out.split("\n")
    rows = {line.split()[0]: line.split() for line in lines if line.split()[1:2]}
    assert rows["editor"] == ["editor", "version", "outcome", "passed", "failed", "excluded", "seconds"]
    table = "\n".join(lines)
    for name, row in {"gimp-3.2": "3.2.9 passed 2 0 1", "krita-6.0": "6.0.9 FAILED 1 1 1",
                      "krita-5.3": "- missing 0 0 0", "krita-5.2": "- FAILED 0 0 0"}.items():
        assert any(line.split()[:6] == [name, *row.split()] for line in lines), table
    assert "krita-5.3: The mirror has no krita-5.3: it is gone." in lines
    assert "krita-5.2: It could not be installed: no room left" in lines
    assert "krita-6.0: failed: a.py::two" in lines
    assert "gimp-3.2: excluded: a.py::three: needs GIMP 3.2" in lines


@pytest.mark.parametrize(("gone", "bad", "broken", "words", "code"), [
    ((), (), (), [], 0),
    (("krita-6.0",), (), (), [], 1),
    (("krita-6.0",), (), (), ["--allow-missing"], 0),
    (("krita-6.0",), ("krita-5.2",), (), ["--allow-missing"], 1),
    ((), (), ("krita-5.2",), ["--allow-missing"], 1),
    (every.further(), (), (), ["--allow-missing"], 1),
    (("krita-6.0",), (), (), ["gimp-3.2"], 0),
])
def test_the_exit_code_is_0_only_where_all_passed(
    fake: Any, gone: tuple[str, ...], bad: tuple[str, ...], broken: tuple[str, ...], words: list[str], code: int,
) -> None:
    fake(gone=gone, bad=bad, broken=broken)
    assert program.main(["every", *words]) == code


def test_a_run_that_does_not_end_is_ended_with_its_children(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    script = f"sleep 300 & echo $! > {mark}; wait"
    assert every._call(["/bin/sh", "-c", script], dict(os.environ), 0.5) is None
    child = Path(f"/proc/{int(mark.read_text())}/stat")
    for _ in range(50):
        if not child.exists() or child.read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    raise AssertionError("the child is still there")


def test_a_run_that_does_not_end_has_failed(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fake()
    monkeypatch.setattr(every, "_call", lambda *_: None)
    said = every.on_one("krita-6.0", limit_s=7)
    assert (said.outcome, said.said) == (every.FAILED, "The tests did not end within 7 s.")


def test_the_script_is_sound_and_names_what_there_is() -> None:
    script = CHECKOUT / ".ci" / "all-editors"
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0
    text = script.read_text(encoding="utf-8")
    assert "-m tests.editors every" in text and "--allow-missing" in text
