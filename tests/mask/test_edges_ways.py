"""The benchmark's ways and sheets, with an engine whose answer is known and a rembg made of a script."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from cutaway import engines
from cutaway.cutout import Matte
from cutaway.home import Home
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings
from tests.bench import edges_sheets
from tests.bench.edges_quality import Contest
from tests.bench.edges_rembg import Rembg
from tests.bench.edges_ways import WAYS, Product, Way
from tests.bench.tables import against, markdown, summary

FAKE = """#!{python}
import json, os, sys
from PIL import Image
alone, script, name, source, target, repeat, way = sys.argv[1:]
assert os.path.isfile(os.path.join(os.environ["U2NET_HOME"], name + ".onnx")), "the weights are not there"
if way == "{dies}":
    sys.exit("out of memory")
os.makedirs(target)
for file in os.listdir(source):
    Image.open(os.path.join(source, file)).convert("RGBA").save(os.path.join(target, file))
print("chatter")
print(json.dumps({{"whole": [1.0] * int(repeat), "run": [0.5] * int(repeat), "encode": [], "failed": {{}}, "MB": 7}}))
"""


class FakeEngine:
    """What is bright is the subject, at 64 pixels; ``asked``: the models of the settings."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def matte(self, picture: Picture, settings: RemoveSettings, job: Job) -> Matte:
        self.asked.append(settings.model)
        small = cv2.resize(np.ascontiguousarray(picture.pixels[..., 0]), (64, 64), interpolation=cv2.INTER_AREA)
        return Matte(np.clip((small.astype(np.float32) - 50) / 150, 0, 1), "local", settings.model)

    closer = matte


class FakeBare:
    """The same, enlarged."""

    def matte(self, pixels: np.ndarray) -> np.ndarray:
        answer = FakeEngine().matte(Picture(pixels), RemoveSettings(), Job()).values
        return np.rint(cv2.resize(answer, pixels.shape[1::-1], interpolation=cv2.INTER_LINEAR) * 255).astype(np.uint8)


def product(engine: FakeEngine) -> Product:
    return Product(lambda model: engines.create("mask", Home(Path())) if model == "mask" else engine)


def disk(size: int = 600, radius: int = 60) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[:size, :size]
    true = np.clip(radius + 0.5 - np.hypot(y - size / 2, x - size / 2), 0, 1).astype(np.float32)
    pixels = true[..., None] * np.float32([220, 150, 80]) + (1 - true[..., None]) * np.float32([30, 60, 90])
    return pixels.astype(np.uint8), true


def test_our_ways_differ_by_what_they_leave_out() -> None:
    pixels, true = disk()
    engine = FakeEngine()
    made = product(engine)
    mattes = {way.name: made.run(pixels, way).mask for way in WAYS["u2netp"]}
    mattes["bare model"] = FakeBare().matte(pixels)
    error = {way: np.abs(matte / 255 - true).sum() for way, matte in mattes.items()}
    assert max(error["ours"], error["ours, one look"]) < 0.2 * error["bare model"]
    assert not np.array_equal(mattes["ours"], mattes["ours, one look"]), "the subject is small"
    assert error["ours, not refined"] < 0.6 * error["bare model"]
    assert engine.asked == ["u2netp"] * 5, "twice where it may look twice"


def test_one_look_without_refinement_is_the_bare_model() -> None:
    pixels, _ = disk(radius=200)
    way = next(way for way in WAYS["isnet"] if way.name.startswith("bare"))
    got = product(FakeEngine()).run(pixels, way).mask
    assert np.abs(got.astype(int) - FakeBare().matte(pixels)).max() <= 1


def test_what_a_user_gets_is_the_last_way_and_auto() -> None:
    settings = RemoveSettings()
    assert WAYS["isnet"][-1] == Way("ours", settings.model, settings.refine)
    assert WAYS["u2netp"][-1] == Way("ours", "u2netp", settings.refine)


def written(folder: Path) -> None:
    for name, part in (("images", 0), ("alphas", 1)):
        (folder / name).mkdir()
        made = disk()[part]
        stored = made[..., ::-1] if part == 0 else np.rint(made * 255).astype(np.uint8)
        cv2.imwrite(str(folder / name / "one.png"), stored)


def contest(folder: Path, dies: str, closed_mp: float = 1.2) -> Contest:
    (folder / "weights.onnx").write_bytes(b"weights")
    fake = folder / "python"
    fake.write_text(FAKE.format(python=sys.executable, dies=dies))
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    rembg = Rembg(fake, folder / "weights.onnx", "u2netp")
    return Contest("u2netp", FakeBare(), product(FakeEngine()), rembg, closed_mp)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script with a first line that names its interpreter")
