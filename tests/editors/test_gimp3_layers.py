"""What only GIMP 3 has: groups as layers, filters, text, its locks; and what is refused. All else: conformance."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from . import xcf
from .sandbox import CHECKOUT

pytestmark = pytest.mark.gimp3


@pytest.fixture(scope="module")
def done(gimp: Any, fake_worker: Any) -> dict[str, SimpleNamespace]:
    before = len(fake_worker.runs)
    answers = gimp.script("layers", {"photo": str(CHECKOUT / "tests" / "pictures" / "cat.png")})
    runs = fake_worker.runs[before:]
    twice = list(answers).index("same_name_twice")
    del runs[twice]  # the first of its two
    assert len(runs) == len(answers)
    return {name: SimpleNamespace(**answers[name], run=run) for name, run in zip(answers, runs, strict=True)}


def saved(case: SimpleNamespace) -> xcf.Xcf:
    assert case.error == ""
    return xcf.read(Path(case.path))


def rgb(raster: xcf.Raster) -> np.ndarray:
    return np.frombuffer(raster.data, np.uint8).reshape(raster.height, raster.width, -1)


def mask_of(layer: xcf.Layer) -> np.ndarray:
    return rgb(layer.mask)[..., 0]


def test_locks_stay_on_the_source_and_the_copy_can_be_painted_on(done: Any) -> None:
    case = done["locked"]
    image = saved(case)
    source, new = image.layer("photo"), image.layer("photo (cutout)")
    assert source.lock_content and source.lock_position and source.lock_visibility and source.lock_alpha
    assert not source.visible and new.visible
    assert not new.lock_content and not new.lock_visibility and new.lock_position
    np.testing.assert_array_equal(mask_of(new), case.run.out_mask)
    assert (rgb(new.pixels) != rgb(source.pixels)).any(), "the colours were not written"


def test_twice_on_the_same_layer(done: Any) -> None:
    case = done["same_name_twice"]
    names = [name for name, _ in case.tree]
    assert len(names) == 3 and len(set(names)) == 3 and names[-1] == "photo"


def test_a_selected_mask_stands_for_its_layer(done: Any) -> None:
    case = done["mask_selected"]
    assert case.new == "photo (cutout)"
    assert case.run.mask is not None


def test_a_mask_that_is_off_does_not_count_and_one_shown_is_not_shown_on(done: Any) -> None:
    case = done["mask_off_and_shown"]
    assert case.run.mask is None
    image = saved(case)
    new, source = image.layer("photo (cutout)"), image.layer("photo")
    assert new.apply_mask and not new.show_mask
    assert not source.apply_mask and source.show_mask and source.mask.data != new.mask.data


def test_a_group_gets_a_mask_on_its_copy(done: Any) -> None:
    case = done["group_itself"]
    assert case.size == [130, 90, 10, 20]
    assert [name for name, _ in case.tree] == ["set (cutout)", "set"]
    image = saved(case)
    new = image.layer("set (cutout)")
    assert new.is_group and case.run.picture.shape == (90, 130, 4)
    np.testing.assert_array_equal(mask_of(new), case.run.out_mask)
    left = image.layer("left")
    np.testing.assert_array_equal(case.run.picture[:50, :60, :3], rgb(left.pixels))
    assert case.run.params["settings"]["clean"] == 0


def test_text_stays_text(done: Any) -> None:
    case = done["text"]
    assert case.still_text and case.says == "Words"
    assert case.run.picture.shape[1::-1] == tuple(case.size)
    np.testing.assert_array_equal(mask_of(saved(case).layer(case.new)), case.run.out_mask)
    assert case.run.params["settings"]["clean"] == 0


@pytest.mark.parametrize("name", ["vector", "link"])
def test_vector_and_link_layers_stay_what_they_are(done: Any, name: str) -> None:
    if name not in done:
        pytest.skip("needs GIMP 3.2")
    case = done[name]
    assert case.still
    np.testing.assert_array_equal(mask_of(saved(case).layer(case.new)), case.run.out_mask)
    assert case.run.params["settings"]["clean"] == 0 and case.run.picture[..., :3].any()


@pytest.mark.parametrize("name", ["filtered", "shadow", "filtered_group", "filtered_off"])
def test_filters_stay_and_the_worker_sees_them(done: Any, name: str) -> None:
    case = done[name]
    assert case.filters == [1, 1]
    assert case.images == 0, "a temporary image was left"
    image = saved(case)
    new = image.layer(case.new)
    source = image.layer("photo") if name != "filtered_group" else image.layer("photo group")
    raw = rgb(source.pixels)
    assert case.run.picture.shape[:2] == raw.shape[:2]
    seen, stored = case.run.picture.astype(int), raw.astype(int)
    solid = stored[..., 3] == 255
    assert solid.any()
    if name in ("filtered", "filtered_group"):
        np.testing.assert_allclose(seen[solid][:, :3], 255 - stored[solid][:, :3], atol=1)
    elif name == "shadow":
        np.testing.assert_allclose(seen[solid], stored[solid], atol=1)
        assert (seen[..., 3] > stored[..., 3] + 5).any(), "no shadow"
    else:
        np.testing.assert_array_equal(seen, stored)
    assert case.run.params["settings"]["clean"] == (100 if name == "filtered_off" else 0)
    assert case.run.mask is not None
    np.testing.assert_array_equal(mask_of(new), case.run.out_mask)


@pytest.fixture(scope="module")
def refused(gimp: Any, fake_worker: Any) -> Any:
    return gimp.script("refusals")


@pytest.mark.parametrize(("name", "message", "hint"), [
    ("none", "No layer is selected", "Select one layer"),
    ("several", "2 layers are selected", "Select one layer"),
    ("channel", "A channel is selected", "Select one layer"),
    ("empty group", '"nothing in it" is empty', "Put a layer into it"),
    ("floating", "floating selection", "Anchor it"),
    ("fake-error", "The fake model is not here.", "Run: cutaway models get fake"),
    ("fake-lost", "ended unexpectedly", "Try again"),
])
def test_refusals(refused: Any, name: str, message: str, hint: str) -> None:
    case = refused[name]
    assert message in case["error"] and hint in case["error"], case["error"]
    assert not case["new"] and case["same"] and all(case["visible"])
    assert case["images"] == 1, "a temporary image was left"
