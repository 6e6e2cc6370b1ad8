"""The help is something to learn from, comes without heavy imports, and the edge of the process says sentences."""

from __future__ import annotations

import ast
import io
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from cutaway_cli import failure, main
from tests.cli.fake_worker import FakeDeath

HEAVY = {"rich", "numpy", "PIL", "cv2", "onnxruntime", "tifffile", "cutaway"}
"""What the command line must not load: the worker has the last ones, and rich is for the bar alone."""


def loaded_after(*arguments: str) -> set[str]:
    """The names of the modules that a call loads, in a process of its own."""
    code = ("import json, sys\nfrom cutaway_cli import main\nmain.main(json.loads(sys.argv[1]))\n"
            "print(json.dumps(sorted(sys.modules)), file=sys.stderr)")
    ran = subprocess.run(
        [sys.executable, "-c", code, json.dumps(arguments)], capture_output=True, text=True, timeout=60, check=True)
    return set(json.loads(ran.stderr.splitlines()[-1]))


@pytest.mark.parametrize("arguments", [
    ("--help",), ("remove", "--help"), ("models",), ("worker", "status"), ("remove", "cat.jpg")])
def test_no_call_loads_the_core(worker, here, arguments):
    (here / "cat.jpg").touch()
    assert not loaded_after(*arguments) & HEAVY
    assert (here / "cat_cutout.png").exists() is ("cat.jpg" in arguments)


def test_help_does_not_even_load_the_client():
    assert not loaded_after("remove", "--help") & {"cutaway_bridge.client", "cutaway_files", "cutaway_cli.remove"}


@pytest.mark.parametrize("words", [("--help",), ("-h",), ("remove", "--help"), ("models", "-h"), ("worker", "-h"),
                                   ("models", "get", "--help"), ("worker", "stop", "--help")])
def test_help(cutaway, words):
    outcome = cutaway(*words)
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith("Usage: cutaway")


def test_the_top_has_examples_that_can_be_run(cutaway, worker, here, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("a-key\n"))
    for name in ("cat.jpg", "dog.jpg"):
        (here / name).touch()
    (here / "out").mkdir()
    examples = [line.strip().split("  ")[0].split()[1:] for line in cutaway("--help").out.splitlines()
                if line.startswith("    cutaway ")]
    assert len(examples) >= 5

    def ends(request):
        raise FakeDeath
    worker.scripts["stop"] = ends
    for words in examples:
        expanded = [one for word in words for one in (["cat.jpg", "dog.jpg"] if word == "*.jpg" else [word])]
        outcome = cutaway(*expanded, *(["--overwrite"] if words[0] == "remove" else []))
        assert outcome.code == 0, (words, outcome.err)


def test_nothing_said_shows_the_help(cutaway):
    outcome = cutaway()
    assert outcome.code == 2 and "Examples:" in outcome.out + outcome.err


def test_version(cutaway):
    assert cutaway("--version").out == f"cutaway {version('cutaway')}\n"


def test_a_word_that_is_no_command(cutaway):
    outcome = cutaway("removes", "cat.jpg")
    assert outcome.code == 2 and "removes" in outcome.err


def test_the_installed_command_and_the_module_are_one(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["cutaway", "--version"])
    with pytest.raises(SystemExit) as end:
        main.run()
    said = subprocess.run(
        [sys.executable, "-m", "cutaway_cli", "--version"], capture_output=True, text=True, timeout=60, check=True)
    assert (end.value.code, capsys.readouterr().out) == (0, said.stdout)


def test_a_defect_without_a_home_goes_to_the_folder_for_temporary_files(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "nowhere"))
    monkeypatch.setattr(failure.tempfile, "tempdir", str(tmp_path))
    failure.tell(ValueError("secretly broken"), ["remove"])
    (written,) = tmp_path.glob("cutaway-*.txt")
    said = capsys.readouterr().err
    assert str(written) in said and "secretly" not in said and said.count("\n") == 1
    assert "secretly broken" in written.read_text(encoding="utf-8")
    assert not (tmp_path / "nowhere").exists()


def test_a_defect_that_cannot_be_written_down_is_still_said(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "nowhere"))
    monkeypatch.setattr(failure.tempfile, "tempdir", str(tmp_path / "gone"))
    failure.tell(ValueError("broken"), [])
    assert "could not be written down" in capsys.readouterr().err


def test_the_command_imports_only_what_its_place_allows():
    allowed = {"typer", "rich", "cutaway_bridge", "cutaway_files", *sys.stdlib_module_names}
    root = Path(main.__file__).parents[1]
    for path in [*root.glob("cli/*.py"), *root.glob("files/*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            assert {name.split(".")[0] for name in names} <= allowed, path
