"""The settings as arguments of a GIMP procedure: declared once, from settings.json."""

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, GObject  # noqa: E402

from cutaway_bridge import labels as bridge_labels  # noqa: E402
from cutaway_bridge import settings_spec  # noqa: E402
from cutaway_bridge.labels import label  # noqa: E402

# Help, Reset, Cancel, Load, Save and the dialog's own button, see OK_LABEL.
_BUTTONS = "hrclsm"
OK_LABEL = "Re_move"

_FLAGS = GObject.ParamFlags.READWRITE


def declare(procedure):
    """Adds every setting to the procedure's arguments."""
    rows = settings_spec.load()
    labels = with_mnemonics([label(row) for row in rows])
    for row in rows:
        common = (row["name"], labels[label(row)], row["help"])
        if row["kind"] == "switch":
            procedure.add_boolean_argument(*common, row["default"], _FLAGS)
        elif row["kind"] == "whole":
            procedure.add_int_argument(*common, row["low"], row["high"], row["default"], _FLAGS)
        elif row["kind"] == "number":
            procedure.add_double_argument(*common, row["low"], row["high"], row["default"], _FLAGS)
        elif row["open"]:  # GIMP's choices are closed
            procedure.add_string_argument(*common, row["default"], _FLAGS)
        else:
            procedure.add_choice_argument(*common, _choice(row), row["default"], _FLAGS)


def with_mnemonics(labels):
    """By label: it with an underscore before the letter that leads to its field; none that the buttons have."""
    return bridge_labels.with_mnemonics(labels, _BUTTONS)


def settings_of(config):
    """The settings' dictionary out of a procedure's configuration."""
    return {row["name"]: config.get_property(row["name"]) for row in settings_spec.load()}


def settings_taken(config):
    """The same for a run that begins. GIMP keeps the configuration for the next one, without what held for this."""
    settings = settings_of(config)
    for name, value in settings_spec.lasting(settings).items():
        if value != settings[name]:
            config.set_property(name, value)
    return settings


def _choice(row):
    choice = Gimp.Choice.new()
    for number, (value, said) in enumerate(row["options"]):
        choice.add(value, number, said, "")
    return choice
