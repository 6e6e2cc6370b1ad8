"""The whole way: real Krita, real worker, real model, judged against the core in this process; and kritarunner."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import cutaway
from cutaway.home import Home
from cutaway.picture.model import Picture
from cutaway.picture.rows import paste_foreground

from . import kra, sandbox

pytestmark = [pytest.mark.krita, pytest.mark.gui, pytest.mark.model]

PHOTO = sandbox.CHECKOUT / "tests" / "pictures" / "cat.png"
OTHER = sandbox.CHECKOUT / "tests" / "pictures" / "astronaut.jpg"
RUNS: dict[str, dict[str, Any]] = {
    "plain": {}, "shaped": {"shift": -1.5, "feather": 3.0, "contrast": 30, "invert": True}}


def judge(path: Path, settings: dict[str, Any], home: Path) -> kra.Kra:
    """The saved file against the core's own result for the pixels in it."""
    image = kra.read(path)
    new, source = image.layers[0], image.layers[1]
    assert new.name == f"{source.name} (cutout)" and new.visible and not source.visible
    frame = (0, 0, image.width, image.height)
    pixels = source.samples(*frame)[..., [2, 1, 0, 3]].copy()
    want = cutaway.remove_background(Picture(pixels), home=Home(home), **settings)
    mask = want.mask if want.mask.dtype == np.uint8 else np.rint(want.mask / 257).astype(np.uint8)
    np.testing.assert_array_equal(new.masks[0].samples(*frame), mask)
    assert mask.min() == 0 and mask.max() == 255
    colours = pixels.copy()
    paste_foreground(colours[..., :3], 0, want.cutout.foreground)
    np.testing.assert_array_equal(new.samples(*frame)[..., [2, 1, 0, 3]], colours)
    assert (colours != pixels).any(), "no colour was cleaned"
    said = json.loads(image.annotations["cutaway-settings-" + new.uuid.strip("{}")])
    assert said["provenance"]["model"] == "u2netp" and said["provenance"]["engine"] == "local"
    return image


def test_krita_starts_the_worker_itself(real_krita: Any) -> None:
    answers = real_krita.script("krita_photo", {"photo": str(PHOTO), "runs": RUNS, "deep": True})
    for name, settings in {**RUNS, "deep": {}}.items():
        assert answers[name]["message"] == ""
        judge(Path(answers[name]["path"]), settings, real_krita.home)


def run_batch(krita: Any, *words: str) -> tuple[Any, dict[str, Any]]:
    done = krita.runner(["-s", "cutaway_batch", "-f", "main", "--", *words])
    folder = Path(words[words.index("--output") + 1]) if "--output" in words else None
    report = folder / "cutaway-report.json" if folder else None
    return done, json.loads(report.read_text()) if report and report.exists() else {}


def test_a_folder_of_pictures_without_a_window(real_krita: Any) -> None:
    folder = real_krita.folder / "results"
    done, report = run_batch(
        real_krita, str(PHOTO), str(OTHER), "--output", str(folder), "--png", "--shift", "-1.5", "--invert")
    assert done.code == 0, done.output
    assert report["ok"] and [line["state"] for line in report["pictures"]] == ["done", "done"]
    assert sorted(path.name for path in folder.iterdir()) == [
        "astronaut.kra", "astronaut.png", "cat.kra", "cat.png", "cutaway-report.json"]
    assert "2 done, 0 failed" in done.output
    for line in report["pictures"]:
        layered, seen_file = line["outputs"]
        image = judge(Path(layered), {"shift": -1.5, "invert": True}, real_krita.home)
        with Image.open(seen_file) as opened:
            seen = np.asarray(opened.convert("RGBA"))
        new, frame = image.layers[0], (0, 0, image.width, image.height)
        alpha = new.samples(*frame)[..., 3].astype(int) * new.masks[0].samples(*frame) / 255
        assert np.abs(seen[..., 3] - alpha).max() <= 1


def test_what_fails_in_a_batch_is_told_and_the_rest_is_done(real_krita: Any) -> None:
    folder = real_krita.folder / "partly"
    broken = real_krita.folder / "broken.png"
    broken.write_bytes(b"no picture")
    done, report = run_batch(
        real_krita, str(broken), str(real_krita.folder / "none.png"), str(PHOTO), "--output", str(folder))
    assert done.code == 1, done.output
    assert [line["state"] for line in report["pictures"]] == ["failed", "failed", "done"] and not report["ok"]
    assert [bool(line["message"]) for line in report["pictures"]] == [True, True, False]
    assert "1 done, 2 failed" in done.output
    judge(folder / "cat.kra", {}, real_krita.home)
    stamp = (folder / "cat.kra").read_bytes()
    done, report = run_batch(real_krita, str(PHOTO), "--output", str(folder))
    assert done.code == 1 and report["pictures"][0]["code"] == "target_exists"
    assert (folder / "cat.kra").read_bytes() == stamp


@pytest.mark.parametrize("words", [
    (), ("--output", "FOLDER"), ("PHOTO",), ("PHOTO", "--output", "FOLDER", "--feather", "many"),
    ("PHOTO", "--output", "FOLDER", "--no-such-thing")])
def test_a_wrong_command_line_is_code_2(real_krita: Any, words: tuple[str, ...]) -> None:
    given = {"PHOTO": str(PHOTO), "FOLDER": str(real_krita.folder / "wrong")}
    done = real_krita.runner(["-s", "cutaway_batch", "-f", "main", "--", *(given.get(word, word) for word in words)])
    assert done.code == 2, done.output
    assert "usage: kritarunner -s cutaway_batch" in done.output


def test_a_value_out_of_range_is_no_success(real_krita: Any) -> None:
    done, _ = run_batch(
        real_krita, str(PHOTO), "--output", str(real_krita.folder / "range"), "--feather", "9999")
    assert done.code != 0 and "feather cannot be 9999" in done.output
