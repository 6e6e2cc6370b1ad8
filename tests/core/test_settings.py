"""The settings are said once, checked, and the copy that the adapters carry is fresh."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cutaway.errors import SettingsInvalid
from cutaway.settings import MaskSettings, RemoveSettings, spec, spec_text

ROOT = Path(__file__).resolve().parents[2]


def values_of(row):
    kind = row["kind"]
    if kind == "switch":
        return st.booleans()
    if kind == "choice":
        return st.sampled_from([value for value, _ in row["options"]])
    if kind == "whole":
        return st.integers(row["low"], row["high"])
    return st.floats(row["low"], row["high"])


ANY = st.fixed_dictionaries({}, optional={row["name"]: values_of(row) for row in spec()})


@given(ANY)
def test_every_allowed_value_survives_the_wire(values):
    settings = RemoveSettings.from_dict(values)
    again = RemoveSettings.from_dict(json.loads(json.dumps(settings.to_dict())))
    assert again == settings
    flat = settings.to_dict()
    assert {name: flat[name] for name in values} == values


def test_the_defaults_change_no_matte():
    mask = MaskSettings()
    assert (mask.holes, mask.specks, mask.smooth, mask.contrast, mask.shift, mask.feather, mask.invert) == (
        0, 0, 0, 0, 0.0, 0.0, False)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"feather": -1.0}, "0 to 250 px"),
        ({"feather": float("nan")}, "0 to 250 px"),
        ({"feather": "2"}, "a number"),
        ({"smooth": 1.5}, "a whole number"),
        ({"smooth": True}, "a whole number"),
        ({"invert": 1}, "true or false"),
        ({"output": "paper"}, "layer, mask"),
        ({"colour": "red"}, "Known:"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_with_what_is(values, said):
    with pytest.raises(SettingsInvalid) as caught:
        RemoveSettings.from_dict(values)
    assert next(iter(values)) in caught.value.message
    assert said in caught.value.hint


def test_settings_made_in_python_are_checked_too():
    with pytest.raises(SettingsInvalid):
        MaskSettings(shift=251)
    with pytest.raises(SettingsInvalid):
        RemoveSettings(clean=101)


def test_every_field_has_a_label_a_help_and_a_place_in_the_spec():
    named = [row["name"] for row in spec()]
    fields = {f.name for f in dataclasses.fields(RemoveSettings)} | {f.name for f in dataclasses.fields(MaskSettings)}
    assert set(named) == fields - {"mask"} and len(named) == len(set(named))
    for row in spec():
        assert row["label"] and row["help"].endswith("."), row["name"]


def test_the_adapters_copy_is_fresh():
    kept = (ROOT / "plugin" / "bridge" / "settings.json").read_text(encoding="utf-8")
    assert kept == spec_text(), "run: python -m cutaway.settings > plugin/bridge/settings.json"
