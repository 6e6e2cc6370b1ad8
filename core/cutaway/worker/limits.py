"""How long the worker keeps models and itself, from the ``worker`` part of ``<home>/settings.json``."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from cutaway.home import Home

FILE: Final = "settings.json"


@dataclass(frozen=True)
class Limits:
    """Seconds without work after which the models are unloaded, and the worker ends itself."""

    unload_after_s: float = 300.0
    exit_after_s: float = 900.0


def read(home: Home) -> Limits:
    """The user's limits; the defaults for what is not said or is not a number above zero."""
    try:
        said = json.loads((home.path / FILE).read_text("utf-8")).get("worker", {})
    except (OSError, ValueError, AttributeError):
        return Limits()
    if not isinstance(said, dict):
        return Limits()
    found = {}
    for name in ("unload_after_s", "exit_after_s"):
        value = said.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            found[name] = float(value)
    return Limits(**found)
