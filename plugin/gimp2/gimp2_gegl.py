"""Pixels of a drawable through GEGL: exact in every precision, for layers, masks and the selection. Python 2.7 and 3.

Python-Fu's own pixel regions are of no use here: they bend the values of masks by a transfer curve.
"""

from __future__ import absolute_import

import ctypes

from gimpfu_c import DOUBLE, INT, POINTER, TEXT, Rectangle, function, raw

_NO_STRIDE, _OUTSIDE_IS_ZERO = 0, 0
_RECTANGLE = ctypes.POINTER(Rectangle)
_UINT64 = 11 << 2  # G_TYPE_UINT64
_CACHE_BYTES = 24 << 20


class _Value(ctypes.Structure):
    """GLib's GValue."""

    _fields_ = [("type", ctypes.c_size_t), ("data", ctypes.c_uint64 * 2)]


def keep_few_tiles():
    """Lets GEGL keep no more of what this process reads than a strip needs: it would keep a copy of the whole layer."""
    _start()
    value = _Value()
    at = ctypes.byref(value)
    function("gobject", "g_value_init", POINTER, POINTER, ctypes.c_size_t)(at, _UINT64)
    function("gobject", "g_value_set_uint64", None, POINTER, ctypes.c_uint64)(at, _CACHE_BYTES)
    config = function("gegl", "gegl_config", POINTER)()
    function("gobject", "g_object_set_property", None, POINTER, TEXT, POINTER)(config, b"tile-cache-size", at)


def _start():
    function("gegl", "gegl_init", None, POINTER, POINTER)(None, None)  # only the first call does something


class Buffer(object):
    """A drawable's pixels; ``with`` opens and closes it. Coordinates are the drawable's own.

    A format is a babl name like "Y u8", or None for the drawable's own, unconverted.
    """

    def __init__(self, drawable):
        self._drawable = drawable
        self._buffer = None

    def __enter__(self):
        _start()
        self._buffer = function("gimp", "gimp_drawable_get_buffer", POINTER, INT)(self._drawable.ID)
        if not self._buffer:
            raise RuntimeError("the drawable has gone")
        return self

    def __exit__(self, kind, value, trace):
        function("gobject", "g_object_unref", None, POINTER)(self._buffer)
        self._buffer = None

    def read(self, x, y, width, height, pixel_bytes, format=None):
        """Bytes of a rectangle, row by row; outside the drawable zeros."""
        out = ctypes.create_string_buffer(width * height * pixel_bytes)
        get = function(
            "gegl", "gegl_buffer_get", None, POINTER, _RECTANGLE, DOUBLE, POINTER, POINTER, INT, INT)
        area = Rectangle(x, y, width, height)
        get(self._buffer, ctypes.byref(area), 1.0, _format(format), out, _NO_STRIDE, _OUTSIDE_IS_ZERO)
        return out.raw

    def write(self, x, y, width, height, data, format=None):
        """Sets a rectangle inside the drawable from bytes. ``flush`` makes it GIMP's."""
        put = function("gegl", "gegl_buffer_set", None, POINTER, _RECTANGLE, INT, POINTER, TEXT, INT)
        area = Rectangle(x, y, width, height)
        put(self._buffer, ctypes.byref(area), 0, _format(format), bytes(data), _NO_STRIDE)

    def copy_to(self, other):
        """Sets the other drawable's pixels to these."""
        copy = function("gegl", "gegl_buffer_copy", None, POINTER, _RECTANGLE, INT, POINTER, _RECTANGLE)
        copy(self._buffer, None, _OUTSIDE_IS_ZERO, other._buffer, None)

    def flush(self):
        function("gegl", "gegl_buffer_flush", None, POINTER)(self._buffer)


def _format(name):
    return None if name is None else function("babl", "babl_format", POINTER, TEXT)(raw(name))
