"""libgimp and its neighbours by ctypes: loaded when a function is first asked for. Python 2.7 and 3.

Declarations: https://developer.gimp.org/api/2.0/libgimp/
"""

from __future__ import absolute_import

import ctypes
import ctypes.util
import os
import sys

# Library: its file's stem on Linux, on macOS and on Windows, where those differ.
_STEMS = {
    "gimp": ("libgimp-2.0",), "base": ("libgimpbase-2.0",), "ui": ("libgimpui-2.0",),
    "widgets": ("libgimpwidgets-2.0",), "gegl": ("libgegl-0.4",), "babl": ("libbabl-0.1",), "glib": ("libglib-2.0",),
    "gobject": ("libgobject-2.0",), "gtk": ("libgtk-x11-2.0", "libgtk-quartz-2.0", "libgtk-win32-2.0"),
}

INT, UINT, DOUBLE, TEXT, POINTER = ctypes.c_int, ctypes.c_uint32, ctypes.c_double, ctypes.c_char_p, ctypes.c_void_p

_libraries = {}
_functions = {}


class Color(ctypes.Structure):
    """GimpRGB."""

    _fields_ = [(name, DOUBLE) for name in "rgba"]


class ParasiteData(ctypes.Structure):
    """GimpParasite."""

    _fields_ = [("name", POINTER), ("flags", UINT), ("size", UINT), ("data", POINTER)]


class Data(ctypes.Union):
    """GimpParamData, as far as values are read and written here."""

    _fields_ = [
        ("int32", ctypes.c_int32), ("int16", ctypes.c_int16), ("int8", ctypes.c_uint8), ("number", DOUBLE),
        ("pointer", POINTER), ("color", Color), ("parasite", ParasiteData)]


class Param(ctypes.Structure):
    """GimpParam: one value with its type."""

    _fields_ = [("type", INT), ("data", Data)]


class ParamDef(ctypes.Structure):
    """GimpParamDef: one declared argument or return value."""

    _fields_ = [("type", INT), ("name", TEXT), ("description", TEXT)]


class Rectangle(ctypes.Structure):
    """GeglRectangle."""

    _fields_ = [(name, INT) for name in ("x", "y", "width", "height")]


ACTION = ctypes.CFUNCTYPE(None)
RUN = ctypes.CFUNCTYPE(
    None, TEXT, INT, ctypes.POINTER(Param), ctypes.POINTER(INT), ctypes.POINTER(ctypes.POINTER(Param)))


class PlugInInfo(ctypes.Structure):
    """GimpPlugInInfo: what GIMP calls."""

    _fields_ = [("init", ACTION), ("quit", ACTION), ("query", ACTION), ("run", RUN)]


def function(library, name, result, *arguments):
    """A C function, ready to be called. ``library``: "gimp", "gegl", ... Raises ImportError, AttributeError."""
    key = library, name
    if key not in _functions:
        found = getattr(_library(library), name)
        found.restype, found.argtypes = result, arguments
        _functions[key] = found
    return _functions[key]


def raw(text):
    """``text`` as the UTF-8 that C takes; None stays None."""
    return text if text is None or isinstance(text, bytes) else text.encode("utf-8")


def native(data):
    """UTF-8 from C as this Python's own kind of string; None stays None."""
    return data if data is None or isinstance(data, str) else data.decode("utf-8", "replace")


def _library(name):
    if name not in _libraries:
        _libraries[name] = _load(name)
    return _libraries[name]


def _load(name):
    for said in _file_names(_STEMS[name]):
        try:
            return ctypes.CDLL(said)
        except OSError:
            continue
    # Where Python-Fu is, its own module is linked with these libraries, and a look-up in it finds their functions.
    linked = getattr(sys.modules.get("gimp"), "__file__", None) or ""
    if linked.endswith((".so", ".dylib")):
        return ctypes.CDLL(linked)
    raise ImportError("cannot load %s" % _STEMS[name][0])


def _file_names(stems):
    if os.name == "nt":
        return [stems[-1] + "-0.dll"]
    if sys.platform == "darwin":
        stem = stems[min(1, len(stems) - 1)]
        return [stem + ".0.dylib", stem + ".dylib"]
    found = ctypes.util.find_library(stems[0][3:])
    return [stems[0] + ".so.0"] + ([found] if found else [])
