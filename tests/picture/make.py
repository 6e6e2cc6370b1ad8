"""Files for the tests, made by hand, by Pillow, OpenCV and tifffile: never by the code under test."""

from __future__ import annotations

import contextlib
import os
import struct
import zlib

import numpy as np

ADAM7 = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
"""Each pass: first row, first column, row step, column step."""


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(rows, width, depth, color, *, extra=b"", interlaced=False, height=None):
    """A PNG of packed rows (list of bytes), or of an (H, W, C) array where ``interlaced``."""
    if interlaced:
        raw = b""
        for row, column, down, right in ADAM7:
            part = rows[row::down, column::right]
            if part.size:
                raw += b"".join(b"\0" + line.tobytes() for line in part)
        height = rows.shape[0]
    else:
        raw = b"".join(b"\0" + row for row in rows)
        height = height or len(rows)
    head = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + extra + chunk(b"IDAT", zlib.compress(raw))
            + chunk(b"IEND", b""))


def png_of(array, *, extra=b"", interlaced=False):
    """A PNG of an (H, W, C) uint8 or uint16 array."""
    depth = 8 * array.dtype.itemsize
    color = {1: 0, 2: 4, 3: 2, 4: 6}[array.shape[2]]
    big = array.astype(array.dtype.newbyteorder(">"))
    rows = big if interlaced else [row.tobytes() for row in big]
    return png(rows, array.shape[1], depth, color, extra=extra, interlaced=interlaced)


def png_chunks(data):
    """[(kind, data)] with every checksum tested."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, found = 8, []
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + size]
        assert struct.unpack_from(">I", data, at + 8 + size)[0] == zlib.crc32(kind + body)
        found.append((kind, body))
        at += 12 + size
    return found


def random_pixels(shape, dtype, seed=0):
    rng = np.random.default_rng(seed)
    if np.dtype(dtype).kind == "f":
        return rng.random(shape).astype(dtype)
    return rng.integers(0, np.iinfo(dtype).max, shape, dtype=dtype, endpoint=True)


def smooth_pixels(height, width, channels):
    """uint8 ramps that JPEG keeps nearly exactly."""
    y, x = np.mgrid[:height, :width]
    planes = [(40 + 150 * x / max(1, width - 1)), (30 + 180 * y / max(1, height - 1)), (200 - 100 * x / width)]
    return np.stack(planes[:channels], axis=-1).astype(np.uint8)


def exif_block(order="<", *, orientation=None, resolution=None, unit=2, thumbnail=None):
    """A block by hand: orientation, resolution (x, y), and a second directory with a thumbnail."""
    entries, tail = [], b""
    count = (orientation is not None) + 3 * (resolution is not None)
    end = 8 + 2 + 12 * count + 4
    if orientation is not None:
        entries.append(struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0))
    if resolution is not None:
        for tag, value in zip((0x011A, 0x011B), resolution, strict=True):
            entries.append(struct.pack(order + "HHII", tag, 5, 1, end + len(tail)))
            tail += struct.pack(order + "II", round(value * 100), 100)
        entries.append(struct.pack(order + "HHIHH", 0x0128, 3, 1, unit, 0))
    link = 0
    if thumbnail is not None:
        link = end + len(tail)
        offset = link + 2 + 24 + 4
        tail += struct.pack(order + "H", 2)
        tail += struct.pack(order + "HHII", 0x0201, 4, 1, offset)
        tail += struct.pack(order + "HHII", 0x0202, 4, 1, len(thumbnail))
        tail += struct.pack(order + "I", 0) + thumbnail
    head = {"<": b"II*\0", ">": b"MM\0*"}[order] + struct.pack(order + "I", 8)
    return head + struct.pack(order + "H", count) + b"".join(entries) + struct.pack(order + "I", link) + tail


def turned(stored, orientation):
    """Slow oracle, pixel by pixel, from the table of EXIF 2.32, tag 0x0112 (where row 0 and column 0 lie)."""
    height, width = stored.shape[:2]
    across = orientation >= 5
    done = np.zeros((width, height, *stored.shape[2:]) if across else stored.shape, stored.dtype)
    for r in range(done.shape[0]):
        for c in range(done.shape[1]):
            done[r, c] = {
                1: lambda r, c: stored[r, c], 2: lambda r, c: stored[r, width - 1 - c],
                3: lambda r, c: stored[height - 1 - r, width - 1 - c], 4: lambda r, c: stored[height - 1 - r, c],
                5: lambda r, c: stored[c, r], 6: lambda r, c: stored[height - 1 - c, r],
                7: lambda r, c: stored[height - 1 - c, width - 1 - r], 8: lambda r, c: stored[c, width - 1 - r],
            }[orientation](r, c)
    return done


@contextlib.contextmanager
def as_other_user():
    """Without root's power to read and write everything, where the tests run as root."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)