def test_one_table_with_rembg_beside_ours(tmp_path: Path) -> None:
    written(tmp_path)
    found = contest(tmp_path, dies="none").measure(tmp_path, tmp_path / "sheets")
    ways = {way.name for way in WAYS["u2netp"]}
    assert set(found.scored) == ways | {"bare model", "rembg plain", "rembg a", "rembg pp", "rembg dc"}
    rows = {row["way"]: row for row in summary(found.scored)}
    assert rows["ours"]["SAD"][0] < rows["bare model"]["SAD"][0]
    assert rows["ours"]["Colour error"] < rows["bare model"]["Colour error"] == rows["rembg dc"]["Colour error"]
    assert rows["rembg plain"]["SAD"][0] > 100, "the stand-in keeps everything"
    judged = {(row["way"], row["against"]): row for row in against(found.scored)}
    assert judged["ours", "rembg dc"]["Connectivity"] == {"won": 1, "lost": 0, "ratio": pytest.approx(0, abs=0.1)}
    assert [path.name for path in found.sheets] == [f"{tmp_path.name}-u2netp-1-one.png"] and found.failures == []
    assert cv2.imread(str(found.sheets[0])).shape[1] == 8 * (edges_sheets.CROP + edges_sheets.GAP)
    assert "| ours | 1 |" in markdown(list(rows.values()))


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script with a first line that names its interpreter")
def test_a_way_of_rembg_that_dies_is_told_and_the_others_are_scored(tmp_path: Path) -> None:
    written(tmp_path)
    found = contest(tmp_path, dies="dc", closed_mp=0.1).measure(tmp_path)
    assert {"rembg plain", "rembg pp"} == {way for way in found.scored if way.startswith("rembg")}
    assert found.failures == [
        "rembg dc: ended with 1: out of memory", "rembg a: not run, there are pictures over 0.1 MP",
        "rembg dc: ended with 1: out of memory (composition)"]


def test_cleaned_colours_are_only_at_the_edge() -> None:
    pixels, true = disk()
    matte = np.rint(cv2.GaussianBlur(true, (0, 0), 2) * 255).astype(np.uint8)
    shown = product(FakeEngine()).given(pixels, matte)
    np.testing.assert_array_equal(shown.mask, matte)
    changed = (shown.rgba()[..., :3] != pixels).any(axis=-1)
    assert changed.any() and not changed[(matte == 255) | (matte == 0)].any()


def test_a_sheet_shows_the_worst_edge_and_what_is_soft() -> None:
    error, true = np.zeros((1500, 1500), np.float32), np.zeros((1500, 1500), np.float32)
    true[:, 1400:] = 1
    true[200:300, 200:300] = 0.5
    error[700:720, 1390:1400] = 1
    error[1000:1400, 100:500] = 1
    found = edges_sheets.places(true, error)
    assert [label for label, _ in found] == ["worst", "soft", "soft"]
    worst, first = (where for _, where in found[:2])
    assert error[worst].sum() == 200 and error[worst].shape == (edges_sheets.CROP, edges_sheets.CROP)
    assert (true[first] == 0.5).sum() == 100 * 100
    shown = np.zeros(true.shape, int)
    for _, where in found:
        shown[where] += 1
    assert shown.max() == 1, "no two overlap"
    assert edges_sheets.places(np.zeros((50, 50), np.float32), np.zeros((50, 50), np.float32)) == []


def test_a_sheet_has_magenta_above_checkerboard() -> None:
    pixels, true = disk()
    nothing = np.zeros(true.shape, np.uint8)
    made = edges_sheets.sheet("one", pixels, true, {"ours": (pixels, nothing)}, true)
    crop, gap, head = edges_sheets.CROP, edges_sheets.GAP, edges_sheets.HEAD
    right = made[:, crop + gap : 2 * crop + gap]
    assert (right[head : head + crop] == edges_sheets.MAGENTA).all()
    below = right[head + crop + gap : head + 2 * crop + gap]
    np.testing.assert_array_equal(below, edges_sheets.checkerboard(crop, crop))


def test_laid_over_a_checkerboard() -> None:
    board = edges_sheets.checkerboard(16, 16)
    assert sorted(np.unique(board)) == [102, 154] and (board[:8, :8] == board[8:, 8:]).all()
    half = edges_sheets.over(np.full((16, 16, 3), 255, np.uint8), np.full((16, 16), 0.5), board)
    assert set(np.unique(half)) == {179, 205}
