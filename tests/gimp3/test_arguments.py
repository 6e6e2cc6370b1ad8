from __future__ import annotations

from types import SimpleNamespace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cutaway_bridge import settings_spec


class FakeProcedure:
    """Keeps what is declared."""

    def __init__(self):
        self.said = {}

    def __getattr__(self, method):
        def add(name, *rest):
            assert name not in self.said
            self.said[name] = (method, rest)
        return add


def declared(adapter):
    procedure = FakeProcedure()
    adapter.arguments.declare(procedure)
    return procedure.said


def test_every_setting_is_declared_once_as_it_is_said(adapter):
    said = declared(adapter)
    methods = {"switch": "add_boolean_argument", "whole": "add_int_argument", "number": "add_double_argument"}
    for row in settings_spec.load():
        method, rest = said.pop(row["name"])
        assert rest[0].replace("_", "") == adapter.arguments.label(row) and rest[1] == row["help"]
        if row["kind"] in ("whole", "number"):
            assert method == methods[row["kind"]] and rest[2:5] == (row["low"], row["high"], row["default"])
        elif row["kind"] == "switch":
            assert method == methods["switch"] and rest[2] == row["default"]
        elif row["open"]:
            assert method == "add_string_argument" and rest[2] == row["default"]
        else:
            assert method == "add_choice_argument" and rest[3] == row["default"]
            assert [[nick, label] for nick, _, label in rest[2]._added] == row["options"]
    assert not said


def test_settings_of_a_configuration(adapter):
    values = {**settings_spec.defaults(), "feather": 3.5, "model": "isnet"}
    config = SimpleNamespace(get_property=values.__getitem__)
    assert adapter.arguments.settings_of(config) == values
    assert settings_spec.check(values) == values


def test_units_stand_in_the_label(adapter):
    assert adapter.arguments.label({"label": "Feather", "unit": "px"}) == "Feather (px)"
    assert adapter.arguments.label({"label": "Smooth", "unit": ""}) == "Smooth"
    assert adapter.arguments.label({"label": "Invert"}) == "Invert"


def test_every_field_can_be_reached_by_a_letter_of_its_own(adapter):
    labels = [adapter.arguments.label(row) for row in settings_spec.load() if len(row.get("options", "xx")) > 1
              or row.get("open")]
    chosen = adapter.arguments.with_mnemonics([adapter.arguments.label(row) for row in settings_spec.load()])
    letters = [chosen[label][chosen[label].index("_") + 1].lower() for label in labels]
    assert len(set(letters)) == len(letters)
    assert not set(letters) & set("hrcls") and adapter.arguments.OK_LABEL == "Re_move" and "m" not in letters


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(labels=st.lists(st.text(st.characters(codec="ascii", exclude_characters="_"), max_size=8), unique=True))
def test_mnemonics_are_unique_and_change_nothing_else(adapter, labels):
    chosen = adapter.arguments.with_mnemonics(labels)
    assert {said: mnemonic.replace("_", "") for said, mnemonic in chosen.items()} == {said: said for said in labels}
    letters = [said[said.index("_") + 1].lower() for said in chosen.values() if "_" in said]
    assert len(set(letters)) == len(letters)
