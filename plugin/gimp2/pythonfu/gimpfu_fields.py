"""The kinds of arguments that a plug-in may register (PF_...), and their types in GIMP's database. Python 2.7 and 3."""

from __future__ import absolute_import

from gimpenums import (
    PDB_CHANNEL, PDB_COLOR, PDB_DISPLAY, PDB_DRAWABLE, PDB_FLOAT, PDB_IMAGE, PDB_INT8, PDB_INT16, PDB_INT32, PDB_ITEM,
    PDB_LAYER, PDB_STRING, PDB_VECTORS)

PF_INT8, PF_INT16, PF_INT32, PF_FLOAT, PF_STRING, PF_COLOR = (
    PDB_INT8, PDB_INT16, PDB_INT32, PDB_FLOAT, PDB_STRING, PDB_COLOR)
PF_ITEM, PF_DISPLAY, PF_IMAGE, PF_LAYER, PF_CHANNEL, PF_DRAWABLE, PF_VECTORS = (
    PDB_ITEM, PDB_DISPLAY, PDB_IMAGE, PDB_LAYER, PDB_CHANNEL, PDB_DRAWABLE, PDB_VECTORS)
PF_INT, PF_VALUE, PF_COLOUR = PF_INT32, PF_STRING, PF_COLOR
(PF_TOGGLE, PF_SLIDER, PF_SPINNER, PF_FONT, PF_FILE, PF_BRUSH, PF_PATTERN, PF_GRADIENT, PF_RADIO, PF_TEXT, PF_PALETTE,
 PF_FILENAME, PF_DIRNAME, PF_OPTION) = range(1000, 1014)
PF_BOOL, PF_ADJUSTMENT = PF_TOGGLE, PF_SPINNER

NUMBERS = (PF_INT8, PF_INT16, PF_INT32, PF_FLOAT, PF_SPINNER)
TEXTS = (PF_STRING, PF_TEXT, PF_FONT, PF_FILE, PF_BRUSH, PF_PATTERN, PF_GRADIENT, PF_PALETTE, PF_FILENAME, PF_DIRNAME)
OBJECTS = (PF_ITEM, PF_DISPLAY, PF_IMAGE, PF_LAYER, PF_CHANNEL, PF_DRAWABLE, PF_VECTORS)

_OWN = {PF_TOGGLE: PDB_INT32, PF_SLIDER: PDB_FLOAT, PF_SPINNER: PDB_FLOAT, PF_RADIO: PDB_STRING, PF_OPTION: PDB_INT32}


def database_type(kind):
    """The type that an argument of a PF_ kind has in GIMP's database."""
    if kind in _OWN:
        return _OWN[kind]
    return PDB_STRING if kind in TEXTS else kind


class Field(object):
    """One registered argument.

    Python-Fu's five: ``kind``, ``name``, ``label``, ``default`` and, by kind, ``extra``: (low, high, step) of spinners
    and sliders, [(label, value)] of radio buttons, [label] of options. Beyond Python-Fu: ``extra`` of a string is a
    list of values to choose from, or of (label, value); a sixth part is a dictionary with "help", a tooltip, "frame",
    the title of its group, "hidden", true for an argument that the dialog leaves out, and for strings "later": a
    function whose generator the dialog steps while it is open. It yields lists of (label, value) to choose from, too,
    or None where there is no list to be had: then the field becomes a line of text.
    "once": true for an argument that is back at its default in the next dialog. "panel": for one field of a frame, what
    makes the frame's :class:`gimpfu_panel.Panel` out of the objects that GIMP gives to the procedure.
    """

    def __init__(self, said):
        if len(said) < 4:
            raise ValueError("a parameter has at least four parts: type, name, label, default; given: %r" % (said,))
        self.kind, self.name, self.label, self.default = said[:4]
        self.extra = said[4] if len(said) > 4 else None
        more = said[5] if len(said) > 5 else {}
        self.help = more.get("help", "")
        self.frame = more.get("frame", "")
        self.hidden = more.get("hidden", False)
        self.later = more.get("later")
        self.once = more.get("once", False)
        self.panel = more.get("panel")

    @property
    def plain_label(self):
        return self.label.replace("_", "").rstrip(":")
