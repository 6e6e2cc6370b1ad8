"""Values on their way to a procedure of GIMP and back. Python 2.7 and 3."""

from __future__ import absolute_import

import ctypes
import sys

import gimpfu_c
from gimpenums import (
    PDB_CHANNEL, PDB_COLOR, PDB_DISPLAY, PDB_DRAWABLE, PDB_FLOAT, PDB_FLOATARRAY, PDB_IMAGE, PDB_INT8, PDB_INT8ARRAY,
    PDB_INT16, PDB_INT16ARRAY, PDB_INT32, PDB_INT32ARRAY, PDB_ITEM, PDB_LAYER, PDB_PARASITE, PDB_SELECTION, PDB_STATUS,
    PDB_STRING, PDB_STRINGARRAY, PDB_VECTORS)

OBJECTS = (PDB_ITEM, PDB_DISPLAY, PDB_IMAGE, PDB_LAYER, PDB_CHANNEL, PDB_DRAWABLE, PDB_SELECTION, PDB_VECTORS)

_NUMBERS = {PDB_INT32: "int32", PDB_INT16: "int16", PDB_INT8: "int8", PDB_STATUS: "int32"}
_ARRAYS = {
    PDB_INT32ARRAY: ctypes.c_int32, PDB_INT16ARRAY: ctypes.c_int16, PDB_INT8ARRAY: ctypes.c_uint8,
    PDB_FLOATARRAY: ctypes.c_double}

if sys.version_info[0] == 2:
    _TEXTS = (str, unicode)  # noqa: F821  Python 2's
else:
    _TEXTS = (str, bytes)


class Parasite(object):
    """A named piece of data that stays with an image or a layer. ``flags``: PARASITE_PERSISTENT, PARASITE_UNDOABLE."""

    def __init__(self, name, flags, data):
        self.name = name
        self.flags = flags
        self.data = data

    @property
    def is_persistent(self):
        return bool(self.flags & 1)

    @property
    def is_undoable(self):
        return bool(self.flags & 2)

    def has_flag(self, flag):
        return bool(self.flags & flag)

    def is_type(self, name):
        return self.name == name


def put(param, kind, value, kept):
    """Writes ``value`` into a Param as type ``kind``. Memory that C still reads is added to the list ``kept``.

    Raises TypeError where the value cannot be of that type.
    """
    param.type = kind
    if kind in _NUMBERS:
        setattr(param.data, _NUMBERS[kind], int(value))
    elif kind == PDB_FLOAT:
        param.data.number = float(value)
    elif kind == PDB_STRING:
        param.data.pointer = _text(value, kept)
    elif kind in _ARRAYS:
        param.data.pointer = _array(_ARRAYS[kind], value, kept)
    elif kind == PDB_STRINGARRAY:
        texts = [gimpfu_c.raw(each) for each in value]
        param.data.pointer = _kept((gimpfu_c.TEXT * len(texts))(*texts), kept)
    elif kind == PDB_COLOR:
        param.data.color = gimpfu_c.Color(*_color(value))
    elif kind in OBJECTS:
        param.data.int32 = _identity(value)
    elif kind == PDB_PARASITE:
        data = bytes(value.data)
        param.data.parasite = gimpfu_c.ParasiteData(
            _text(value.name, kept), value.flags, len(data), _array(ctypes.c_uint8, data, kept))
    else:
        raise TypeError("arguments of type %d are not supported" % kind)


def get(param, before, wrap):
    """The value of a Param. ``before``: the value before it, which is an array's length; ``wrap(kind, id)``: the object
    for an id, None for none. Texts are UTF-8 in Python 2 and text in Python 3; arrays of 8-bit numbers are bytes.
    """
    kind, data = param.type, param.data
    if kind in _NUMBERS:
        return getattr(data, _NUMBERS[kind])
    if kind == PDB_FLOAT:
        return data.number
    if kind == PDB_STRING:
        return gimpfu_c.native(ctypes.string_at(data.pointer)) if data.pointer else None
    if kind == PDB_INT8ARRAY:
        return ctypes.string_at(data.pointer, before) if data.pointer else b""
    if kind in _ARRAYS or kind == PDB_STRINGARRAY:
        if not data.pointer:
            return ()
        item = ctypes.cast(data.pointer, ctypes.POINTER(_ARRAYS.get(kind, gimpfu_c.TEXT)))
        return tuple(gimpfu_c.native(each) if kind == PDB_STRINGARRAY else each for each in item[:before])
    if kind == PDB_COLOR:
        return (data.color.r, data.color.g, data.color.b, data.color.a)
    if kind in OBJECTS:
        return wrap(kind, data.int32)
    if kind == PDB_PARASITE:
        said = data.parasite
        content = ctypes.string_at(said.data, said.size) if said.data else b""
        return Parasite(gimpfu_c.native(ctypes.string_at(said.name)), said.flags, content)
    raise TypeError("values of type %d are not supported" % kind)


def _kept(memory, kept):
    kept.append(memory)
    return ctypes.cast(memory, gimpfu_c.POINTER)


def _text(value, kept):
    if value is None:
        return None
    if not isinstance(value, _TEXTS):
        value = str(value)
    return _kept(ctypes.create_string_buffer(gimpfu_c.raw(value)), kept)


def _array(kind, value, kept):
    if kind is ctypes.c_uint8:
        return _kept((kind * len(value)).from_buffer_copy(bytes(bytearray(value))), kept)
    return _kept((kind * len(value))(*value), kept)


def _color(value):
    """Whole numbers are 0 to 255, others 0 to 1, as in Python-Fu."""
    numbers = [each / 255.0 if isinstance(each, int) else float(each) for each in tuple(value)]
    if len(numbers) not in (3, 4):
        raise TypeError("a colour has three or four numbers")
    return (numbers + [1.0])[:4]


def _identity(value):
    if value is None:
        return -1
    return value if isinstance(value, int) else value.ID
