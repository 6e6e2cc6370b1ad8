"""A layer that the user scales, crops, turns or moves while the run goes on, in both GIMPs."""

from __future__ import annotations

from typing import Any

import pytest

from . import gimps

CHANGED = {"scaled": [30, 20], "cropped": [39, 30], "turned": [30, 40]}
REFUSED = "size was changed meanwhile"


@pytest.fixture(scope="module")
def said(kind: gimps.Kind, request: pytest.FixtureRequest) -> Any:
    gimp = request.getfixturevalue(kind.gimp)
    request.getfixturevalue(kind.worker)
    return gimp.script(kind.scripts + "meanwhile")


@pytest.mark.parametrize("output", ["layer", "mask"])
@pytest.mark.parametrize("change", CHANGED)
def test_what_would_not_fit_is_not_put_in(said: Any, output: str, change: str) -> None:
    case = said[f"{output} {change}"]
    assert REFUSED in case["error"]
    assert list(case["state"]) == ["photo"]
    width, height, _, _, visible, masked = case["state"]["photo"]
    assert [width, height] == CHANGED[change] and visible and not masked


def test_a_layer_that_was_moved_has_its_result_where_it_is(said: Any) -> None:
    case = said["layer moved"]
    assert case["error"] == ""
    assert case["state"] == {
        "photo (cutout)": [40, 30, 7, 9, True, True], "photo": [40, 30, 7, 9, False, False]}
    case = said["mask moved"]
    assert case["error"] == "" and case["state"] == {"photo": [40, 30, 7, 9, True, True]}


def test_one_of_all_layers_does_not_fit_any_more(said: Any) -> None:
    case = said["layer several"]
    assert case["states"] == ["done", "failed", "done"] and REFUSED in case["messages"][1]
    assert case["state"] == {
        "first (cutout)": [40, 30, 7, 9, True, True], "first": [40, 30, 7, 9, False, False],
        "second": [39, 30, 0, 0, True, False],
        "third (cutout)": [40, 30, 0, 0, True, True], "third": [40, 30, 0, 0, False, False]}
    case = said["mask several"]
    assert case["states"] == ["done", "failed", "done"]
    assert {name: state[-1] for name, state in case["state"].items()} == {
        "first": True, "second": False, "third": True}


def test_nothing_is_left(said: Any) -> None:
    assert said["left"] == 0


def test_the_hidden_image_of_a_layer_with_filters_is_there_only_while_it_is_read(said: Any, kind: gimps.Kind) -> None:
    if kind is not gimps.GIMP3:
        assert "filtered" not in said, "GIMP 2.10 has no such filters"
        return
    case = said["filtered"]
    assert case["error"] == "" and list(case["state"]) == ["photo (cutout)", "photo"]
    texts = [text for text, _, _ in case["there"]]
    assert "Reading the layer" in texts and texts[-1] == "Done"
    assert {(count, users) for _, count, users in case["there"]} == {(1, 1)}
