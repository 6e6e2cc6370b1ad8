"""Arrays in ``.npy`` files without numpy: C order, little-endian, written in format 1.0, read in 1.0 and 2.0.

The format is numpy's own: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
Python 2.7 and 3.
"""

from __future__ import absolute_import

import ast
import numbers
import os
import struct

from . import errors
from .installation import text

DTYPES = ("|u1", "<u2", "<u4", "<f2", "<f4", "<f8")

_MAGIC = b"\x93NUMPY"
_ALIGN = 64
_MAX_HEADER = 4096


class Writer(object):
    """Writes one array row by row; ``with`` closes it, and removes the file where it did not get complete.

    ``shape``: at least one dimension. ``row_bytes``: bytes of one index of the first dimension. Raises BridgeError
    disk_full, and ValueError where the bytes written do not make the shape (a defect of the caller).
    """

    def __init__(self, path, shape, dtype):
        self.path = path
        self.shape = tuple(int(n) for n in shape)
        self.dtype = dtype
        self.row_bytes = _row_bytes(self.shape, dtype)
        self._left = self.row_bytes * self.shape[0]
        self._stream = open(path, "wb")
        self._do(self._stream.write, _header(self.shape, dtype))

    def write(self, data):
        """Appends ``data``: bytes, bytearray or a memoryview of bytes; any number of them, not only whole rows."""
        size = memoryview(data).nbytes if hasattr(memoryview, "nbytes") else len(data)
        if size > self._left:
            raise ValueError("%d bytes too many for an array of shape %r" % (size - self._left, self.shape))
        self._do(self._stream.write, data)
        self._left -= size

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        try:
            self._do(self._stream.close)
            if kind is None and self._left:
                raise ValueError("%d bytes are missing of an array of shape %r" % (self._left, self.shape))
            complete = kind is None
        except (errors.BridgeError, ValueError):
            self._remove()
            raise
        if not complete:
            self._remove()

    def _do(self, call, *arguments):
        try:
            call(*arguments)
        except (IOError, OSError) as error:
            self._abandon()
            if errors.is_disk_full(error):
                raise errors.disk_full()
            raise

    def _abandon(self):
        try:
            self._stream.close()
        except (IOError, OSError):
            pass  # what could not be flushed is thrown away
        self._remove()

    def _remove(self):
        if os.path.exists(self.path):
            os.remove(self.path)


class Reader(object):
    """Reads one array by rows; ``with`` closes it.

    ``shape``, ``dtype`` (as in ``DTYPES``), ``row_bytes``: bytes of one index of the first dimension. Raises
    BridgeError protocol where the file is not such an array or is shorter than it says.
    """

    def __init__(self, path):
        self.path = path
        try:
            self._stream = open(path, "rb")
        except (IOError, OSError):
            raise self._damaged(u"it cannot be opened")
        try:
            self.shape, self.dtype, self._start = self._parse()
            self.row_bytes = _row_bytes(self.shape, self.dtype)
            if os.fstat(self._stream.fileno()).st_size < self._start + self.row_bytes * self.shape[0]:
                raise self._damaged(u"it is shorter than it says")
        except (ValueError, struct.error):
            self._stream.close()
            raise self._damaged(u"its header cannot be read")
        except errors.BridgeError:
            self._stream.close()
            raise

    def read_rows(self, y, rows):
        """Bytes of ``rows`` rows from ``y``. Raises ValueError outside the array."""
        if y < 0 or rows < 0 or y + rows > self.shape[0]:
            raise ValueError("rows %d to %d of an array of %d" % (y, y + rows, self.shape[0]))
        self._stream.seek(self._start + y * self.row_bytes)
        data = self._stream.read(rows * self.row_bytes)
        if len(data) != rows * self.row_bytes:
            raise self._damaged(u"it is shorter than it says")
        return data

    def close(self):
        self._stream.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.close()

    def _parse(self):
        start = self._stream.read(8)
        if len(start) < 8 or start[:6] != _MAGIC:
            raise ValueError("not an .npy file")
        version = bytearray(start)[6]
        if version not in (1, 2):
            raise ValueError("format %d" % version)
        size_format = "<H" if version == 1 else "<I"
        length = struct.calcsize(size_format)
        (size,) = struct.unpack(size_format, self._stream.read(length))
        header = self._stream.read(min(size, _MAX_HEADER))
        if len(header) != size:
            raise ValueError("header cut short")
        try:
            said = ast.literal_eval(header.decode("latin-1").strip())
        except (SyntaxError, TypeError, MemoryError, RuntimeError):
            raise ValueError("header is not a dictionary")
        shape, dtype = _checked(said)
        return shape, dtype, 8 + length + size

    def _damaged(self, why):
        name = text(os.path.basename(self.path))
        return errors.BridgeError(
            errors.PROTOCOL, u"The file %s from the background process cannot be used: %s." % (name, why),
            u"Try again.")


def _checked(said):
    if not isinstance(said, dict) or set(said) != {"descr", "fortran_order", "shape"}:
        raise ValueError("header keys")
    shape, dtype = said["shape"], said["descr"]
    if said["fortran_order"] is not False or dtype not in DTYPES or not isinstance(shape, tuple) or not shape:
        raise ValueError("header values")
    for size in shape:
        if isinstance(size, bool) or not isinstance(size, numbers.Integral) or size < 0:
            raise ValueError("shape")
    return shape, str(dtype)


def _row_bytes(shape, dtype):
    if dtype not in DTYPES or not shape or min(shape) < 0:
        raise ValueError("no array of shape %r and type %r" % (shape, dtype))
    size = int(dtype[2:])
    for length in shape[1:]:
        size *= length
    return size


def _header(shape, dtype):
    sizes = "(%s%s)" % (", ".join("%d" % n for n in shape), "," if len(shape) == 1 else "")
    header = "{'descr': '%s', 'fortran_order': False, 'shape': %s, }" % (dtype, sizes)
    used = len(_MAGIC) + 4 + len(header) + 1
    header += " " * (-used % _ALIGN) + "\n"
    return _MAGIC + b"\x01\x00" + struct.pack("<H", len(header)) + header.encode("latin-1")
