"""What the benchmark says of speed and memory, and what runs in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.bench import edges_rembg, stages
from tests.bench.edges_rembg import asked
from tests.bench.stages_inside import Watch

SMALL = 40
FAKE_REMBG = """
import numpy as np
class Inner:
    def run(self, *given): pass
class Session:
    def __init__(self): self.inner_session = Inner()
def new_session(name, providers): return Session()
def remove(picture, session, **options):
    session.inner_session.run(None, {})
    if picture.width == 13:
        raise ValueError("too narrow")
    picture.putalpha(200 if options else 100)
    return picture
"""


def inside(tmp_path: Path, repeat: int, way: str) -> dict:
    (tmp_path / "rembg.py").write_text(FAKE_REMBG)
    (tmp_path / "in").mkdir()
    for name, wide in (("bad", 13), ("good", 20)):
        cv2.imwrite(str(tmp_path / "in" / f"{name}.png"), np.full((10, wide, 3), 77, np.uint8))
    command = [sys.executable, str(edges_rembg.INSIDE), "u2netp", str(tmp_path / "in"), str(tmp_path / "out"),
               str(repeat), way]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(done.stdout)


def test_a_picture_on_which_rembg_fails_leaves_no_file(tmp_path: Path) -> None:
    told = inside(tmp_path, 1, "pp")
    assert told["failed"] == {"bad": "ValueError: too narrow"}
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.png"]
    assert cv2.imread(str(tmp_path / "out" / "good.png"), cv2.IMREAD_UNCHANGED)[0, 0].tolist() == [77, 77, 77, 200]
    assert (len(told["whole"]), len(told["run"]), told["encode"]) == (1, 1, [])


def test_rembg_is_timed_as_often_as_asked(tmp_path: Path) -> None:
    told = inside(tmp_path, 3, "plain")
    assert (len(told["whole"]), len(told["run"]), len(told["encode"])) == (3, 3, 1)
    assert all(run <= whole for run, whole in zip(told["run"], told["whole"], strict=True))


def test_a_command_that_ends_badly_is_told(tmp_path: Path) -> None:
    def run(code: str, longest_s: float = 60) -> object:
        return asked([sys.executable, "-c", code], longest_s=longest_s)

    assert run("print('chatter'); print([1])") == [1]
    assert run("import sys; sys.exit('no memory')") == {"failed": {"": "ended with 1: no memory"}}
    assert run("") == run("print('chatter')") == {"failed": {"": "no answer"}}
    assert run("import time; time.sleep(60)", 0.5) == {"failed": {"": "not done after 0.5 s"}}
    assert "failed" in asked([str(tmp_path / "none")])


class FakeCourse(stages.Course):
    """Ours is known."""

    def _ours(self, model: str, pixels: np.ndarray) -> dict:
        return {"whole s": 1.0}


class FakeRembg:
    """Every way takes a second; "pp" fails."""

    def made(self, pictures, ways, repeat):  # type: ignore[no-untyped-def]
        list(pictures)
        return self

    def __enter__(self) -> FakeRembg:
        good = {"whole": [1.0, 2.0, 4.0], "run": [0.5] * 3, "encode": [0.1], "MB": 7.0, "failed": {}}
        self.told = dict.fromkeys(("plain", "dc", "a"), good)
        self.told["pp"] = {"failed": {"": "ended with -9"}}
        return self

    def __exit__(self, *_: object) -> None:
        pass


def test_beyond_its_limit_a_way_of_rembg_is_not_run_and_the_table_says_so() -> None:
    pixels = np.zeros((SMALL, SMALL, 3), np.uint8)
    course = FakeCourse(Path(), 3, {"a": SMALL * SMALL / 2e6, "dc": 1.0})
    rows = {row["way"]: row for row in course.rows("u2netp", "auto", FakeRembg(), "small", pixels)}
    assert list(rows) == ["ours", "rembg plain", "rembg pp", "rembg dc", "rembg a"]
    assert rows["rembg a"]["whole s"] == "not run over 0.0008 MP"
    assert rows["rembg pp"]["whole s"] == "failed: ended with -9"
    assert rows["rembg dc"] == {
        "size": "small", "weights": "u2netp", "way": "rembg dc", "run s": 0.5, "whole s": 2.0, "beyond the run s": 1.5,
        "encode s": 0.1, "peak MB": 7.0}


def test_our_row_is_what_was_said() -> None:
    told = {"run": 0.5, "edges": 0.25, "mask": 0.0, "colours": 0.25, "whole": 1.25, "load": 0.125, "encode": 1.0,
            "MB by stage": {"run": 100.0, "edges": 5.0}, "MB": 400.0}
    row = stages.ours_row(told)
    assert row["beyond the run s"] == 0.625 and row["edges MB"] == 5.0 and row["peak MB"] == 400.0
    assert stages.ours_row({"failed": {"": "ended with -9"}}) == {"whole s": "failed: ended with -9"}


def test_sizes_are_those_asked_for() -> None:
    pixels = np.zeros((60, 40, 3), np.uint8)
    sized = dict(stages.pictures(pixels, [0.01, 0.0006], panorama=False))
    assert list(sized) == ["0.01 MP", "0.0006 MP"]
    assert sized["0.01 MP"].shape == (122, 82, 3) and sized["0.0006 MP"].shape == (30, 20, 3)


def test_memory_is_told_by_stage() -> None:
    with Watch() as watch:
        watch.stage("small")
        watch.stage("large", 0.5)
        block = np.ones(60_000_000, np.uint8)
        watch.stage("after")
        kept = block[:10].copy()
    assert kept.all()
    assert watch.over("large") > 50 > 30 > watch.over("small")
    assert watch.over("large", left=block.nbytes) < 30 and watch.over("after") < 30
    assert watch.over("never") == 0


@pytest.mark.model
def test_the_product_by_itself(tmp_path: Path) -> None:
    models = Path(os.environ.get("CUTAWAY_TEST_MODELS", ""))
    if not (models / "u2netp.onnx").is_file() or models.name != "models":
        pytest.skip("needs u2netp.onnx in CUTAWAY_TEST_MODELS")
    pixels = np.full((200, 300, 3), 60, np.uint8)
    cv2.circle(pixels, (150, 100), 60, (240, 200, 30), -1)
    course = stages.Course(models.parent, 1, {})
    (row,) = course.rows("u2netp", "u2netp", None, "small", pixels)
    assert row["way"] == "ours" and 0 < row["run s"] < row["whole s"] and row["encode s"] > 0
    assert {"run MB", "edges MB", "colours MB", "encode MB", "peak MB"} <= set(row)
