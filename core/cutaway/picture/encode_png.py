"""PNG, written strip by strip (https://www.w3.org/TR/png-3/).

Its own writer over zlib, because the others hold the whole picture again and run on one thread. Measured on 24 MP RGBA
photographs, two cores: this one 0.9 s, 9 MB of memory, 31 MB file; OpenCV at level 1 2.4 s, 131 MB, 33 MB; Pillow at
level 1 3.0 s, 98 MB, 33 MB; Pillow as it comes 12.9 s, 27 MB.
"""

from __future__ import annotations

import struct
import zlib
from typing import IO, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cutaway.picture import ordered
from cutaway.picture.png import METRES_PER_INCH, SIGNATURE
from cutaway.picture.rows import Rows

Bytes8 = NDArray[np.uint8]

COLOR_TYPES: Final = {1: 0, 2: 4, 3: 2, 4: 6}
PROFILE_SPACES: Final = {1: b"GRAY", 2: b"GRAY", 3: b"RGB ", 4: b"RGB "}
FILTER_UP: Final = 2
"""Each byte as the difference to the one above: one subtraction for a whole strip, and on photographs as small as the
best filter of each row."""
LEVEL: Final = 1
ZLIB_HEADER: Final = b"\x78\x01"


class Extras(NamedTuple):
    """What goes beside the pixels. ``resolution``: (x, y) in pixels an inch; ``exif``: a block without prefix."""

    icc: bytes | None = None
    resolution: tuple[float, float] | None = None
    exif: bytes | None = None


def encode(stream: IO[bytes], rows: Rows, extras: Extras) -> None:
    """Writes ``rows``, uint8 or uint16, 1 to 4 channels."""
    depth = 8 * rows.dtype.itemsize
    stream.write(SIGNATURE)
    size = struct.pack(">IIBBBBB", rows.width, rows.height, depth, COLOR_TYPES[rows.channels], 0, 0, 0)
    _chunk(stream, b"IHDR", size)
    if extras.icc and extras.icc[16:20] == PROFILE_SPACES[rows.channels]:  # another kind is an error in PNG
        _chunk(stream, b"iCCP", b"ICC profile\0\0" + zlib.compress(extras.icc))
    if extras.resolution:
        x, y = (round(value / METRES_PER_INCH) for value in extras.resolution)
        _chunk(stream, b"pHYs", struct.pack(">IIB", x, y, 1))
    if extras.exif:
        _chunk(stream, b"eXIf", extras.exif)
    _pixels(stream, rows)
    _chunk(stream, b"IEND", b"")


def _chunk(stream: IO[bytes], kind: bytes, data: bytes) -> None:
    stream.write(struct.pack(">I", len(data)) + kind)
    stream.write(data)
    stream.write(struct.pack(">I", zlib.crc32(data, zlib.crc32(kind))))


def _pixels(stream: IO[bytes], rows: Rows) -> None:
    """One IDAT a strip. Strips are compressed apart and joined as one stream, each flushed to a whole byte."""

    def pack(start: int, stop: int) -> tuple[bytes, Bytes8]:
        filtered = _filtered(rows, start, stop)
        packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
        end = zlib.Z_FINISH if stop == rows.height else zlib.Z_SYNC_FLUSH
        return packer.compress(filtered.data) + packer.flush(end), filtered

    checksum = zlib.adler32(b"")
    head = ZLIB_HEADER
    row_bytes = rows.width * rows.channels * rows.dtype.itemsize
    for packed, filtered in ordered.strips(rows.height, row_bytes, pack):
        checksum = zlib.adler32(filtered.data, checksum)
        _chunk(stream, b"IDAT", head + packed)
        head = b""
    _chunk(stream, b"IDAT", struct.pack(">I", checksum))


def _filtered(rows: Rows, start: int, stop: int) -> Bytes8:
    """(n, 1 + row bytes): each row with its filter's number before it."""
    above = min(start, 1)
    strip = rows.strip(start - above, stop)
    plain = _big_endian(strip).reshape(len(strip), -1)
    filtered = np.empty((stop - start, 1 + plain.shape[1]), np.uint8)
    filtered[:, 0] = FILTER_UP
    if above:
        np.subtract(plain[1:], plain[:-1], out=filtered[:, 1:])
    else:
        filtered[0, 1:] = plain[0]
        np.subtract(plain[1:], plain[:-1], out=filtered[1:, 1:])
    return filtered


def _big_endian(strip: NDArray[Any]) -> Bytes8:
    if strip.dtype == np.uint8:
        return np.ascontiguousarray(strip)
    return strip.astype(">u2").view(np.uint8)
