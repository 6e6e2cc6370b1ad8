"""The settings as ``settings.json`` says them: for dialogs, procedure arguments and checks. Python 2.7 and 3.

``settings.json`` is generated from core/cutaway/settings.py, where the settings are said once.
"""

from __future__ import absolute_import

import io
import json
import os

from . import errors

try:
    _TEXT = (str, unicode)  # Python 2
    _WHOLE = (int, long)
except NameError:
    _TEXT = (str,)
    _WHOLE = (int,)


DECISION = "upload"


def load():
    """The rows of the dialog in order: dictionaries with name, group, kind, label, help, default, and low, high, step
    and unit (numbers) or options, a list of [value, label], and open (choices)."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "settings.json")
    with io.open(path, encoding="utf-8") as stream:
        return json.load(stream)


def defaults():
    """Every setting's default by name."""
    return {row["name"]: row["default"] for row in load()}


def lasting(values):
    """``values`` as they are kept for later, with the dialog or in a picture: a decision about sending holds for the
    run that it was made for, and the core remembers one that is to last."""
    decisions = {row["name"]: row["default"] for row in load() if row["name"] == DECISION}
    return dict(values, **decisions)


def check(values):
    """``values`` (any part of the settings) filled up with the defaults.

    Raises BridgeError settings_invalid for an unknown name, a wrong type or a value out of range.
    """
    rows = load()
    unknown = sorted(set(values) - {row["name"] for row in rows})
    if unknown:
        raise errors.BridgeError(
            errors.SETTINGS_INVALID, u"There is no setting named %s." % unknown[0],
            u"Known: %s." % u", ".join(row["name"] for row in rows))
    full = {}
    for row in rows:
        value = values.get(row["name"], row["default"])
        if not _fits(row, value):
            raise errors.BridgeError(
                errors.SETTINGS_INVALID, u"%s cannot be %s." % (row["name"], value), u"It is %s." % allowed(row))
        full[row["name"]] = value
    return full


def allowed(row):
    """What a row's value may be, in words."""
    if row["kind"] == "switch":
        return u"true or false"
    if row["kind"] == "choice":
        return u"one of " + u", ".join(option[0] for option in row["options"])
    kind = u"a whole number" if row["kind"] == "whole" else u"a number"
    return (u"%s from %g to %g %s" % (kind, row["low"], row["high"], row["unit"])).rstrip()


def _fits(row, value):
    kind = row["kind"]
    if kind == "switch":
        return isinstance(value, bool)
    if kind == "choice":
        return isinstance(value, _TEXT) and (row["open"] or value in [option[0] for option in row["options"]])
    types = _WHOLE if kind == "whole" else _WHOLE + (float,)
    # A NaN is in no range.
    return isinstance(value, types) and not isinstance(value, bool) and row["low"] <= value <= row["high"]
