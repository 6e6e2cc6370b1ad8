"""The command: what it prints, and its exit codes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from installers import main as command

from .fakes import Stage

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def given(stage, monkeypatch):
    """The real command on the pretended computer."""
    monkeypatch.setattr(command, "CHECKOUT", stage.checkout)
    monkeypatch.setattr(command, "run", stage.runner)
    monkeypatch.setattr(command, "this_computer", lambda environ, runner: stage.computer())
    monkeypatch.setenv("CUTAWAY_HOME", str(stage.home))
    monkeypatch.setattr(command.signal, "signal", lambda *said: None)
    return stage


def test_installing(given, capsys):
    assert command.main([]) == 0
    said = capsys.readouterr().out
    assert "Cutaway 0.1.0 is installed" in said
    assert "No supported editor was found" in said
    assert str(given.layout.demo / "astronaut_cutout.png") in said
    assert "u2netp, CPUExecutionProvider, 0.4 s" in said


def test_it_says_what_to_do_next(given, capsys):
    given.profile.mkdir(parents=True)
    command.main([])
    assert "start GIMP 3.0, open a picture, and choose Layer > Remove Background" in capsys.readouterr().out


def test_a_dry_run_shows_the_plan_and_changes_nothing(given, capsys):
    given.profile.mkdir(parents=True)
    before = given.snapshot()
    assert command.main(["--dry-run"]) == 0
    assert given.snapshot() == before
    said = capsys.readouterr().out
    assert "[1/9] Make the Python environment" in said
    assert "Nothing was changed" in said


def test_a_dry_run_tells_of_what_is_in_the_way(given, capsys):
    given.layout.command.parent.mkdir(parents=True)
    given.layout.command.write_text("mine")
    assert command.main(["--dry-run"]) == 1
    assert str(given.layout.command) in capsys.readouterr().err


@pytest.mark.parametrize("name", ["pip-install", "models", "remove"])
def test_a_failure_is_told_with_the_programs_words(given, capsys, name):
    given.runner.failing = {name}
    assert command.main([]) == 1
    said = capsys.readouterr().err
    assert f"| {name} went wrong" in said
    assert not given.home.exists()


def test_something_in_the_way_is_found_before_all(given, capsys):
    (given.home / "env").mkdir(parents=True)
    assert command.main([]) == 1
    assert "Nothing was changed" in capsys.readouterr().err
    assert given.runner.calls == []


def test_ctrl_c(given, capsys, monkeypatch):
    def stop(words, on_line):
        raise KeyboardInterrupt

    monkeypatch.setattr(given.runner, "do_pip_install", stop)
    before = given.snapshot()
    assert command.main([]) == 130
    assert given.snapshot() == before
    assert "Taking back" in capsys.readouterr().out


def test_uninstalling(given, capsys):
    before = given.snapshot()
    command.main([])
    assert command.main(["--uninstall", "--dry-run"]) == 0
    assert given.layout.python.exists()
    assert str(given.layout.command) in capsys.readouterr().out
    mine = given.home / "notes.txt"
    mine.write_text("mine")
    assert command.main(["--uninstall"]) == 0
    assert str(mine) in capsys.readouterr().out
    mine.unlink()
    given.home.rmdir()
    assert given.snapshot() == before


@pytest.mark.parametrize("dry", [[], ["--dry-run"]])
def test_uninstalling_what_is_not_there(given, capsys, dry):
    assert command.main(["--uninstall", *dry]) == 1
    assert "is not installed" in capsys.readouterr().err
    assert not given.home.exists()


@pytest.mark.parametrize("words", [["--no-such"], ["folder"]])
def test_wrong_use(words, capsys):
    with pytest.raises(SystemExit) as ended:
        command.main(words)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_options_reach_the_plan(given):
    given.profile.mkdir(parents=True)
    assert command.main(["--no-editors", "--no-link", "--no-demo"]) == 0
    assert list(given.profile.iterdir()) == []
    assert not (given.user / ".local").exists()
    assert not given.layout.demo.exists()


def test_the_real_command_shows_its_plan_for_this_repository(tmp_path):
    """With its own Python, from the checkout, without the packages of this environment."""
    stage = Stage(tmp_path)
    environ = {**os.environ, "HOME": str(stage.user), "CUTAWAY_HOME": str(stage.home), "GIMP3_DIRECTORY": "profile",
               "PYTHONDONTWRITEBYTECODE": "1"}
    code = ("import sys; sys.path[:] = [p for p in sys.path if 'site-packages' not in p]; sys.path.insert(0, '.');"
            "from installers.main import main; sys.exit(main(['--dry-run']))")
    ended = subprocess.run([sys.executable, "-S", "-c", code], cwd=ROOT, env=environ, capture_output=True, text=True,
                           timeout=60, check=False)
    assert ended.returncode == 0, ended.stderr
    assert "GIMP 3 (profile)" in ended.stdout
    assert not stage.home.exists()
    assert list(stage.user.iterdir()) == []


def test_an_old_python_is_told_so():
    text = (ROOT / "installers" / "__main__.py").read_text()
    before = text.index("sys.version_info < (3, 11)")
    assert "import" not in text[before:text.index("sys.exit")]
    assert "f\"" not in text and "f'" not in text
