"""The whole way: real GIMP, real worker, real model, judged against the core in this process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cutaway
from cutaway.home import Home
from cutaway.picture.model import Picture
from cutaway.picture.rows import paste_foreground
from cutaway_bridge import client, installation

from . import sandbox, xcf

pytestmark = [pytest.mark.gimp3, pytest.mark.model]

PHOTO = sandbox.CHECKOUT / "tests" / "pictures" / "cat.png"
RUNS: dict[str, dict[str, Any]] = {
    "plain": {}, "shaped": {"shift": -1.5, "feather": 3.0, "contrast": 30, "invert": True}, "raw": {"refine": False},
}


def judge(answer: dict[str, Any], settings: dict[str, Any], home: Path, dtype: str, name: str = "photo") -> None:
    """The saved file against the core's own result for the pixels in it."""
    assert answer["error"] == ""
    image = xcf.read(Path(answer["path"]))
    source, new = image.layer(name), image.layer(f"{name} (cutout)")
    pixels = np.frombuffer(source.pixels.data, dtype).reshape(source.height, source.width, -1)
    icc = image.parasites["icc-profile"].data if "icc-profile" in image.parasites else None
    want = cutaway.remove_background(Picture(pixels, icc=icc), home=Home(home), **settings)
    mask = np.frombuffer(new.mask.data, dtype).reshape(new.height, new.width)
    np.testing.assert_array_equal(mask, want.mask)
    assert mask.min() == 0 and mask.max() == np.iinfo(mask.dtype).max
    colours = pixels.copy()
    paste_foreground(colours, 0, want.cutout.foreground)
    np.testing.assert_array_equal(np.frombuffer(new.pixels.data, dtype).reshape(colours.shape), colours)
    assert (colours != pixels).any(), "no colour was cleaned"
    kept = json.loads(new.parasites["cutaway-settings"].data)
    assert kept["provenance"]["model"] == "u2netp" and kept["provenance"]["engine"] == "local"


def test_gimp_starts_the_worker_itself(real_gimp: Any) -> None:
    answers = real_gimp.script("photo", {"photo": str(PHOTO), "runs": RUNS})
    for name, settings in RUNS.items():
        judge(answers[name], settings, real_gimp.home, "|u1")


def test_a_worker_that_runs_already_is_used(real_gimp: Any) -> None:
    with client.Client(installation.read(str(real_gimp.home)), "test") as first:
        first.connect()
        answers = real_gimp.script("photo", {"photo": str(PHOTO), "precision": "U16_NON_LINEAR", "runs": {"deep": {}}})
        status = first.call("status")
        assert [model["name"] for model in status["models"]] == ["u2netp"], "another worker did it"
        first.call("stop", {"when": "now"})
    judge(answers["deep"], {}, real_gimp.home, "<u2")


def test_what_is_kept_with_a_layer_is_the_same_by_library_and_by_bindings(real_gimp: Any) -> None:
    said = real_gimp.script("kept")
    assert said["native"] and all(said["done"])
    kept = xcf.read(Path(said["path"])).layer("photo").parasites
    assert kept["by-library"].data == kept["by-bindings"].data == bytes(range(256)) * 300
    assert kept["by-library"].flags == kept["by-bindings"].flags == 3  # persistent, and part of Undo
    assert kept["empty"].data == b""
