"""Every setting of the spec can be said on the command line, and only what the spec allows."""

from __future__ import annotations

import dataclasses

import pytest
import typer

from cutaway.settings import RemoveSettings
from cutaway_bridge import settings_spec
from cutaway_cli import options

SPEC = settings_spec.load()
NAMES = [row["name"] for row in SPEC]


def another(row):
    """A value of the row that is not its default, and the words that say it."""
    name, option = row["name"], "--" + row["name"]
    if name == "output":
        return "mask", ["--mask-only"]
    if name == "shift":
        return -2.5, ["--shrink", "2.5"]
    if row["kind"] == "switch":
        return not row["default"], [option if not row["default"] else f"--no-{name}"]
    if row["kind"] == "choice":
        value = "u2netp" if row["open"] else row["options"][-1][0]
        return value, [option, value]
    value = row["low"] if row["default"] == row["high"] else row["high"]
    return value, [option, f"{value:g}"]


@pytest.mark.parametrize("row", SPEC, ids=NAMES)
def test_every_setting_can_be_said(cutaway, worker, here, row):
    (here / "cat.jpg").touch()
    value, words = another(row)
    outcome = cutaway("remove", "cat.jpg", *words)
    assert outcome.code == 0, outcome.err
    sent = worker.params("job.run")[0]["settings"]
    assert sent[row["name"]] == value and type(sent[row["name"]]) is type(value)
    others = RemoveSettings.from_dict({**sent, row["name"]: row["default"]})
    assert others == RemoveSettings(), "nothing else changes"


def test_the_switches_and_both_ways_of_the_edge(cutaway, worker, here):
    (here / "cat.jpg").touch()
    cutaway("remove", "cat.jpg", "--refine", "--expand", "3", "--invert")
    sent = worker.params("job.run")[0]["settings"]
    assert (sent["refine"], sent["shift"], sent["invert"]) == (True, 3.0, True)


def test_nothing_said_is_nothing_chosen():
    assert options.settings(SPEC, {}) == {}
    given = {"feather": None, "mask_only": False, "refine": None, "expand": None, "shrink": None}
    assert options.settings(SPEC, given) == {}


def test_a_shrink_of_nothing_is_a_plain_zero():
    assert str(options.settings(SPEC, {"shrink": 0.0})["shift"]) == "0.0"


def test_the_edge_moves_one_way():
    with pytest.raises(typer.BadParameter, match="not both"):
        options.settings(SPEC, {"expand": 1.0, "shrink": 0.0})


@pytest.mark.parametrize("words", [
    ["--feather", "-1"], ["--feather", "250.5"], ["--feather", "nan"], ["--feather", "inf"], ["--feather", "soft"],
    ["--expand", "251"], ["--shrink", "-1"], ["--clean", "101"], ["--clean", "1.5"], ["--holes", "-1"],
    ["--engine", "moon"], ["--expand", "1", "--shrink", "1"], ["--unheard-of"],
])
def test_what_the_spec_does_not_allow_is_refused_before_anything_runs(cutaway, worker, here, words):
    (here / "cat.jpg").touch()
    outcome = cutaway("remove", "cat.jpg", *words)
    assert outcome.code == 2 and words[0] in outcome.err
    assert worker.requests == []


@pytest.mark.parametrize("row", SPEC, ids=NAMES)
def test_help_and_ranges_come_from_the_spec(cutaway, row):
    text = " ".join(cutaway("remove", "--help").out.replace("-\n", "-").split())
    if row["name"] in options.GROUPS:
        assert all("--" + name.replace("_", "-") in text for name in options.GROUPS[row["name"]])
    else:
        assert "--" + row["name"] in text and row["help"] in text
    if "high" in row:
        assert f"to {row['high']:g} {row['unit']}".strip() in text


def test_a_new_setting_of_the_spec_gets_an_option_by_itself():
    row = {"name": "glow", "kind": "number", "group": "mask", "label": "Glow", "default": 0.0, "low": 0.0, "high": 9.0,
           "step": 1.0, "unit": "px", "help": "Glows."}
    (made,) = options.parameters([row])
    assert made.name == "glow" and options.settings([row], {"glow": 4.0}) == {"glow": 4.0}


def test_every_field_of_the_core_is_in_the_spec():
    fields = {f.name for f in dataclasses.fields(RemoveSettings) if f.name != "mask"}
    assert fields <= set(NAMES)
