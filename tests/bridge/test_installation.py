"""Finding what the installer made."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cutaway_bridge import installation
from cutaway_bridge.errors import BridgeError


def record(home: Path, **said: Any) -> Path:
    home.mkdir(exist_ok=True)
    (home / "installed.json").write_text(json.dumps(said))
    return home


def test_a_good_record(tmp_path: Path) -> None:
    found = installation.read(str(record(tmp_path, python=sys.executable, version="1.2", protocol=1, more=[1])))
    assert (found.home, found.python, found.version, found.protocol) == (str(tmp_path), sys.executable, "1.2", 1)
    assert found.log == str(tmp_path / "run" / "worker.log")


@pytest.mark.parametrize("text", [
    None, "", "{", "[]", "{}", '{"python": "/gone/python", "version": "1", "protocol": 1}',
    '{"python": "/bin/sh", "version": "1", "protocol": "1"}', '{"python": "/bin/sh", "protocol": 1}'])
def test_no_usable_record_is_said_with_what_to_do(tmp_path: Path, text: str | None) -> None:
    if text is not None:
        (tmp_path / "installed.json").write_text(text)
    with pytest.raises(BridgeError) as caught:
        installation.read(str(tmp_path))
    assert caught.value.code == "not_installed" and "python3 -m installers" in caught.value.hint


@pytest.fixture
def carried(tmp_path: Path) -> Path:
    """The bridge as an adapter carries it: a folder beside the adapter's own files."""
    plugin = tmp_path / "plug-ins" / "cutaway"
    shutil.copytree(Path(installation.__file__).parent, plugin / "bridge", ignore=shutil.ignore_patterns("__pycache__"))
    return plugin


def home_seen_from(plugin: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-B", "-c", "from bridge import installation; print(installation.find_home())"], cwd=plugin,
        env={"HOME": "/nowhere", **environment}, capture_output=True, text=True, timeout=30, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("place", [".", ".."])
def test_the_file_that_the_installer_puts_beside_it(carried: Path, place: str) -> None:
    (carried / place / "cutaway-home.json").write_text('{"home": "/opt/cutaway"}')
    assert home_seen_from(carried) == "/opt/cutaway"
    assert home_seen_from(carried, CUTAWAY_HOME="/elsewhere") == "/elsewhere", "the environment comes first"


@pytest.mark.parametrize("text", [None, "{", '{"home": ""}'])
def test_without_it_the_platforms_folder(carried: Path, text: str | None) -> None:
    if text is not None:
        (carried / "cutaway-home.json").write_text(text)
    assert home_seen_from(carried, XDG_DATA_HOME="/data") == "/data/cutaway"


def test_find(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUTAWAY_HOME", str(record(tmp_path / "h", python=sys.executable, version="1", protocol=1)))
    assert installation.find().home == str(tmp_path / "h")


def test_text() -> None:
    assert installation.text("/a") == "/a" == installation.text(b"/a")
    assert installation.native("/ä") == "/ä"
