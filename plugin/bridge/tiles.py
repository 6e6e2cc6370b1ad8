"""Squares of colour or mask on their way into a layer, for hosts without numpy. Python 2.7 and 3."""

from __future__ import absolute_import

from .host import rows_at_once

LOOKED_AT = 64
"""One row of a mask in so many tells what it mostly is."""


def fitting(origins, side, width, height):
    """(index, x, y, width, height) of the part of each tile that lies in the layer, where there is one."""
    for index, (x, y) in enumerate(origins):
        across, down = min(side, width - x), min(side, height - y)
        if across > 0 and down > 0:
            yield index, x, y, across, down


def clipped(tile, side, pixel_bytes, width, height):
    """The top left ``width`` x ``height`` pixels of a square tile's bytes."""
    row = side * pixel_bytes
    if width == side:
        return tile[:height * row]
    return b"".join(tile[y * row:y * row + width * pixel_bytes] for y in range(height))


def with_alpha(colour, pixels, colours, sample):
    """``pixels`` (with alpha, ``sample`` bytes a sample) with its ``colours`` colour samples replaced by those of
    ``colour``, as bytes."""
    out = bytearray(pixels)
    for byte in range(colours * sample):  # far quicker than samples of an array
        out[byte::(colours + 1) * sample] = colour[byte::colours * sample]
    return bytes(out)


def blank_of(reader):
    """The byte, 0 or 255, that the mask in an npy.Reader of shape (height, width) mostly has: b"\0" or b"\xff".

    What one row in LOOKED_AT says. A new mask that is filled with it wants only the rest written.
    """
    rows = [reader.read_rows(y, 1) for y in range(LOOKED_AT // 2, reader.shape[0], LOOKED_AT)]
    clear, full = (sum(row.count(byte) for row in rows) for byte in (b"\0", b"\xff"))
    return b"\0" if clear > full else b"\xff"


def mask_parts(reader, side, strip_bytes, blank=None):
    """(x, y, width, height, bytes) of the parts of a mask to be written, from an npy.Reader of shape (height, width).

    ``side``: of the editor's own tiles. ``blank``: the byte that the mask is filled with already (see blank_of): tiles
    that are wholly so are left out, for GIMP fetches each tile that is written, one by one.
    """
    height, width = reader.shape
    sample = int(reader.dtype[2:])
    rows = rows_at_once(reader.row_bytes, strip_bytes, side) if blank is None else side
    for y in range(0, height, rows):
        part = min(rows, height - y)
        data = reader.read_rows(y, part)
        if blank is None:
            yield 0, y, width, part, data
            continue
        for start, piece in unlike(data, reader.row_bytes, side * sample, blank):
            yield start // sample, y, len(piece) // (part * sample), part, piece


def unlike(data, row_bytes, part_bytes, blank):
    """(start, bytes) of the parts of some rows that are not wholly ``blank``, a byte.

    ``start`` and the parts' widths count the bytes of a row and are whole multiples of ``part_bytes``, the end of the
    rows excepted. Parts that are beside each other are one.
    """
    begun = None
    for start in range(0, row_bytes, part_bytes):
        length = min(part_bytes, row_bytes - start)
        like = blank * length
        if all(data[at:at + length] == like for at in range(start, len(data), row_bytes)):
            if begun is not None:
                yield begun, _columns(data, row_bytes, begun, start)
            begun = None
        elif begun is None:
            begun = start
    if begun is not None:
        yield begun, _columns(data, row_bytes, begun, row_bytes)


def _columns(data, row_bytes, start, stop):
    if (start, stop) == (0, row_bytes):
        return data
    return b"".join(data[at + start:at + stop] for at in range(0, len(data), row_bytes))
