"""What GIMP 3.2 has first: linked and vector layers, also under filters, and texts that can be turned into pixels."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from . import roots, xcf
from .sandbox import CHECKOUT

pytestmark = pytest.mark.gimp3

PHOTO = CHECKOUT / "tests" / "pictures" / "cat.png"
KINDS = ("link", "vector", "text")
PLAIN = ("", "_moved", "_locked", "_masked")
FILTERED = ("_filtered", "_half_filtered", "_masked_and_filtered", "_mask_on_itself")


@pytest.fixture(scope="module")
def done(gimp_editor: roots.Editor, gimp: Any, fake_worker: Any) -> dict[str, SimpleNamespace]:
    if not gimp_editor.at_least(3, 2):
        pytest.skip(f"GIMP 3.2 is the first to have these; this is GIMP {gimp_editor.version}")
    before = len(fake_worker.runs)
    answers = gimp.script("gimp32", {"photo": str(PHOTO)})
    runs = fake_worker.runs[before:]
    assert len(runs) == len(answers)
    return {name: SimpleNamespace(**answers[name], run=run) for name, run in zip(answers, runs, strict=True)}


def stored(about: dict[str, Any]) -> np.ndarray:
    """Pixels as GIMP keeps them: without filters, without the mask."""
    width, height = about["pixels"]["size"]
    return np.frombuffer(Path(about["pixels"]["path"]).read_bytes(), np.uint8).reshape(height, width, 4)


def judge_mask(case: SimpleNamespace) -> None:
    """By the independent reader: the mask in the saved file is what the core said."""
    assert case.error == ""
    mask = xcf.read(Path(case.path)).layers[0].mask
    np.testing.assert_array_equal(
        np.frombuffer(mask.data, np.uint8).reshape(mask.height, mask.width), case.run.out_mask)


@pytest.mark.parametrize("of", KINDS)
@pytest.mark.parametrize("how", PLAIN)
def test_it_stays_what_it_is_also_after_save_and_reopen(done: Any, of: str, how: str) -> None:
    case = done[of + how]
    judge_mask(case)
    assert case.tree == [["photo (cutout)", None], ["photo", None], ["below", None]]
    for about in (case.new, case.source, case.again):
        assert about["kind"] == of and about["pixels"]["size"] == case.source["pixels"]["size"]
        assert about["pixels"]["at"] == case.source["pixels"]["at"]
        assert about["file"] == (str(PHOTO) if of == "link" else None)
    assert case.new["visible"] and not case.source["visible"] and case.again["visible"]
    np.testing.assert_array_equal(stored(case.new), stored(case.source))
    assert case.run.params["settings"]["clean"] == 0, "colours of its own would be lost when GIMP draws it anew"
    assert (case.run.mask is not None) == (how == "_masked")


@pytest.mark.parametrize("of", KINDS)
@pytest.mark.parametrize("how", PLAIN)
def test_the_core_gets_what_gimp_has_drawn(done: Any, of: str, how: str) -> None:
    case = done[of + how]
    np.testing.assert_array_equal(case.run.picture, stored(case.source))
    assert case.run.picture[..., 3].any()


def test_a_linked_file_goes_to_the_core_as_it_is(done: Any) -> None:
    with Image.open(PHOTO) as opened:
        np.testing.assert_array_equal(done["link"].run.picture, np.asarray(opened.convert("RGBA")))


def test_a_path_is_filled_with_its_colour(done: Any) -> None:
    picture = done["vector"].run.picture
    assert picture.shape == (80, 120, 4)
    assert picture[40, 60].tolist() == [255, 128, 0, 255] and picture[0, 0, 3] == 0


@pytest.mark.parametrize("of", KINDS)
@pytest.mark.parametrize("how", FILTERED)
def test_filters_are_seen_by_the_core_and_stay(done: Any, of: str, how: str) -> None:
    case = done[of + how]
    judge_mask(case)
    assert case.images == 0, "a temporary image was left"
    for about in (case.new, case.source, case.again):
        assert about["kind"] == of and about["filters"] == ["gegl:invert-gamma"]
    raw, seen = stored(case.source).astype(int), case.run.picture.astype(int)
    np.testing.assert_array_equal(stored(case.new), raw)
    solid = raw[..., 3] == 255
    assert solid.any()
    turned = 255 - raw[solid][:, :3]
    if how == "_half_filtered":  # GIMP mixes linear light here: between the two, and neither
        low, high = np.minimum(raw[solid][:, :3], turned), np.maximum(raw[solid][:, :3], turned)
        inside = seen[solid][:, :3]
        assert ((inside >= low - 1) & (inside <= high + 1)).all()
        far = high - low > 40
        assert far.any() and (np.minimum(inside - low, high - inside)[far] > 5).all()
    else:
        np.testing.assert_allclose(seen[solid][:, :3], turned, atol=1)
    assert case.run.params["settings"]["clean"] == 0
    assert (case.run.mask is not None) == (how == "_masked_and_filtered")
    if how == "_mask_on_itself":
        assert case.tree == [["photo", None], ["below", None]] and case.source["visible"]


@pytest.mark.parametrize("of", KINDS)
def test_one_turned_into_pixels_has_its_colours_cleaned(done: Any, of: str) -> None:
    case = done[of + "_rasterized"]
    judge_mask(case)
    assert case.run.params["settings"]["clean"] == 100
    assert (stored(case.new) != stored(case.source)).any(), "the colours were not written"
    np.testing.assert_array_equal(stored(case.again), stored(case.new), "the colours were lost in the file")
    np.testing.assert_array_equal(case.run.picture, stored(case.source))


def test_a_scaled_link_goes_as_it_is_seen(done: Any) -> None:
    case = done["link_scaled"]
    judge_mask(case)
    assert case.new["kind"] == case.again["kind"] == "link"
    assert case.run.picture.shape == (60, 90, 4)
    np.testing.assert_array_equal(case.run.picture, stored(case.source))
