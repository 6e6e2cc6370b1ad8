"""A real Krita: the dialog, cancelling, closing and changing the picture meanwhile, and what is said when it fails."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from cutaway_bridge import settings_spec

from .sandbox import CHECKOUT

pytestmark = [pytest.mark.krita, pytest.mark.gui]

UNTOUCHED = [["Background", True, []], ["photo", True, []]]
RESULT = [["Background", True, []], ["photo", False, []], ["photo (cutout)", True, [["Cutout mask", True, []]]]]


@pytest.fixture(scope="module")
def done(krita: Any, krita_worker: Any) -> dict[str, SimpleNamespace]:
    before = len(krita_worker.runs)
    answers = krita.script("krita_ends", limit_s=200)
    found = {name: SimpleNamespace(**said) for name, said in answers.items()}
    return found | {"runs": SimpleNamespace(all=krita_worker.runs[before:])}


def test_cancel_leaves_everything_as_it_was_and_says_nothing(done: Any) -> None:
    case = done["cancelled"]
    assert case.tree == UNTOUCHED and case.message == ""
    assert case.windows and "Remove Background" not in case.windows
    visible, modal, text = case.seen
    assert visible and not modal and text in ("Finding", "Edges")


def test_one_run_at_a_time(done: Any) -> None:
    case = done["twice_at_once"]
    assert case.first.startswith("Remove Background is at work already.")
    assert case.tree == UNTOUCHED


@pytest.mark.parametrize(("name", "said"), [
    ("closed_meanwhile", "The picture was closed meanwhile; nothing was changed."),
    ("removed_meanwhile", "The layer was removed meanwhile; nothing was put in."),
    ("resized_meanwhile", "The picture's size was changed meanwhile; nothing was put in."),
    ("moved_meanwhile", "The layer was moved or changed meanwhile; nothing was put in. Run it again."),
    ("mirrored_meanwhile", "The layer was moved or changed meanwhile; nothing was put in. Run it again."),
])
def test_what_goes_away_meanwhile(done: Any, name: str, said: str) -> None:
    case = done[name]
    assert case.message.startswith(said)
    if case.tree is not None:
        assert not any("cutout" in layer[0] for layer in case.tree)
    if name.startswith(("moved", "mirrored")):
        assert case.tree == UNTOUCHED


def test_the_user_can_go_on_meanwhile(done: Any) -> None:
    case = done["changed_meanwhile"]
    assert case.worked, "Krita stood still"
    assert case.tree == [*RESULT, ["other", True, []]], "right above its source, not above what is active"


def test_the_workers_error_is_shown_with_its_hint(done: Any) -> None:
    case = done["failed"]
    assert case.message == "The fake model is not here. Run: cutaway models get fake"
    assert case.tree == UNTOUCHED


def test_a_lost_worker_is_said(done: Any) -> None:
    case = done["lost"]
    assert case.message.startswith("The background process ended unexpectedly. Try again. Its log is ")
    assert case.tree == UNTOUCHED


def test_a_note_is_told_with_the_result(done: Any) -> None:
    case = done["noted"]
    assert case.message == "No clear subject was found." and case.tree == RESULT


@pytest.mark.parametrize(("name", "said"), [
    ("empty", 'The layer "nothing" is empty. Select a layer with a picture in it.'),
    ("empty_asked", 'The layer "nothing" is empty. Select a layer with a picture in it.'),
    ("filter_layer", 'The layer "curves" has no pixels of its own. Select a layer with a picture.'),
    ("pass_through", 'The group "through" is in pass-through mode, where masks do nothing. '
                     "Switch pass-through off, or choose a new layer as the result."),
    ("not_installed", "Cutaway is not there. Install it."),
    ("no_picture", "There is no open picture. Open one and select a layer."),
])
def test_what_cannot_be_done_is_refused_with_what_to_do(done: Any, name: str, said: str) -> None:
    case = done[name]
    assert case.message == said
    assert case.tree is None or not any("cutout" in layer[0] for layer in case.tree)


def test_nobody_is_asked_about_an_empty_layer(done: Any) -> None:
    assert not done["empty_asked"].dialog


def test_the_dialog_is_the_settings(done: Any) -> None:
    case = done["dialog"]
    rows = {row["name"]: row for row in settings_spec.load()}
    assert case.first == dict(settings_spec.defaults(), feather=2.5, model="own-model")
    for name, (low, high, step, suffix) in case.ranges.items():
        row = rows[name]
        assert (low, high, step, suffix) == (row["low"], row["high"], row["step"], " " + row["unit"])
    assert {name: rows[name]["help"] for name in case.tips} == case.tips
    closed = {name: row for name, row in rows.items() if row["kind"] == "choice" and not row["open"]}
    of_one = {name for name, row in closed.items() if len(row["options"]) < 2}
    assert set(rows) - set(case.tips) == of_one, "only a choice of one is left out"
    assert case.models == ["Best installed", "own-model", "Fake model"], "those installed, and the one chosen before"


def test_what_the_dialog_said_is_done_and_remembered(done: Any) -> None:
    case = done["dialog"]
    want = dict(settings_spec.defaults(), feather=2.5, model="fake-notes", invert=True, shift=-1.5)
    assert case.wanted == case.kept == want
    assert done["runs"].all[-1].params["settings"] == want
    assert case.tree == RESULT and case.message == "No clear subject was found."


def test_a_dialog_that_is_left_does_nothing(done: Any) -> None:
    case = done["dialog_left"]
    assert case.tree == UNTOUCHED and case.message == ""
    assert case.kept == dict(settings_spec.defaults(), feather=2.5)


def test_both_entries_are_in_the_layer_menu(done: Any) -> None:
    assert {"Remove Background...", "Remove Background"} <= set(done["dialog"].entries)


def test_the_shortcut_is_free(krita_editor: Any) -> None:
    """No other action of this Krita, in whatever set of shortcuts, has it."""
    root = (krita_editor.root or Path("/")) / "usr/share/krita"
    said = ElementTree.parse(CHECKOUT / "plugin/krita/cutaway.action").getroot()
    (ours,) = {each.text.lower() for each in said.iter("shortcut") if each.text}
    places = [*root.glob("actions/*.action"), *root.glob("shortcuts/*"), *root.glob("pykrita/**/*.action")]
    assert len(places) > 5
    same = {"+".join(sorted(ours.split("+")))}
    for path in places:
        text = path.read_text(encoding="utf-8", errors="replace").lower()
        for word in re.findall(r"(?:(?:ctrl|alt|shift|meta)\+)+[^\s<;,]+", text):
            assert "+".join(sorted(word.split("+"))) not in same, f"{path} has it"
