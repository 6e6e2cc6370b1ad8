"""Groups as layers, texts, masks that are off, what is refused, what breaks, in both GIMPs. All else: conformance."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from . import gimps
from .layered import mask_of, rgb, saved


@pytest.fixture(scope="module")
def done(kind: gimps.Kind, request: pytest.FixtureRequest) -> dict[str, SimpleNamespace]:
    found: dict[str, SimpleNamespace] = request.getfixturevalue(f"{kind.name}_layers")
    return found


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


@pytest.fixture(scope="module")
def refused(kind: gimps.Kind, request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(f"{kind.name}_refusals")


@pytest.mark.parametrize(("name", "message", "hint"), [
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


@pytest.fixture(scope="module")
def broken(kind: gimps.Kind, request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(kind.gimp).script(kind.scripts + "rollback")


def test_a_good_result_changes_what_it_should(broken: Any) -> None:
    layer, mask = broken["answers"]["good layer"], broken["answers"]["good mask"]
    assert not layer["error"] and not mask["error"]
    assert layer["after"]["tree"] == [["other", None], ["photo (cutout)", None], ["photo", None]]
    assert layer["after"]["visible"] == [True, True, False]
    assert layer["after"]["selected"] == ["photo (cutout)"]
    assert mask["after"]["mask"] == [bytes([77] * 1200).hex(), True, False]
    assert sorted(mask["after"]["parasites"]) == ["cutaway-matte", "cutaway-settings"]


@pytest.mark.parametrize("name", [
    "broken mask file", "broken colours file", "cannot hide", "cannot show", "broken mask file, on itself",
    "cannot keep, on itself", "cannot keep, on itself, masked", "cannot show, on itself, masked"])
def test_what_breaks_leaves_everything_as_it_was(broken: Any, name: str) -> None:
    case = broken["answers"][name]
    assert "broke" in case["error"]
    assert case["after"] == case["before"]
    assert broken["images"] == 0
