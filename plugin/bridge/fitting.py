"""Settings fitted to a layer that cannot have all of them. Python 2.7 and 3."""

from __future__ import absolute_import

REPLACED = (
    "mask_replaced",
    u"The layer's mask, which was switched off, has been replaced by the new one. Undo brings it back.")


def fitting(settings, colours_stay, mask_is_off):
    """(settings, notes): colours are cleaned only where they can be written.

    ``colours_stay``: a note (code, message) where the layer's colours cannot be changed, else None. ``mask_is_off``:
    whether the layer has a mask that is switched off, which a mask on the layer itself takes the place of.
    """
    if settings["output"] == "mask":
        return dict(settings, clean=0), [REPLACED] if mask_is_off else []  # the layer's own pixels are not touched
    if colours_stay is None or settings["clean"] == 0:
        return settings, []
    return dict(settings, clean=0), [colours_stay]
