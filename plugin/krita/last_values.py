"""The settings of the last run, kept among Krita's own settings."""

import json

from krita import Krita

from .cutaway_bridge import errors, settings_spec

GROUP = "cutaway"
NAME = "settings"


def read():
    """Every setting by name. What an older version kept and this one cannot use is left at its default."""
    try:
        said = json.loads(Krita.instance().readSetting(GROUP, NAME, "{}"))
    except ValueError:
        said = {}
    values = settings_spec.defaults()
    for name in values:
        if not isinstance(said, dict) or name not in said:
            continue
        try:
            values[name] = settings_spec.check({name: said[name]})[name]
        except errors.BridgeError:
            continue
    return values


def write(values):
    Krita.instance().writeSetting(GROUP, NAME, json.dumps(values, sort_keys=True))
