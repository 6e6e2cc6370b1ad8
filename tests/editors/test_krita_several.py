"""A real Krita: all layers of a picture, all open pictures; and the entries of the menu."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from . import kra

pytestmark = [pytest.mark.krita, pytest.mark.gui]

OURS = ["cutaway_remove_background", "cutaway_remove_background_again", "cutaway_remove_background_all_documents",
        "cutaway_remove_background_all_layers"]
MASK = [["Cutout mask", True, []]]
RESULT = [["Background", True, []], ["photo", False, []], ["photo (cutout)", True, MASK]]
EMPTY = 'The layer "nothing" is empty. Select a layer with a picture in it.'


@pytest.fixture(scope="module")
def done(krita: Any, krita_worker: Any) -> dict[str, SimpleNamespace]:
    before = len(krita_worker.runs)
    answers = krita.script("krita_several", limit_s=300)
    found = {name: SimpleNamespace(**said) for name, said in answers.items()}
    return found | {"runs": SimpleNamespace(all=krita_worker.runs[before:])}


def test_the_entries_stand_together_in_the_layer_menu(done: Any) -> None:
    menu = done["entries"].menu
    start = menu.index("Remove Background...")
    assert menu[start:start + 4] == [
        "Remove Background...", "Remove Background", "Remove Background from All Layers",
        "Remove Background from All Open Documents"]
    assert done["entries"].names == OURS


def test_no_other_action_of_this_krita_has_the_shortcut(done: Any) -> None:
    case = done["entries"]
    assert case.actions > 400, "these are not all"
    (keys,) = case.shortcuts["cutaway_remove_background"]
    assert keys == "Ctrl+Alt+Shift+B" and case.taken[keys] == ["cutaway_remove_background"]
    assert not any(case.shortcuts[name] for name in OURS[1:])


@pytest.mark.parametrize("kind", ["paintlayer", "grouplayer", "vectorlayer", "clonelayer"])
def test_the_entries_are_there_for_layers_of_every_kind(done: Any, kind: str) -> None:
    assert sorted(done["entries"].enabled[kind]) == OURS


def test_without_a_picture_they_are_off(done: Any) -> None:
    assert done["entries"].closed == []


def test_every_layer_gets_its_cutout_where_it_is(done: Any) -> None:
    case = done["all_layers"]
    assert case.after == [
        ["Background", False, []], ["Background (cutout)", True, MASK],
        ["group", True, [["inner", False, []], ["inner (cutout)", True, MASK],
                         ["hidden", False, []], ["hidden (cutout)", False, MASK]]],
        ["nothing", True, []], ["curves", True, []], ["photo", False, []], ["photo (cutout)", True, MASK]]
    assert case.messages == [f"Remove Background: 4 of 5 layers done, 1 failed. nothing: {EMPTY}"]
    assert case.active == "Cutout mask"


def test_each_has_the_mask_that_was_made_for_it(done: Any) -> None:
    image = kra.read(Path(done["all_layers"].path))
    frames = {"photo": (0, 0, 150, 140), "hidden": (20, 30, 60, 50), "inner": (7, 8, 50, 40),
              "Background": (0, 0, 200, 160)}
    for (name, frame), run in zip(frames.items(), done["runs"].all, strict=False):  # from the top down
        (mask,) = image.layer(f"{name} (cutout)").masks
        np.testing.assert_array_equal(mask.samples(*frame), run.out_mask)


def test_what_has_been_done_is_skipped_and_cutouts_are_not_cut_out(done: Any) -> None:
    case = done["all_layers"]
    assert case.again == case.after
    assert case.twice == [f"Remove Background: 0 of 9 layers done, 8 skipped, 1 failed. nothing: {EMPTY}"]
    assert done["masks_first"].tree == done["masks_second"].tree == [["Background", True, MASK], ["photo", True, MASK]]
    assert done["masks_first"].messages == ["Remove Background: 2 of 2 layers done."]
    assert done["masks_second"].messages == ["Remove Background: 0 of 2 layers done, 2 skipped."]


def test_every_layer_is_one_step_of_undo(done: Any) -> None:
    case = done["all_layers"]

    def cutouts(tree: list[Any]) -> int:
        return sum(name.endswith("(cutout)") + cutouts(inside) for name, _, inside in tree)

    assert [cutouts(tree) for tree in (case.after, *case.steps)] == [4, 3, 2, 1, 0]
    assert case.steps[-1] == case.before, "all sources are to be seen again"
    assert case.anew == case.after and case.anew_messages == case.messages, "undone is not done"


def test_a_cancel_keeps_what_is_done_and_stops_the_rest(done: Any) -> None:
    case = done["cancelled"]
    assert case.tree == [["Background", True, []], ["second", True, []], ["first", False, []],
                         ["first (cutout)", True, MASK]]
    assert case.messages == ["Cancelled. Remove Background: 1 of 3 layers done. 2 not begun or not finished."]
    assert case.windows == 1 and case.left == 0, "one window for all"


def test_every_open_picture_and_what_is_wrong_with_some(done: Any) -> None:
    case = done["all_documents"]
    assert case.trees == {
        "one": RESULT, "two": RESULT, "before": RESULT,
        "empty": [["Background", True, []], ["photo", True, []], ["nothing", True, []]]}
    (message,) = case.messages
    first, *rest = message.split("\n")
    assert first == f"Remove Background: 2 of 5 pictures done, 1 skipped, 2 failed. empty: {EMPTY}"
    assert rest == ["closed: The picture was closed meanwhile. Open it and try again."]
    assert case.active == ["before", "Cutout mask"], "the one before the user stays there"


def test_errors_of_the_worker_are_told_once_and_leave_nothing(done: Any) -> None:
    case = done["failing"]
    assert case.refused == ["Remove Background is at work already. Wait until it has finished, or cancel it."]
    assert case.first == ["Remove Background: 2 of 2 layers done."], "the one at work went on"
    (message,) = case.messages
    assert message.startswith("Remove Background: 0 of 2 layers done, 2 failed.")
    assert message.count("Run: cutaway models get fake") == 2
    assert case.tree == [["Background", True, []], ["photo", True, []]]


def test_the_last_values_are_taken(done: Any) -> None:
    outputs = Counter(run.params["settings"]["output"] for run in done["runs"].all)
    assert outputs["mask"] == 2 and outputs["layer"] > 8


def test_before_layers_are_sent_one_question_is_asked(done: Any) -> None:
    case = done["sent"]
    for name in ("No", "Escape", "Yes"):
        assert getattr(case, name) == {
            "text": "Send 2 layers to Topaz's cloud?", "no": True,
            "below": "That costs 4 credits; 40 left.\nOne that costs more than 5 credits is not sent.\n"
                     "Topaz keeps what it is sent for 7 days.",
            "meanwhile": "Remove Background is at work already."}
    before = [["Background", True, []], ["nothing", True, []], ["photo", True, []]]
    assert case.trees[:2] == [before, before], "without a Yes nothing is begun"
    assert case.trees[2] == [["Background", False, []], ["Background (cutout)", True, MASK], ["nothing", True, []],
                             ["photo", False, []], ["photo (cutout)", True, MASK]]
    assert case.messages == [f"Remove Background: 2 of 3 layers done, 1 failed. nothing: {EMPTY}"]
    assert case.free and case.kept == ["remembered"] * 3, "Yes is for this time"
    clouded = [run.params["settings"] for run in done["runs"].all if run.params["settings"]["engine"] == "topaz"]
    assert [settings["upload"] for settings in clouded] == ["once", "once"]


def test_nothing_is_asked_where_nothing_would_be_sent(done: Any) -> None:
    case = done["sent"]
    assert not case.asked_again and case.done_before == ["Remove Background: 0 of 1 pictures done, 1 skipped."]
    assert case.picture == "Send 1 picture to Topaz's cloud?"
    assert case.local_said == ["Remove Background: 1 of 1 pictures done."]
    assert case.mask_said == ["Remove Background: 0 of 1 pictures done, 1 skipped."]
