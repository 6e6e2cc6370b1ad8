"""Which layer is meant, what its pixels are, and what about it can be changed. Python 2.7 and 3."""

from __future__ import absolute_import

from collections import namedtuple
from contextlib import contextmanager

import gimpenums
from cutaway_bridge import errors
from cutaway_bridge.installation import text
from gimpfu import pdb

Kind = namedtuple("Kind", "channels dtype transfer format")
"""``channels``, ``dtype``, ``transfer``: as in cutaway_bridge.host.Source. ``format``: the babl format to read in, or
None for the layer's own."""

_ONE_LAYER = u"Select one layer in the Layers dialog and try again."
_SAMPLES = (("U8", "|u1"), ("U16", "<u2"), ("U32", "<u4"), ("HALF", "<f2"), ("FLOAT", "<f4"), ("DOUBLE", "<f8"))
_CURVES = (("LINEAR", "linear"), ("GAMMA", "nonlinear"))


def chosen(image, drawable):
    """The layer that the user means; a layer's mask stands for its layer. Raises BridgeError."""
    if drawable is None:
        raise errors.BridgeError(errors.INPUT, u"No layer is selected.", _ONE_LAYER)
    layer = drawable
    if pdb.gimp_item_is_layer_mask(layer):
        layer = pdb.gimp_layer_from_mask(layer)
    if not pdb.gimp_item_is_layer(layer):
        raise errors.BridgeError(errors.INPUT, u"A channel is selected, not a layer.", _ONE_LAYER)
    if pdb.gimp_image_get_floating_sel(image) is not None:
        raise errors.BridgeError(
            errors.INPUT, u"There is a floating selection.",
            u"Anchor it or turn it into a layer (in the Layer menu), then try again.")
    if pdb.gimp_item_is_group(layer) and not pdb.gimp_item_get_children(layer)[0]:
        raise errors.BridgeError(
            errors.INPUT, u"The layer group \"%s\" is empty." % name_of(layer),
            u"Put a layer into it or select a layer.")
    return layer


def why_colours_stay(layer):
    """A note (code, message) where the layer's own colours cannot be cleaned, else None."""
    if pdb.gimp_item_is_group(layer):
        return "colours_kept", u"The edge colours were left as they are: a layer group has no pixels of its own."
    if pdb.gimp_drawable_is_indexed(layer):
        return "colours_kept", (
            u"The edge colours were left as they are: an indexed image has only its palette's colours. "
            u"Image > Mode > RGB makes cleaning them possible.")
    if pdb.gimp_item_is_text_layer(layer):
        return "colours_kept", (
            u"The edge colours were left as they are, so that the layer stays editable. "
            u"Turn it into pixels first to have them cleaned.")
    return None


def kind_of(image, layer):
    """The :class:`Kind` of the layer's pixels. Indexed layers are read as 8-bit RGB."""
    alpha = 1 if pdb.gimp_drawable_has_alpha(layer) else 0
    if pdb.gimp_drawable_is_indexed(layer):
        return Kind(3 + alpha, "|u1", "nonlinear", "R'G'B'A u8" if alpha else "R'G'B' u8")
    dtype, transfer = _precisions()[pdb.gimp_image_get_precision(image)]
    return Kind((3 if pdb.gimp_drawable_is_rgb(layer) else 1) + alpha, dtype, transfer, None)


def profile_of(image, layer):
    """The ICC profile's bytes that the values of :func:`kind_of` are in, or None for sRGB.

    In images of linear precision GIMP keeps the profile as it is; the values are then linear light with its primaries.
    """
    if pdb.gimp_drawable_is_indexed(layer):
        return None  # indexed layers are read converted to sRGB
    return bytes(bytearray(pdb.gimp_image_get_color_profile(image)[1])) or None


def name_of(item):
    """The item's name as text."""
    return text(pdb.gimp_item_get_name(item))


def utf8(said):
    """Text as Python-Fu takes it: in Python 2 as UTF-8."""
    return said if isinstance(said, str) else said.encode("utf-8")


@contextmanager
def doing(what):
    """What GIMP refuses in the block is a BridgeError that says ``what`` could not be done."""
    try:
        yield
    except RuntimeError as error:  # what Python-Fu raises
        said = text(str(error))
        raise errors.BridgeError(
            errors.ERROR, u"GIMP could not %s." % what, (u"GIMP says: %s" % said) if said else u"Try again.")


def _precisions():
    return {
        getattr(gimpenums, "PRECISION_%s_%s" % (sample, curve)): (dtype, transfer)
        for sample, dtype in _SAMPLES for curve, transfer in _CURVES
    }
