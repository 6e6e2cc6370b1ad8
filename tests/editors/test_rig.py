"""The rig's own parts that need no editor: apt's sources, the recipe, the sandbox's command line, time limits."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import pytest

from . import __main__ as program
from . import conftest, mirror, profile, roots, sandbox, screen, session

ONE_LINE = """# a comment
deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] https://packages.example.org/apt stable main
deb-src http://mirror.example.org/debian bookworm main
deb http://security.example.org/debian-security bookworm-security main
deb http://mirror.example.org/debian bookworm main contrib  # the one
"""
DEB822 = """Types: deb deb-src
# about it
URIs: http://one.example.org/debian/ http://two.example.org/debian/
Suites: trixie
 trixie-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Enabled: no
Types: deb
URIs: http://off.example.org/debian
Suites: trixie
Components: main

Types: deb-src
URIs: http://source.example.org/debian
Suites: trixie
Components: main
"""


def test_one_line_sources() -> None:
    found = mirror.one_line(ONE_LINE)
    assert [archive.uri for archive in found] == [
        "https://packages.example.org/apt", "http://security.example.org/debian-security",
        "http://mirror.example.org/debian"]
    assert [archive.is_debian for archive in found] == [False, False, True]
    assert found[2].components == ("main", "contrib")


def test_deb822_sources() -> None:
    found = mirror.deb822(DEB822)
    assert [archive.uri for archive in found] == ["http://one.example.org/debian/", "http://two.example.org/debian/"]
    assert found[0].suites == ("trixie", "trixie-updates") and found[0].is_debian


@pytest.fixture
def apt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("CUTAWAY_DEBIAN_MIRROR", raising=False)
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def test_the_machines_own_mirror(apt: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(LookupError, match="CUTAWAY_DEBIAN_MIRROR"):
        mirror.debian(apt)
    (apt / "sources.list.d" / "debian.sources").write_text(DEB822)
    assert mirror.debian(apt) == "http://one.example.org/debian/"
    (apt / "sources.list").write_text(ONE_LINE)
    assert mirror.debian(apt) == "http://mirror.example.org/debian"
    monkeypatch.setenv("CUTAWAY_DEBIAN_MIRROR", "http://said.example.org/d")
    assert mirror.debian(apt) == "http://said.example.org/d"


@pytest.fixture
def editors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for editors, and a PATH with nothing on it."""
    monkeypatch.setenv("CUTAWAY_EDITORS", str(tmp_path / "editors"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    (tmp_path / "bin").mkdir()
    return tmp_path


def executable(folder: Path, *names: str, text: str = "#!/bin/sh\n") -> None:
    for name in names:
        (folder / "bin" / name).write_text(text)
        (folder / "bin" / name).chmod(0o755)


def test_an_editor_is_its_root_or_on_the_path_or_missing(editors: Path) -> None:
    assert roots.find("gimp-3.0") is None
    executable(editors, "gimp-3", "gimp-console-3", text="#!/bin/sh\necho 3.0.4\n")
    assert roots.find("gimp-3.0").root is None
    root = editors / "editors" / "gimp-3.0"
    root.mkdir(parents=True)
    (root / roots.STAMP).write_text('{"packages": {"gimp": "3.0.4-3"}}')
    assert roots.find("gimp-3.0").root is None, "without bwrap the root is of no use"
    executable(editors, "bwrap")
    found = roots.find("gimp-3.0")
    assert found.root == root and found.versions() == {"gimp": "3.0.4-3"}


def test_a_root_is_made_in_one_piece(editors: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    executable(editors, *roots.TOOLS)
    monkeypatch.setenv("CUTAWAY_DEBIAN_MIRROR", "http://said.example.org/debian")
    made = []

    def fake_run(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        target = Path(command[-2])
        assert not (editors / "editors" / "gimp-3.0").exists(), "the place itself is filled only at the end"
        (target / "var/lib/dpkg").mkdir(parents=True)
        (target / "var/lib/dpkg/status").write_text(
            "Package: gimp\nStatus: install ok installed\nVersion: 3.0.4\n\n"
            "Package: gone\nStatus: deinstall ok config-files\nVersion: 1\nDescription: x\n more: text\n")
        made.append(command)
        return subprocess.CompletedProcess(command, 1 if len(made) == 1 else 0, "why", "")

    monkeypatch.setattr(roots.subprocess, "run", fake_run)
    with pytest.raises(RuntimeError, match="why"):
        roots.install("gimp-3.0")
    assert [path.name for path in (editors / "editors").iterdir()] == [".gimp-3.0.lock"]
    assert roots.install("gimp-3.0").versions() == {"gimp": "3.0.4"}
    assert roots.install("gimp-3.0").root == editors / "editors" / "gimp-3.0"
    assert len(made) == 2, "what is there is not made again"
    assert made[0][-1] == "http://said.example.org/debian"


@pytest.mark.parametrize("tool", ["mmdebstrap", "debootstrap"])
def test_the_command_that_makes_a_root(tool: str) -> None:
    words = roots.bootstrap_command(roots.RECIPES["gimp-3.0"], Path("/new"), "http://m", tool)
    assert words[0] == tool and words[-3:] == ["trixie", "/new", "http://m"]
    assert any(word.startswith("--include=gimp,") for word in words)


def test_the_program_says_what_is_missing(editors: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["find", "gimp-3.0"]) == 1
    assert "python -m tests.editors install gimp-3.0" in capsys.readouterr().out
    executable(editors, "gimp-3", "gimp-console-3", text="#!/bin/sh\necho 3.0.4\n")
    assert program.main(["find", "gimp-3.0"]) == 0
    assert "on the PATH" in capsys.readouterr().out


def test_an_editor_that_is_missing_fails_only_where_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUTAWAY_REQUIRE_EDITORS", raising=False)
    with pytest.raises(pytest.skip.Exception):
        conftest.absent("no editor")
    monkeypatch.setenv("CUTAWAY_REQUIRE_EDITORS", "1")
    assert session.required()
    with pytest.raises(pytest.fail.Exception):
        conftest.absent("no editor")


def test_the_sandbox_shows_what_it_is_given(tmp_path: Path) -> None:
    editor = roots.Editor("gimp-3.0", Path("/root-of-it"), "w", "c")
    line, environment = sandbox.command(
        editor, ["gimp", "-i"], tmp_path, {"A": "b"}, writable=[Path("/data")], readable=[Path("/code")])
    joined = " ".join(line)
    assert line[0] == "bwrap" and line[-2:] == ["gimp", "-i"]
    assert "--ro-bind /root-of-it/usr /usr" in joined and "--bind /data /data" in joined
    assert "--ro-bind /code /code" in joined and f"--bind {tmp_path} {tmp_path}" in joined
    assert environment["GIMP3_DIRECTORY"] == str(tmp_path) and environment["A"] == "b"
    assert "PYTHONPATH" not in environment and "CUTAWAY_HOME" not in environment
    alone, _ = sandbox.command(roots.Editor("gimp-3.0", None, "w", "c"), ["gimp"], tmp_path)
    assert alone == ["gimp"]


def test_a_python_from_usr_is_shown_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sandbox.sys, "prefix", "/env")
    monkeypatch.setattr(sandbox.sys, "base_prefix", "/usr")
    monkeypatch.setattr(sandbox.os.path, "realpath", lambda _: "/usr/bin/python3.11")
    monkeypatch.setattr(sandbox.sysconfig, "get_path", lambda name: "/usr/lib/python3.11")
    wanted = [Path("/env"), Path("/usr/bin/python3.11"), Path("/usr/lib/python3.11")]
    assert sandbox.interpreter_folders() == wanted
    (tmp_path / "usr/bin").mkdir(parents=True)
    (tmp_path / "usr/bin/python3.11").touch()  # left by an earlier run
    editor = roots.Editor("gimp-3.0", tmp_path, "w", "c")
    joined = " ".join(sandbox.command(editor, ["gimp"], tmp_path, readable=wanted)[0])
    assert f"--bind {tmp_path}/usr /usr" in joined and "--ro-bind /usr/bin/python3.11 /usr/bin/python3.11" in joined
    (tmp_path / "usr/bin/python3.11").write_text("the root's own")
    joined = " ".join(sandbox.command(editor, ["gimp"], tmp_path, readable=wanted[:2])[0])
    assert f"--ro-bind {tmp_path}/usr /usr" in joined and "/usr/bin/python3.11" not in joined


def test_a_run_ends_with_all_its_children(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    script = f"sleep 300 & echo $! > {mark}; echo said; wait"
    with pytest.raises(TimeoutError, match="said"):
        sandbox.run(["/bin/sh", "-c", script], os.environ, tmp_path / "log", 0.5)
    child = int(mark.read_text())
    for _ in range(50):
        state = Path(f"/proc/{child}/stat")
        if not state.exists() or state.read_text().split()[2] == "Z":
            return
        time.sleep(0.1)
    raise AssertionError("the child is still there")


def test_a_run_tells_code_and_output(tmp_path: Path) -> None:
    done = sandbox.run(["/bin/sh", "-c", "echo out; echo err >&2; exit 3"], os.environ, tmp_path / "log", 20)
    assert (done.code, done.output) == (3, "out\nerr\n")


def test_the_adapter_is_laid_out_as_the_installer_does(tmp_path: Path) -> None:
    made = profile.make(tmp_path / "profile")
    target = profile.install_adapter(made, tmp_path / "home")
    assert os.access(target / "cutaway.py", os.X_OK)
    assert {"host.py", "settings.json"} <= {path.name for path in (target / "cutaway_bridge").iterdir()}
    assert json.loads((target / "cutaway-home.json").read_text()) == {"home": str(tmp_path / "home")}
    assert not list(target.rglob("__pycache__"))


@pytest.mark.gui
def test_a_screen_has_windows_and_pictures(shown: screen.Screen, tmp_path: Path) -> None:
    shown.gone("no such window", 1)
    with pytest.raises(TimeoutError, match="no such window"):
        shown.window("no such window", 0.3)
    assert shown.shoot(tmp_path / "a" / "shot.png").stat().st_size > 100
