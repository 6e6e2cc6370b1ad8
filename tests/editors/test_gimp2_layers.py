"""GIMP 2.10's groups as layers and texts; what is refused; what breaks. All else: conformance."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from . import xcf

pytestmark = pytest.mark.gimp2


@pytest.fixture(scope="module")
def done(gimp2: Any, fake_worker2: Any) -> dict[str, SimpleNamespace]:
    before = len(fake_worker2.runs)
    answers = gimp2.script("gimp2_layers")
    runs = fake_worker2.runs[before:]
    del runs[list(answers).index("same_name_twice")]  # the first of its two
    assert len(runs) == len(answers)
    return {name: SimpleNamespace(**answers[name], run=run) for name, run in zip(answers, runs, strict=True)}


def saved(case: SimpleNamespace) -> xcf.Xcf:
    assert case.error == ""
    return xcf.read(Path(case.path))


def rgb(raster: xcf.Raster) -> np.ndarray:
    return np.frombuffer(raster.data, np.uint8).reshape(raster.height, raster.width, -1)


def mask_of(layer: xcf.Layer) -> np.ndarray:
    return rgb(layer.mask)[..., 0]


def test_twice_on_the_same_layer(done: Any) -> None:
    names = [name for name, _ in done["same_name_twice"].tree]
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


@pytest.mark.parametrize("name", ["group_itself", "group_with_mask"])
def test_a_group_gets_a_mask_on_its_copy(done: Any, name: str) -> None:
    case = done[name]
    assert case.size == [130, 90, 10, 20]
    assert [each for each, _ in case.tree] == ["set (cutout)", "set"]
    assert (case.run.mask is not None) == (name == "group_with_mask")
    image = saved(case)
    new = image.layer("set (cutout)")
    assert new.is_group and case.run.picture.shape == (90, 130, 4)
    np.testing.assert_array_equal(mask_of(new), case.run.out_mask)
    np.testing.assert_array_equal(case.run.picture[:50, :60, :3], rgb(image.layer("left").pixels))
    assert case.run.params["settings"]["clean"] == 0


def test_text_stays_text(done: Any) -> None:
    case = done["text"]
    assert case.still_text and case.says == "Words"
    assert case.run.picture.shape[1::-1] == tuple(case.size)
    np.testing.assert_array_equal(mask_of(saved(case).layer(case.new)), case.run.out_mask)
    assert case.run.params["settings"]["clean"] == 0


def test_the_layer_that_was_named_is_taken_and_not_the_active_one(done: Any) -> None:
    case = done["other_layer_active"]
    assert [name for name, _ in case.tree] == ["other", "photo (cutout)", "photo"]
    assert case.active == "photo (cutout)"


@pytest.fixture(scope="module")
def refused(gimp2: Any, fake_worker2: Any) -> Any:
    return gimp2.script("gimp2_refusals")


@pytest.mark.parametrize(("name", "message", "hint"), [
    ("channel", "A channel is selected", "Select one layer"),
    ("empty group", '"nothing in it" is empty', "Put a layer into it"),
    ("floating", "floating selection", "Anchor it"),
    ("fake-error", "The fake model is not here.", "Run: cutaway models get fake"),
    ("fake-lost", "ended unexpectedly", "Try again"),
    ("shift", "shift cannot be 999.0", "It is a number from -250 to 250 px."),
    ("output", "output cannot be paper", "It is one of layer, mask."),
    ("clean", "clean cannot be 10.5", "It is a whole number from 0 to 100 %."),
])
def test_refusals(refused: Any, name: str, message: str, hint: str) -> None:
    case = refused[name]
    assert message in case["error"] and hint in case["error"], case["error"]
    assert not case["new"] and case["same"] and all(case["visible"])
    assert case["images"] == 1


@pytest.fixture(scope="module")
def broken(gimp2: Any) -> Any:
    return gimp2.script("gimp2_rollback")


def test_a_good_result_changes_what_it_should(broken: Any) -> None:
    layer, mask = broken["answers"]["good layer"], broken["answers"]["good mask"]
    assert not layer["error"] and not mask["error"]
    assert layer["after"]["tree"] == [["other", None], ["photo (cutout)", None], ["photo", None]]
    assert layer["after"]["visible"] == [1, 1, 0]
    assert layer["after"]["active"] == "photo (cutout)"
    assert mask["after"]["mask"] == [bytes([77] * 1200).hex(), 1, 0]
    assert sorted(mask["after"]["parasites"]) == ["cutaway-matte", "cutaway-settings"]


@pytest.mark.parametrize("name", [
    "broken mask file", "broken colours file", "cannot hide", "cannot show", "broken mask file, on itself",
    "cannot keep, on itself", "cannot keep, on itself, masked", "cannot show, on itself, masked"])
def test_what_breaks_leaves_everything_as_it_was(broken: Any, name: str) -> None:
    case = broken["answers"][name]
    assert "broke" in case["error"]
    assert case["after"] == case["before"]
    assert broken["images"] == 0
