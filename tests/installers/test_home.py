"""The installer's home folder is the one that the installed program looks for."""

from pathlib import Path

import platformdirs
import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import Windows

from cutaway.home import Home
from installers.home import default_home, find_home

NAMES = ("XDG_DATA_HOME", "CUTAWAY_HOME", "LOCALAPPDATA")
KINDS = {"linux": Unix, "darwin": MacOS}


@pytest.fixture(autouse=True)
def bare(monkeypatch, tmp_path):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))


@pytest.mark.parametrize("platform", KINDS)
@pytest.mark.parametrize("said", [None, "", "/data/of mine", "relative/folder", "/dätä"])
def test_default_is_what_platformdirs_says(platform, said, monkeypatch, tmp_path):
    environ = {} if said is None else {"XDG_DATA_HOME": said}
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    expected = KINDS[platform]("cutaway", appauthor=False).user_data_dir
    assert default_home(platform, environ, tmp_path) == Path(expected)


def test_windows_default_is_what_platformdirs_says(monkeypatch, tmp_path):
    from platformdirs import windows
    monkeypatch.setattr(windows, "_RESOLVE_WIN_FOLDER", windows.get_win_folder_from_env_vars, raising=False)
    monkeypatch.setenv("LOCALAPPDATA", "/c/Users/u/AppData/Local")
    expected = Windows("cutaway", appauthor=False).user_data_dir
    assert default_home("win32", {"LOCALAPPDATA": "/c/Users/u/AppData/Local"}, tmp_path) == Path(expected)


def test_windows_without_the_variable_is_below_the_users_folder(tmp_path):
    assert default_home("win32", {}, tmp_path) == tmp_path / "AppData" / "Local" / "cutaway"


def test_the_core_finds_the_same_folder(tmp_path):
    import sys
    assert find_home(sys.platform, {}, tmp_path) == Home.find().path
    assert Path(platformdirs.user_data_dir("cutaway", appauthor=False)) == Home.find().path


@pytest.mark.parametrize("said", ["/somewhere/else", "~/my cutaway", "/with/../dots/./in"])
def test_the_variable_moves_it(said, tmp_path, monkeypatch):
    found = find_home("linux", {"CUTAWAY_HOME": said}, tmp_path)
    assert found.is_absolute()
    assert ".." not in found.parts
    monkeypatch.setenv("CUTAWAY_HOME", str(found))
    assert Home.find().path == found


def test_a_relative_variable_is_taken_from_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_home("linux", {"CUTAWAY_HOME": "here"}, tmp_path) == tmp_path / "here"
