"""Cutaway: Remove Background for GIMP, Krita and the command line.

    from cutaway import remove_background
    cutout = remove_background("cat.jpg")
    cutout.save("cat_cutout.png")

Names are imported when first used, so that ``import cutaway`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_WHERE = {
    "remove_background": "cutaway.api",
    "release": "cutaway.api",
    "Result": "cutaway.api",
    "Picture": "cutaway.picture.model",
    "Matte": "cutaway.cutout",
    "Cutout": "cutaway.cutout",
    "MaskSettings": "cutaway.settings",
    "RemoveSettings": "cutaway.settings",
    "CutawayError": "cutaway.errors",
}

__all__ = ["CutawayError", "Cutout", "MaskSettings", "Matte", "Picture", "RemoveSettings", "Result", "__version__",
           "release", "remove_background"]

if TYPE_CHECKING:
    from cutaway.api import Result, release, remove_background
    from cutaway.cutout import Cutout, Matte
    from cutaway.errors import CutawayError
    from cutaway.picture.model import Picture
    from cutaway.settings import MaskSettings, RemoveSettings


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'cutaway' has no attribute {name!r}")
    return getattr(importlib.import_module(_WHERE[name]), name)
