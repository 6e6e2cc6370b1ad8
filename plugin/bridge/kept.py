"""What stays with a layer in the document, so that its mask can be changed later. Python 2.7 and 3."""

from __future__ import absolute_import

import json

MATTE = "cutaway-matte"
SETTINGS = "cutaway-settings"


def parts(result):
    """(name, bytes) of what to keep with the layer made from ``result`` (see host.Result)."""
    said = {
        "settings": result.settings, "provenance": result.provenance,
        "notes": [list(note) for note in result.notes]}
    content = json.dumps(said, sort_keys=True).encode("utf-8")
    return [(name, data) for name, data in ((MATTE, result.matte), (SETTINGS, content)) if data]
