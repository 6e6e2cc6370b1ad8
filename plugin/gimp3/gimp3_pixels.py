"""Pixels of a GIMP 3 layer: which kind they are, and how to read and write them unconverted, by strips and tiles."""

from collections import namedtuple

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
gi.require_version("Babl", "0.1")
from gi.repository import Babl, Gegl, Gimp  # noqa: E402

from cutaway_bridge.tiles import clipped, fitting, mask_parts, with_alpha  # noqa: E402

Kind = namedtuple("Kind", "channels dtype transfer format")
"""``channels``, ``dtype``, ``transfer``: as in cutaway_bridge.host.Source. ``format``: the babl format to read in, or
None for the layer's own."""

STRIP_BYTES = 4 << 20
CACHE_BYTES = 24 << 20

# GIMP's masks are linear: "Y" and never "Y'", which would bend them by sRGB's curve.
MASK_FORMATS = {"|u1": "Y u8", "<u2": "Y u16"}

_SAMPLES = (("U8", "|u1"), ("U16", "<u2"), ("U32", "<u4"), ("HALF", "<f2"), ("FLOAT", "<f4"), ("DOUBLE", "<f8"))
# "Perceptual" is sRGB's curve whatever the profile says; the profile that goes with it is made in profile_of().
_CURVES = (("LINEAR", "linear"), ("NON_LINEAR", "nonlinear"), ("PERCEPTUAL", "nonlinear"))


def kind_of(image, layer):
    """The :class:`Kind` of the layer's pixels. Indexed layers are read as 8-bit RGB."""
    alpha = 1 if layer.has_alpha() else 0
    if layer.is_indexed():
        return Kind(3 + alpha, "|u1", "nonlinear", "R'G'B'A u8" if alpha else "R'G'B' u8")
    dtype, transfer = _precisions()[image.get_precision()]
    return Kind((3 if layer.is_rgb() else 1) + alpha, dtype, transfer, None)


def _precisions():
    return {
        getattr(Gimp.Precision, sample + "_" + curve): (dtype, transfer)
        for sample, dtype in _SAMPLES for curve, transfer in _CURVES
    }


def profile_of(image, layer):
    """The ICC profile's bytes that the values of :func:`kind_of` are in, or None for sRGB.

    In images of linear precision GIMP keeps the profile as it is; the values are then linear light with its primaries.
    """
    profile = image.get_color_profile()
    if profile is None or layer.is_indexed():
        return None  # indexed layers are read converted to sRGB
    if image.get_precision() in [getattr(Gimp.Precision, sample + "_PERCEPTUAL") for sample, _ in _SAMPLES]:
        profile = Gimp.ColorProfile.new_srgb_trc_from_color_profile(profile) or profile
    return bytes(profile.get_icc_profile())


def keep_few_tiles():
    """Lets GEGL keep no more of what this process reads than a strip needs: it would keep a copy of the whole layer."""
    Gegl.config().set_property("tile-cache-size", CACHE_BYTES)


def read(buffer, x, y, width, height, format):
    """Bytes of a rectangle in the babl format ``format`` (None: the buffer's own); outside the buffer zeros."""
    return bytes(buffer.get(Gegl.Rectangle.new(x, y, width, height), 1.0, format, Gegl.AbyssPolicy.NONE))


def write_mask(mask, reader, blank=None):
    """Fills the layer mask from an npy.Reader of shape (height, width). ``blank``: as in tiles.mask_parts."""
    buffer = mask.get_buffer()
    for x, y, width, height, data in mask_parts(reader, Gimp.tile_height(), STRIP_BYTES, blank):
        buffer.set(Gegl.Rectangle.new(x, y, width, height), MASK_FORMATS[reader.dtype], data)
    buffer.flush()
    height, width = reader.shape
    return mask.update(0, 0, width, height)


def write_tiles(layer, reader, origins, side):
    """Writes square tiles of colour from an npy.Reader of shape (N, side, side, colour channels); alpha stays.

    Parts of a tile outside the layer are left out.
    """
    buffer = layer.get_buffer()
    # With a colour profile the name carries the profile's space, so the values go in unconverted.
    name = Babl.get_name(layer.get_format())
    sample = int(reader.dtype[2:])
    colours = reader.shape[3]
    for index, x, y, width, height in fitting(origins, side, layer.get_width(), layer.get_height()):
        data = clipped(reader.read_rows(index, 1), side, colours * sample, width, height)
        if layer.has_alpha():
            data = with_alpha(data, read(buffer, x, y, width, height, None), colours, sample)
        buffer.set(Gegl.Rectangle.new(x, y, width, height), name, data)
    buffer.flush()
    return layer.update(0, 0, layer.get_width(), layer.get_height())
