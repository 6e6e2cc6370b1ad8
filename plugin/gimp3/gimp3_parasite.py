"""Data of any size kept with a layer."""

import array
import ctypes
import sys

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402

LIBRARIES = {"linux": "lib%s-3.0.so.0", "win32": "lib%s-3.0-0.dll", "darwin": "lib%s-3.0.0.dylib"}
"""GIMP 3's, of all its versions; loaded already, so that the name alone finds them."""

FLAGS = Gimp.PARASITE_PERSISTENT | Gimp.PARASITE_UNDOABLE


def attach(layer, name, data):
    """Keeps ``data`` (bytes) with ``layer`` under ``name``, in the file and in Undo. Says whether GIMP did.

    By the library that Python's bindings call too, which would take one byte after the other: 0.1 s for 2 MB. They do
    it where it is not to be had.
    """
    native = _native()
    if native is None:
        # The bindings take signed bytes here.
        return layer.attach_parasite(Gimp.Parasite.new(name, FLAGS, array.array("b", data)))
    gimp, base = native
    parasite = base.gimp_parasite_new(name.encode("utf-8"), FLAGS, len(data), data)
    try:
        return bool(gimp.gimp_item_attach_parasite(gimp.gimp_item_get_by_id(layer.get_id()), parasite))
    finally:
        base.gimp_parasite_free(parasite)


def _native():
    """GIMP's libraries for items and for parasites, which are loaded already, or None."""
    try:
        gimp, base = (ctypes.CDLL(LIBRARIES[sys.platform] % name) for name in ("gimp", "gimpbase"))
        _declare(gimp.gimp_item_get_by_id, ctypes.c_void_p, ctypes.c_int32)
        _declare(gimp.gimp_item_attach_parasite, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
        _declare(
            base.gimp_parasite_new, ctypes.c_void_p,
            ctypes.c_char_p, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_char_p)
        _declare(base.gimp_parasite_free, None, ctypes.c_void_p)
    except (KeyError, OSError, AttributeError):
        return None
    return gimp, base


def _declare(function, result, *arguments):
    function.restype, function.argtypes = result, arguments
