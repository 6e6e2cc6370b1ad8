"""Remove Background for Krita 5.1 to 6.0: the plug-in that Krita loads.

Installed as ``pykrita/cutaway`` in Krita's resource folder; in it ``plugin/bridge`` as ``cutaway_bridge``, and
``cutaway-home.json``, which says where Cutaway's environment is. ``cutaway.desktop`` and ``cutaway_batch.py`` lie
beside it, ``cutaway.action`` in ``actions``.

What scripts in Krita may use is imported here; see scripting.py.
"""

from krita import Krita

from .cutaway_bridge.errors import BridgeError as CutawayError
from .extension import Cutaway
from .scripting import (
    Cutout,
    remove_background,
    remove_background_from_all_documents,
    remove_background_from_all_layers,
    remove_background_from_files,
)

__all__ = [
    "CutawayError", "Cutout", "remove_background", "remove_background_from_all_documents",
    "remove_background_from_all_layers", "remove_background_from_files",
]

Cutaway.only = Cutaway(Krita.instance())
Krita.instance().addExtension(Cutaway.only)
