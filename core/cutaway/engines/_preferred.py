"""The execution providers that the user wants, from ``providers`` in ``<home>/settings.json``.

    {"providers": ["TensorRT", "CUDA"]}

The processor is always the last one. Without it the usual order holds: see :data:`cutaway.engines._runtime.PROVIDERS`.
"""

from __future__ import annotations

import json
from typing import Final

from cutaway.home import Home

FILE: Final = "settings.json"
KEY: Final = "providers"


def preferred(home: Home) -> tuple[str, ...]:
    """The names as the user gave them; empty where none are given or it makes no sense."""
    try:
        said = json.loads((home.path / FILE).read_text("utf-8")).get(KEY, [])
    except (OSError, ValueError, AttributeError):
        return ()
    if not isinstance(said, list) or not all(isinstance(name, str) for name in said):
        return ()
    return tuple(said)
