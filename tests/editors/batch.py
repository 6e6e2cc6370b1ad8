"""A folder of pictures for the batch, and what its results are judged by: our reader of XCF, and Pillow."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from . import sandbox, xcf
from .fake_worker import FakeWorker, Run

TURNED = 6
"""EXIF's orientation of a picture that was taken upright by a camera on its side."""


def colours(width: int, height: int) -> np.ndarray:
    y, x = np.mgrid[:height, :width]
    return np.stack([x * 2, y * 4, x + y], -1).astype(np.uint8)


def make(folder: Path) -> None:
    """Good pictures, two of one name, one on its side, one broken, and a file that is no picture."""
    folder.mkdir()
    Image.fromarray(colours(150, 60)).save(folder / "cat.png")
    Image.fromarray(colours(70, 50)).save(folder / "cat.jpg", quality=95)
    turned = Image.Exif()
    turned[0x112] = TURNED
    Image.fromarray(colours(90, 40)).save(folder / "türned.jpg", exif=turned, quality=95)
    (folder / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n and nothing more")
    (folder / "notes.txt").write_text("no picture")


def refuse_height(worker: FakeWorker, height: int) -> Any:
    """A hook with which the worker is lost on layers of that height."""
    def hook(stage: str, link: Any, stream: Any, request: dict[str, Any], folder: Any) -> bool:
        if stage != "model":
            return True
        job = request["params"]["job"]
        return len(np.load(worker.home / "run" / "jobs" / job / "picture.npy", mmap_mode="r")) != height
    return hook


STEMS = {"cat.jpg": "cat", "cat.png": "cat-png", "türned.jpg": "türned"}


def readme_commands(gimp: Any, adapter: str, profile: str, out: Path) -> str:
    """The commands of the adapter's README for a shell, with the tests' own folders."""
    text = (sandbox.CHECKOUT / "plugin" / adapter / "README.md").read_text("utf-8")
    commands = next(block for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL) if "examples" in block)
    pictures = gimp.folder / "readme"
    pictures.mkdir()
    Image.fromarray(colours(40, 30)).save(pictures / "cat.png")
    commands = re.sub(r"^gimp-console\S*", f"{gimp.editor.console} -d", commands, flags=re.MULTILINE)
    return commands.replace(profile, str(gimp.profile)).replace("/photos", str(pictures)).replace("/cutouts", str(out))


def said(folder: Path) -> Any:
    return json.loads((folder / "cutaway-report.json").read_text("ascii"))


def judge_folder(results: Path, runs: list[Run], png: bool) -> None:
    """Every good picture of :func:`make`, in the order in which they were done, against what the worker was given."""
    for run, (name, stem) in zip(runs, sorted(STEMS.items()), strict=True):
        height, width = run.picture.shape[:2]
        image = xcf.read(results / f"{stem}.xcf")
        new, source = image.layers
        assert (image.width, image.height) == (width, height)
        assert (width < height) == (name == "türned.jpg"), "a picture on its side is put upright"
        judge_layer(new, source, run)
        if png:
            judge_png(results / f"{stem}.png", new)


def make_smaller(folder: Path) -> None:
    """A folder with a picture whose visible layers do not fill it."""
    (folder / "smaller").mkdir()
    shutil.copy2(folder / "layers-before.xcf", folder / "smaller" / "layers.xcf")


def judge_smaller(results: Path) -> None:
    """The PNG is as large as the picture and shows each layer in its place, as Pillow reads it."""
    image = xcf.read(results / "layers.xcf")
    new = image.layer("inner (cutout)")
    photo = image.layer("photo")
    assert (photo.width, photo.height) < (image.width, image.height) and photo.visible and new.visible
    with Image.open(results / "layers.png") as opened:
        assert opened.size == (image.width, image.height) and opened.mode == "RGBA"
        found = np.asarray(opened)
    assert not found[photo.height:, :, 3].any() and not found[:, photo.width:, 3].any()
    assert (found[:photo.height, :photo.width, 3] == 255).all()
    free = np.s_[40:photo.height, :photo.width]  # below the other layers
    np.testing.assert_array_equal(found[free][..., :3], samples(photo.pixels)[free])


def judge_layer(new: xcf.Layer, source: xcf.Layer, run: Run) -> None:
    """A cut-out and its source against what the worker was given and what it made."""
    assert new.name == f"{source.name} (cutout)" and not source.visible and source.mask is None
    np.testing.assert_array_equal(samples(source.pixels), run.picture.reshape(samples(source.pixels).shape))
    np.testing.assert_array_equal(samples(new.mask)[..., 0], run.out_mask)
    assert {"cutaway-matte", "cutaway-settings"} <= set(new.parasites)


def judge_png(path: Path, new: xcf.Layer) -> None:
    """A PNG, as Pillow reads it, against the layer and the mask in the XCF of the same run."""
    with Image.open(path) as opened:
        assert opened.mode == "RGBA" and opened.size == (new.width, new.height)
        found = np.asarray(opened)
    mask = samples(new.mask)[..., 0]
    assert int(np.abs(found[..., 3].astype(int) - mask).max()) <= 1
    seen = mask > 0
    assert int(np.abs(found[seen][:, :3].astype(int) - samples(new.pixels)[seen][:, :3]).max()) <= 1


def samples(raster: xcf.Raster) -> np.ndarray:
    """(H, W, C) uint8."""
    return np.frombuffer(raster.data, np.uint8).reshape(raster.height, raster.width, -1)
