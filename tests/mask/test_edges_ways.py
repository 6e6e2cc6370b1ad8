"""The benchmark's ways, tables and sheets, with a network whose answer is known and a rembg made of a script."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.bench import edges_bench, edges_sheets
from tests.bench.edges_ways import Networks, Rembg, cleaned, ours

FAKE = """#!{python}
import json, os, sys
from PIL import Image
script, name, source, target, repeat, *ways = sys.argv[1:]
assert os.path.isfile(os.path.join(os.environ["U2NET_HOME"], name + ".onnx")), "the weights are not there"
for way in ways:
    os.makedirs(os.path.join(target, way))
    for file in os.listdir(source):
        Image.open(os.path.join(source, file)).convert("RGBA").save(os.path.join(target, way, file))
print("chatter")
print(json.dumps({{way: {{"seconds": [1.0] * int(repeat), "MB": 7}} for way in ways}}))
"""


class FakeNetwork:
    """What is bright is the subject."""

    def __init__(self, side: int = 64, fluid: bool = False) -> None:
        self.side, self.fluid = side, fluid

    def answer(self, pixels: np.ndarray, square: bool = False) -> np.ndarray:
        high = self.side if square or not self.fluid else self.side // 2
        small = cv2.resize(pixels[..., 0], (self.side, high), interpolation=cv2.INTER_AREA)
        return np.clip((small.astype(np.float32) - 50) / 150, 0, 1)


def disk(size: int = 600, radius: int = 60) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[:size, :size]
    true = np.clip(radius + 0.5 - np.hypot(y - size / 2, x - size / 2), 0, 1).astype(np.float32)
    pixels = true[..., None] * np.float32([220, 150, 80]) + (1 - true[..., None]) * np.float32([30, 60, 90])
    return pixels.astype(np.uint8), true


def test_our_ways_differ_by_what_they_leave_out() -> None:
    pixels, true = disk()
    mattes = ours(Networks(FakeNetwork(), None), pixels)
    error = {way: np.abs(matte / 255 - true).sum() for way, matte in mattes.items()}
    assert max(error["ours"], error["ours, one look"]) < 0.2 * error["bare model"]
    assert not np.array_equal(mattes["ours"], mattes["ours, one look"]), "the subject is small"
    assert error["ours, not refined"] < 0.6 * error["bare model"]


def test_with_a_fine_network_the_bare_model_is_the_fine_one() -> None:
    pixels, _ = disk(radius=200)
    engine = Networks(FakeNetwork(32), FakeNetwork(128))
    assert engine.answer(pixels).shape == (128, 128)
    assert {way: answer.shape for way, answer in engine.bare(pixels).items()} == {"bare model": (128, 128)}


def test_a_network_of_open_shape_is_compared_squashed_too() -> None:
    pixels, _ = disk(radius=200)
    engine = Networks(FakeNetwork(32), FakeNetwork(128, fluid=True))
    shapes = {way: answer.shape for way, answer in engine.bare(pixels).items()}
    assert shapes == {"bare model": (64, 128), "bare, squashed": (128, 128)}
    assert {"bare model", "bare, squashed", "ours"} <= set(ours(engine, pixels))


def written(folder: Path) -> None:
    for name, part in (("images", 0), ("alphas", 1)):
        (folder / name).mkdir()
        made = disk()[part]
        stored = made[..., ::-1] if part == 0 else np.rint(made * 255).astype(np.uint8)
        cv2.imwrite(str(folder / name / "one.png"), stored)


@pytest.mark.skipif(os.name == "nt", reason="the stand-in is a script with a first line that names its interpreter")
def test_one_table_with_rembg_beside_ours(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "weights.onnx").write_bytes(b"weights")
    fake = tmp_path / "python"
    fake.write_text(FAKE.format(python=sys.executable))
    fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
    rembg = Rembg(fake, tmp_path / "weights.onnx", "u2netp")
    out = tmp_path / "sheets"
    scored = edges_bench.measure(tmp_path, Networks(FakeNetwork(), None), rembg, out, True)
    assert {"bare model", "ours", "rembg plain", "rembg a", "rembg pp", "rembg dc"} <= set(scored)
    rows = {row["way"]: row for row in edges_bench.summary("made", scored)}
    assert rows["bare model"]["SAD / bare, median"] == 1.0 > rows["ours"]["SAD / bare, median"]
    assert rows["ours"]["Colour error"] < rows["bare model"]["Colour error"] == rows["rembg dc"]["Colour error"]
    assert rows["rembg plain"]["SAD"] > 100, "the stand-in keeps everything"
    assert (out / f"{tmp_path.name}.png").is_file()
    assert "| made | ours |" in edges_bench.markdown(list(rows.values()))


def test_cleaned_colours_are_only_at_the_edge() -> None:
    pixels, true = disk()
    matte = np.rint(cv2.GaussianBlur(true, (0, 0), 2) * 255).astype(np.uint8)
    changed = (cleaned(pixels, matte) != pixels).any(axis=-1)
    assert changed.any() and not changed[(matte == 255) | (matte == 0)].any()


def test_a_sheet_shows_the_place_with_the_most_error() -> None:
    error, true = np.zeros((900, 900), np.float32), np.zeros((900, 900), np.float32)
    error[700:720, 100:120] = 1
    where = edges_sheets.place_of_interest(error, true)
    assert error[where].sum() == error.sum() and error[where].shape == (edges_sheets.CROP, edges_sheets.CROP)


def test_laid_over_a_checkerboard() -> None:
    board = edges_sheets.checkerboard(16, 16)
    assert sorted(np.unique(board)) == [102, 154] and (board[:8, :8] == board[8:, 8:]).all()
    half = edges_sheets.over(np.full((16, 16, 3), 255, np.uint8), np.full((16, 16), 0.5), board)
    assert set(np.unique(half)) == {179, 205}
