"""Two installations at once cannot run."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from installers.errors import InstallError
from installers.lock import Lock

ROOT = Path(__file__).resolve().parents[2]


def test_the_second_is_refused(tmp_path):
    path = tmp_path / "a" / "b" / "install.lock"
    with Lock(path) as first:
        assert first.made == [tmp_path / "a", tmp_path / "a" / "b"]
        with pytest.raises(InstallError, match="Another installation is at work"), Lock(path):
            pass
        assert path.exists()
    assert list(tmp_path.iterdir()) == []


def test_it_is_free_again_afterwards(tmp_path):
    for _ in range(2):
        with Lock(tmp_path / "install.lock"):
            pass


def test_it_is_freed_by_an_error(tmp_path):
    with pytest.raises(ValueError, match="inside"), Lock(tmp_path / "install.lock"):
        raise ValueError("inside")
    with Lock(tmp_path / "install.lock"):
        pass


def test_a_folder_with_something_in_it_stays(tmp_path):
    with Lock(tmp_path / "home" / "install.lock"):
        (tmp_path / "home" / "installed.json").write_text("{}")
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["installed.json"]


def test_another_process_is_kept_out_and_death_frees_the_lock(tmp_path):
    path = tmp_path / "install.lock"
    code = textwrap.dedent("""
        import pathlib, sys
        from installers.lock import Lock
        with Lock(pathlib.Path(sys.argv[1])):
            print("locked", flush=True)
            sys.stdin.read()
    """)
    with subprocess.Popen([sys.executable, "-c", code, str(path)], cwd=ROOT, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "locked\n"
            with pytest.raises(InstallError, match="Another"), Lock(path):
                pass
        finally:
            process.kill()
    assert path.exists()
    with Lock(path):
        pass
    assert not path.exists()


def test_a_lock_file_that_its_last_holder_removed_meanwhile_is_not_enough(tmp_path, monkeypatch):
    """Opened before, locked after the removal: the lock would guard a file that nobody else can see."""
    from installers import lock
    path = tmp_path / "install.lock"
    real, calls = lock._take, []

    def slow(stream):
        if not calls:
            path.unlink()
        calls.append(stream)
        return real(stream)

    monkeypatch.setattr(lock, "_take", slow)
    with Lock(path):
        assert len(calls) == 2
        assert path.exists()


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InstallError, match="cannot be used"), Lock(tmp_path / "file" / "home" / "install.lock"):
        pass
