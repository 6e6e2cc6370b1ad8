"""The zip, imported by Tools > Scripts > Import Python Plugin from File... into a Krita without the plug-in."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from . import kra, krita_profile, sandbox
from .fake_worker import FakeWorker
from .krita_session import Krita
from .short import short_path

pytestmark = [pytest.mark.krita, pytest.mark.gui]

OVERWRITE = "Overwrite Plugin"
ACTIVATE = "Activate Plugins?"
LIMIT_S = 60.0


@dataclass
class Bare(Krita):
    """A Krita without the plug-in, which, once it is there, looks for Cutaway where CUTAWAY_HOME says."""

    def prepare(self) -> Bare:
        super().prepare()
        shutil.rmtree(self.resources / "pykrita" / "cutaway")
        for name in ("pykrita/cutaway.desktop", "pykrita/cutaway_batch.py", "actions/cutaway.action"):
            (self.resources / name).unlink()
        settings = self.profile / ".config/kritarc"
        settings.write_text(settings.read_text().replace("enable_cutaway=true\n", ""))
        return self

    @property
    def resources(self) -> Path:
        return krita_profile.resources(self.profile)

    def line(self, words: list[str], variables: dict[str, str] | None = None) -> tuple[list[str], dict[str, str]]:
        return super().line(words, {"CUTAWAY_HOME": str(self.home), **(variables or {})})


@pytest.fixture(scope="module")
def bare(krita_editor: Any, krita_screen: Any) -> Iterator[Bare]:
    with short_path() as folder:
        yield Bare(krita_editor, folder, krita_screen.display).prepare()


class Hand:
    """What a user does: looks where something is, and clicks there."""

    def __init__(self, folder: Path, screen: Any) -> None:
        self.folder, self.screen = folder, screen

    def places(self) -> dict[str, list[int]]:
        try:
            return dict(json.loads((self.folder / "state.json").read_text(encoding="utf-8"))["places"])
        except (FileNotFoundError, ValueError):
            return {}

    def wait(self, place: str) -> None:
        self.screen.wait(lambda: place in self.places(), LIMIT_S, place)

    def click(self, place: str) -> None:
        self.wait(place)
        time.sleep(0.4)
        x, y = self.places()[place]
        self.screen.tell("mousemove", str(x), str(y))
        time.sleep(0.2)
        self.screen.tell("click", "1")
        time.sleep(0.4)


def imported(bare: Bare, screen: Any, path: Path, shots: Path, over_the_old: bool) -> None:
    for name in ("quit", "state.json"):
        (bare.folder / name).unlink(missing_ok=True)
    with bare.driven("krita_import") as process:
        hand = Hand(bare.folder, screen)
        try:
            hand.click("menu:Tools")
            hand.click("entry:Scripts")
            hand.click("entry:Import Python Plugin from File...")
            hand.wait("dialog:Import Plugin")
            time.sleep(1.0)
            screen.shoot(shots / "krita-import.png")
            screen.type(str(path))
            screen.key("Return")
            if over_the_old:
                hand.wait(f"dialog:{OVERWRITE}")
                hand.click("button:Yes")
            hand.wait(f"dialog:{ACTIVATE}")
            screen.shoot(shots / "krita-import-activate.png")
            hand.click("button:Yes")
            screen.wait(lambda: f"dialog:{ACTIVATE}" not in hand.places(), LIMIT_S, "the end of the dialog")
            (bare.folder / "quit").touch()
            assert process.wait(60) == 0
        finally:
            screen.shoot(shots / "krita-import-end.png")


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("zip")
    done = subprocess.run(
        [sys.executable, "-m", "installers.krita_zip", str(folder)], cwd=sandbox.CHECKOUT, capture_output=True,
        text=True, check=True, timeout=60)
    return Path(done.stdout.strip())


def judged(bare: Bare, worker: FakeWorker) -> None:
    said = bare.script("krita_imported")["run"]
    assert Path(said["file"]).parent == bare.resources / "pykrita" / "cutaway"
    assert said["message"] == "" and said["tree"][-1] == ["photo (cutout)", True, [["Cutout mask", True, []]]]
    assert "Remove Background..." in said["menu"] and said["keys"] == "Ctrl+Alt+Shift+B", "the action file is there"
    mask = kra.read(Path(said["path"])).layer("Cutout mask").samples(0, 0, 150, 140)
    np.testing.assert_array_equal(mask, worker.runs[-1].out_mask)


def test_import_restart_run_and_import_over_the_old(bare: Bare, krita_screen: Any, shots: Path, pack: Path) -> None:
    zipped = bare.folder / pack.name  # Krita's sandbox sees only its own folder
    shutil.copy2(pack, zipped)
    imported(bare, krita_screen, zipped, shots, over_the_old=False)
    settings = (bare.profile / ".config/kritarc").read_text(encoding="utf-8")
    assert "enable_cutaway=true" in settings, "Krita has not kept that it is on"
    with FakeWorker(bare.home) as worker:
        judged(bare, worker)
        stale = bare.resources / "pykrita" / "cutaway" / "of_an_older_version.py"
        stale.write_text("raise SystemExit")
        imported(bare, krita_screen, zipped, shots, over_the_old=True)
        assert not stale.exists(), "Krita has put the new plug-in in the old one's place"
        judged(bare, worker)
