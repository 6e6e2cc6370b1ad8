"""``python3 -m tests`` and the plug-in that names the tests in real editors."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import __main__ as command
from tests.report import VARIABLE

ROOT = Path(__file__).resolve().parents[2]

SAMPLE = """
import pytest

@pytest.fixture
def editor():
    pytest.skip("GIMP 3 is not here")

@pytest.mark.gimp3
def test_skipped(editor):
    pass

@pytest.mark.gui
def test_failed():
    assert not "reached"

@pytest.mark.gimp3
@pytest.mark.gui
def test_good():
    pass

def test_without_an_editor():
    pass
"""


def test_editor_tests_are_named_with_their_ends(tmp_path):
    folder = tmp_path / "gimp3"
    folder.mkdir()
    (folder / "test_sample.py").write_text(SAMPLE)
    report = tmp_path / "report.json"
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "tests.report", "-p", "no:cacheprovider",
         "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path), str(folder)],
        cwd=ROOT, env={**command._environ(), VARIABLE: str(report)}, capture_output=True, text=True, timeout=60,
        check=False)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    said = {name.partition("::")[2]: (outcome, reason) for name, outcome, reason in json.loads(report.read_text())}
    assert said == {
        "test_skipped": ("skipped", "GIMP 3 is not here"), "test_failed": ("failed", ""), "test_good": ("passed", "")}


@pytest.mark.parametrize(("words", "own", "rest"), [
    ([], [], []), (["--editors"], ["--editors"], []), (["--", "-k", "x"], [], ["-k", "x"]),
    (["--editors", "--", "a", "--", "b"], ["--editors"], ["a", "--", "b"])])
def test_what_follows_two_dashes_is_pytests(words, own, rest):
    assert command._split(words) == (own, "--", rest)


def given(monkeypatch, tmp_path, codes):
    """The command with pretended checks: ``codes`` by the name of the program."""
    calls = []

    def call(words, environ):
        calls.append((words[2], list(map(str, words[3:])), environ))
        return codes.get(words[2], 0)

    monkeypatch.setattr(command, "BUILD", tmp_path)
    monkeypatch.setattr(command, "REPORT", tmp_path / "report.json")
    monkeypatch.setattr(command, "_environment", lambda folder: codes.get("environment", ""))
    monkeypatch.setattr(command, "_model", lambda folder: codes.get("model", ""))
    monkeypatch.setattr(command, "_call", call)
    return calls


def test_all_checks_run_and_pass(monkeypatch, tmp_path, capsys):
    calls = given(monkeypatch, tmp_path, {})
    assert command.main(["--", "-k", "shift"]) == 0
    assert [name for name, _, _ in calls] == ["ruff", "mypy", "pytest"]
    assert calls[-1][1][-2:] == ["-k", "shift"]
    assert "CUTAWAY_HOME" not in calls[-1][2]
    assert "All checks passed." in capsys.readouterr().out


@pytest.mark.parametrize("name", ["ruff", "mypy", "pytest"])
def test_one_that_fails_is_told_and_the_others_still_run(monkeypatch, tmp_path, capsys, name):
    calls = given(monkeypatch, tmp_path, {name: 1})
    assert command.main([]) == 1
    assert len(calls) == 3
    said = capsys.readouterr().out
    assert f"FAILED  {name}" in said
    assert said.count("passed  ") == 4


@pytest.mark.parametrize("name", ["environment", "model"])
def test_without_its_setup_nothing_is_run(monkeypatch, tmp_path, capsys, name):
    calls = given(monkeypatch, tmp_path, {name: "no network"})
    assert command.main([]) == 1
    assert calls == []
    assert "no network" in capsys.readouterr().err


def test_editors_can_be_required(monkeypatch, tmp_path):
    monkeypatch.delenv("CUTAWAY_REQUIRE_EDITORS", raising=False)
    calls = given(monkeypatch, tmp_path, {})
    command.main(["--editors"])
    assert calls[-1][2]["CUTAWAY_REQUIRE_EDITORS"] == "1"
    command.main([])
    assert "CUTAWAY_REQUIRE_EDITORS" not in calls[-1][2]


def test_editor_tests_are_listed(monkeypatch, tmp_path, capsys):
    given(monkeypatch, tmp_path, {})
    monkeypatch.setattr(command, "REPORT", tmp_path / "kept.json")
    (tmp_path / "kept.json").write_text(json.dumps([["tests/e2e/test_gimp.py::test_undo", "skipped", "no GIMP 3"]]))
    command._name_editor_tests()
    assert "skipped  tests/e2e/test_gimp.py::test_undo: no GIMP 3" in capsys.readouterr().out


def test_a_folder_that_is_no_environment_is_left(tmp_path):
    (tmp_path / "env").mkdir()
    (tmp_path / "env" / "mine.txt").write_text("mine")
    assert "is not an environment" in command._environment(tmp_path / "env")
    assert (tmp_path / "env" / "mine.txt").exists()
