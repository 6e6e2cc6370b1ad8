"""The samples of the README do what they say."""

from __future__ import annotations

import glob
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.e2e.conftest import PICTURES, Cutaway
from tests.emulator import Emulator

pytestmark = pytest.mark.model

README = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[list[str]]:
    """Every call of the command in the README, but the one that downloads 88 MB."""
    lines = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("cutaway ")]
    return [words[1:] for words in (shlex.split(line, comments=True) for line in lines) if "get" not in words]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    with Image.open(PICTURES / "cat.png") as cat:
        cat.convert("RGB").save(tmp_path / "cat.jpg")
    return tmp_path


def is_cutout(path: Path) -> bool:
    with Image.open(path) as picture:
        return picture.mode == "RGBA" and picture.getchannel("A").getextrema() == (0, 255)


def test_the_script(cutaway: Cutaway, folder: Path) -> None:
    script, _ = scripts()
    subprocess.run(
        [sys.executable, "-c", script], cwd=folder, env=cutaway.environment, check=True, timeout=120)
    assert is_cutout(folder / "cat_cutout.png")


def test_the_script_with_the_client_alone(folder: Path) -> None:
    _, script = scripts()
    with Image.open(folder / "cat.jpg") as cat:
        cat.save(folder / "cat.png")
    with Emulator(pending=0.0, processing=0.0, credits=7) as service:
        said = {"CUTAWAY_TOPAZ_URL": service.base_url, "CUTAWAY_TOPAZ_API_KEY": service.key}
        ran = subprocess.run(
            [sys.executable, "-c", script], cwd=folder, env={**os.environ, **said}, check=True, timeout=120,
            capture_output=True, text=True)
        assert ran.stdout == "7 credits left\n" and service.ledger.charged == 1
        with Image.open(folder / "cat_mask.png") as mask:
            assert (np.asarray(mask) == service.mask(service.jobs[0])).all()


def scripts() -> list[str]:
    """That of the package, and that of the client."""
    return sorted(blocks("python"), key=lambda script: "cutaway.topaz" in script)


def test_the_commands(cutaway: Cutaway, folder: Path) -> None:
    assert len(commands()) >= 4
    for words in commands():
        files = [name for word in words for name in (glob.glob(word, root_dir=folder) if "*" in word else [word])]
        outcome = cutaway(*files, folder=folder)
        assert outcome.code == 0, (words, outcome.err)
        for made in [*folder.glob("*_cutout.png"), *folder.glob("*_mask.png")]:
            made.unlink()
    assert is_cutout(folder / "cutouts" / "cat_cutout.png")


def test_every_long_option_of_the_installer_in_the_readme_exists() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "installers", "--help"], cwd=PICTURES.parents[1], capture_output=True, text=True,
        check=True, timeout=60).stdout
    named = set(re.findall(r"`(--[a-z-]+)`", README)) - {"--overwrite"}
    assert named and all(option in shown for option in named), named
