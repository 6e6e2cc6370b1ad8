"""What comes out, judged by Pillow and OpenCV and not by the project's own readers."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import cv2
import numpy as np
import psutil
import pytest
from PIL import Image, ImageOps

from tests.e2e import pictures
from tests.e2e.conftest import PICTURES, Cutaway

pytestmark = pytest.mark.model


def pixels(path: Path) -> np.ndarray:
    """As OpenCV reads them, nothing converted: BGR, BGRA or gray."""
    read = cv2.imread(os.fspath(path), cv2.IMREAD_UNCHANGED)
    assert read is not None, f"OpenCV cannot read {path}"
    return read


def removed(cutaway: Cutaway, source: Path, *words: str | Path) -> np.ndarray:
    """The result's pixels."""
    target = source.parent / "result.png"
    outcome = cutaway("remove", source, "-o", target, "--overwrite", *words)
    assert outcome.code == 0, outcome.err
    return pixels(target)


@pytest.fixture
def astronaut(tmp_path: Path) -> Path:
    pictures.photograph().save(tmp_path / "astronaut.png")
    return tmp_path / "astronaut.png"


@pytest.mark.parametrize("name", ["astronaut.jpg", "cat.png"])
def test_a_photograph(cutaway, tmp_path, name):
    (tmp_path / name).write_bytes((PICTURES / name).read_bytes())
    outcome = cutaway("remove", name, folder=tmp_path)
    stem = Path(name).stem
    assert outcome.code == 0 and outcome.out.startswith(f"{name} -> {stem}_cutout.png  (u2netp, ")
    with Image.open(PICTURES / name) as source, Image.open(tmp_path / f"{stem}_cutout.png") as cut:
        assert (cut.format, cut.mode, cut.size) == ("PNG", "RGBA", source.size)
        before, after = np.asarray(source.convert("RGB")).astype(int), np.asarray(cut).astype(int)
    alpha = after[..., 3]
    assert 0.1 < (alpha == 255).mean() < 0.9 and 0.1 < (alpha == 0).mean() < 0.9
    face = {"astronaut.jpg": (110, 223), "cat.png": (150, 200)}[name]
    wall = {"astronaut.jpg": (30, 30), "cat.png": (30, 430)}[name]
    assert alpha[face] == 255 and alpha[wall] < 8
    assert (before[alpha == 255] == after[alpha == 255, :3]).mean() > 0.95, "the subject's own colours"
    assert (tmp_path / name).read_bytes() == (PICTURES / name).read_bytes()


def test_alpha_is_straight(cutaway, astronaut):
    cut = removed(cutaway, astronaut, "--clean", "0", "--feather", "3")
    soft = (cut[..., 3] > 0) & (cut[..., 3] < 255)
    assert soft.sum() > 500
    assert (cut[..., :3][soft] == pixels(astronaut)[soft]).all(), "colours must not be darkened by alpha"


def test_cleaned_colours_are_not_premultiplied_either(cutaway, tmp_path):
    side = 256
    yes = np.hypot(*(np.indices((side, side)) - side / 2)) < 70
    flat = np.where(yes[..., None], (30, 60, 220), (230, 230, 230)).astype(np.uint8)
    cv2.imwrite(os.fspath(tmp_path / "disk.png"), cv2.GaussianBlur(flat, (0, 0), 2))
    cut = removed(cutaway, tmp_path / "disk.png")
    edge = (cut[..., 3] > 60) & (cut[..., 3] < 200)
    assert edge.any()
    assert np.median(cut[..., 2][edge]) > 190, "the disk's red, neither darkened nor mixed with black"


def test_the_mask_alone_is_the_cutouts_alpha(cutaway, astronaut):
    cut, mask = removed(cutaway, astronaut), removed(cutaway, astronaut, "--mask-only")
    assert mask.ndim == 2 and mask.dtype == np.uint8 and (mask == cut[..., 3]).all()


def test_settings_do_what_they_say(cutaway, astronaut):
    def mask(*words):
        return removed(cutaway, astronaut, "--mask-only", *words).astype(int)
    plain = mask()
    assert (mask("--invert") == 255 - plain).all()
    small, large = mask("--shrink", "4"), mask("--expand", "4")
    assert (small <= plain).all() and (plain <= large).all() and small.sum() < plain.sum() < large.sum()
    soft, hard = mask("--feather", "5"), mask("--contrast", "100")
    assert ((soft > 0) & (soft < 255)).sum() > ((plain > 0) & (plain < 255)).sum()
    assert set(np.unique(hard)) <= {0, 255}


@pytest.mark.parametrize("orientation", [3, 6])
def test_the_orientation_is_applied(cutaway, tmp_path, orientation):
    upright = pictures.photograph(240).crop((0, 0, 200, 240))
    back = {3: Image.Transpose.ROTATE_180, 6: Image.Transpose.ROTATE_90}[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = upright.transpose(back)
    stored.save(tmp_path / "turned.jpg", exif=exif, quality=95)
    with Image.open(tmp_path / "turned.jpg") as image:
        assert ImageOps.exif_transpose(image).size == (200, 240), "the file must be what the test means"
    assert cutaway("remove", tmp_path / "turned.jpg", "--clean", "0").code == 0
    with Image.open(tmp_path / "turned_cutout.png") as cut:
        assert cut.size == (200, 240) and cut.getexif().get(0x0112, 1) == 1
        found = np.asarray(cut.convert("RGB")).astype(int)
    assert np.abs(found - np.asarray(upright)).mean() < 4


@pytest.mark.parametrize("name", ["x.jpg", "x.png", "x.tif"])
def test_profile_and_resolution_are_kept(cutaway, tmp_path, name):
    pictures.photograph().save(tmp_path / name, icc_profile=pictures.profile(), dpi=(300, 300))
    assert cutaway("remove", tmp_path / name).code == 0
    with Image.open(tmp_path / "x_cutout.png") as cut:
        assert cut.info["icc_profile"] == pictures.profile()
        assert cut.info["dpi"] == pytest.approx((300, 300), abs=0.1)


@pytest.mark.parametrize("target", ["out.png", "out.tif"])
def test_sixteen_bits_are_kept(cutaway, tmp_path, target):
    cv2.imwrite(os.fspath(tmp_path / "deep.png"), pictures.deep())
    assert cutaway("remove", tmp_path / "deep.png", "-o", tmp_path / target, "--clean", "0").code == 0
    cut = pixels(tmp_path / target)
    assert (cut.dtype, cut.shape) == (np.uint16, (256, 256, 4))
    assert (cut[..., :3] == pictures.deep()).all()
    assert {0, 65535} <= set(np.unique(cut[..., 3]))
    assert cutaway("remove", tmp_path / "deep.png", "--mask-only").code == 0
    assert pixels(tmp_path / "deep_mask.png").dtype == np.uint16


def test_alpha_that_was_there_is_multiplied_in(cutaway, tmp_path):
    image = pictures.photograph().convert("RGBA")
    half = Image.new("L", image.size, 128)
    half.paste(0, (0, 0, 256, 40))
    image.putalpha(half)
    image.save(tmp_path / "half.png")
    cut = removed(cutaway, tmp_path / "half.png")
    assert cut[..., 3].max() == 128 and cut[:40, :, 3].max() == 0


@pytest.mark.parametrize("kind", list(pictures.GOOD))
def test_every_kind_of_picture(cutaway, tmp_path, kind):
    name, make = pictures.GOOD[kind]
    make(tmp_path / name)
    outcome = cutaway("remove", tmp_path / name, "--json")
    assert outcome.code == 0, outcome.err
    cut = pixels(tmp_path / "x_cutout.png")
    assert cut.shape == (256, 256, 4)
    assert cut.dtype == (np.uint16 if "16-bit" in kind else np.uint8)
    assert 0 == cut[..., 3].min() < cut[..., 3].max()
    notes = json.loads(outcome.out)["notes"]
    assert any("CMYK" in note["message"] for note in notes) is (kind == "CMYK")


@pytest.mark.parametrize("size", [(1, 1), (30000, 1), (1, 30000), (7, 3)])
def test_odd_sizes_work_or_are_refused_in_a_sentence(cutaway, tmp_path, size):
    Image.new("RGB", size, (200, 30, 30)).save(tmp_path / "odd.png")
    outcome = cutaway("remove", tmp_path / "odd.png")
    if outcome.code == 0:
        with Image.open(tmp_path / "odd_cutout.png") as cut:
            assert (cut.size, cut.mode) == (size, "RGBA")
    else:
        assert outcome.code == 1 and outcome.err.count("error:") == 1 and not (tmp_path / "odd_cutout.png").exists()


def ramp(side=256):
    """A mask that rises from black to white between a third and two thirds of its width."""
    across = np.clip((np.arange(side) - side / 3) * 3 / side, 0, 1)
    return np.tile(np.rint(across * 255), (side, 1)).astype(np.uint8)


@pytest.mark.parametrize("kind", ["hard", "soft", "in alpha", "16 bits"])
def test_a_mask_that_is_there(cutaway, astronaut, kind):
    rough = np.where(ramp() >= 128, 255, 0).astype(np.uint8) if kind == "hard" else ramp()
    stored = {"in alpha": np.dstack([np.full_like(rough, 9)] * 3 + [rough]), "16 bits": rough.astype(np.uint16) * 257}
    path = astronaut.with_name("rough.png")
    cv2.imwrite(os.fspath(path), stored.get(kind, rough))
    cut = removed(cutaway, astronaut, "--matte", path, "--no-refine", "--clean", "0")
    assert np.abs(cut[..., 3].astype(int) - rough).max() <= 1, "taken as it is"
    assert (cut[..., :3] == pixels(astronaut)).all()
    mask = removed(cutaway, astronaut, "--matte", path, "--mask-only")
    assert (mask[:, :60] == 0).all() and (mask[:, 196:] == 255).all(), "refining stays near the edge"


def test_the_engine_mask_takes_the_transparency(cutaway, astronaut):
    image = pictures.photograph().convert("RGBA")
    image.putalpha(Image.fromarray(ramp()))
    image.save(astronaut)
    mask = removed(cutaway, astronaut, "--engine", "mask", "--mask-only", "--no-refine")
    assert np.abs(mask.astype(int) - ramp()).max() <= 1


def test_without_a_mask_the_engine_mask_says_so(cutaway, astronaut):
    outcome = cutaway("remove", astronaut, "--engine", "mask")
    assert outcome.code == 1 and outcome.err.count("error:") == 1 and "mask" in outcome.err


def test_a_mask_of_another_size_is_fitted(cutaway, astronaut):
    path = astronaut.with_name("rough.png")
    cv2.imwrite(os.fspath(path), ramp(128))
    mask = removed(cutaway, astronaut, "--matte", path, "--mask-only", "--no-refine")
    assert mask.shape == (256, 256) and np.abs(mask.astype(int) - ramp()).max() <= 6


def test_several_pictures_by_one_worker(cutaway, tmp_path):
    for name in ("astronaut.jpg", "cat.png"):
        (tmp_path / name).write_bytes((PICTURES / name).read_bytes())
    before = cutaway.status().get("pid")
    outcome = cutaway("remove", "astronaut.jpg", "gone.jpg", "cat.png", "-o", "out/", folder=tmp_path)
    assert outcome.code == 1 and outcome.err.splitlines()[-1] == "2 of 3 done, 1 failed."
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"astronaut_cutout.png", "cat_cutout.png"}
    status = cutaway.status()
    assert status["pid"] == before and [model["name"] for model in status["models"]] == ["u2netp"]


def test_the_worker(own_cutaway):
    cutaway = own_cutaway
    status = cutaway("worker", "status")  # importing the model has started it
    assert (status.code, status.err) == (0, "") and str(cutaway.home) in status.out
    pid = cutaway.status()["pid"]
    assert (cutaway("worker", "stop", "--when-idle").code, cutaway("worker", "stop").code) == (0, 0)
    assert cutaway("worker", "status").code == 3
    deadline = time.monotonic() + 10
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "the process is still there"
        time.sleep(0.02)


def test_the_models(cutaway):
    listed = {one["name"]: one for one in json.loads(cutaway("models", "--json").out)["models"]}
    assert listed["u2netp"]["installed"] and listed["u2netp"]["best"] and listed["u2netp"]["licence"] == "Apache-2.0"
    assert "isnet" in listed and not listed["isnet"]["installed"]
    verified = cutaway("models", "verify", "u2netp")
    assert (verified.code, verified.out.split()[-2:]) == (0, ["u2netp", "good"])
