"""EXIF blocks, by their bytes: read what is needed, change what must change, leave the rest (maker notes!) in place.

A block here is the TIFF structure that starts with ``II*`` or ``MM*``, as PNG and WebP store it; JPEG puts ``Exif`` and
two zeros before it. Layout: EXIF 2.32, 4.5.2; TIFF 6.0, section 2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final, NamedTuple

from PIL import Image

ORIENTATION: Final = 0x0112
X_RESOLUTION: Final = 0x011A
Y_RESOLUTION: Final = 0x011B
RESOLUTION_UNIT: Final = 0x0128
THUMBNAIL_OFFSET: Final = 0x0201
THUMBNAIL_LENGTH: Final = 0x0202

SHORT: Final = 3
PREFIX: Final = b"Exif\0\0"
CM_PER_INCH: Final = 2.54


class Exif(NamedTuple):
    """``block``: orientation set to 1, no thumbnail. ``orientation``: what it said. ``resolution``: (x, y) dpi."""

    block: bytes
    orientation: int
    resolution: tuple[float, float] | None


class _Entry(NamedTuple):
    """``at``: where the entry's four value bytes lie."""

    tag: int
    kind: int
    at: int


def parse(raw: bytes | None) -> Exif | None:
    """From a file's EXIF block; None where there is none or it is not one."""
    if not raw:
        return None
    block = bytearray(raw.removeprefix(PREFIX))
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(bytes(block[:4]))
    if order is None:
        return None
    try:
        (first,) = struct.unpack_from(order + "I", block, 4)
        entries = {entry.tag: entry for entry in _entries(block, order, first)}
        orientation = _orientation(block, order, entries)
        resolution = _resolution(block, order, entries)
        _drop_thumbnail(block, order, first)
    except struct.error:
        return None
    return Exif(bytes(block), orientation, resolution)


def with_resolution(block: bytes, resolution: tuple[float, float]) -> bytes:
    """The block, or a new one, that says the resolution, for files that can say it in no other way (WebP)."""
    known = parse(block)
    if known and known.resolution:
        return block
    exif = Image.Exif()
    if known:
        exif.load(PREFIX + block)
    exif[X_RESOLUTION], exif[Y_RESOLUTION] = resolution
    exif[RESOLUTION_UNIT] = 2
    return exif.tobytes().removeprefix(PREFIX)


def dots_per_inch(x: float, y: float, unit: int) -> tuple[float, float] | None:
    """TIFF's and EXIF's resolution with its unit (2 inch, 3 centimetre); None where it says nothing."""
    if unit not in (2, 3) or not (0 < x < 1e6 and 0 < y < 1e6):
        return None
    scale = 1.0 if unit == 2 else CM_PER_INCH
    return x * scale, y * scale


def _entries(block: bytearray, order: str, at: int) -> Iterator[_Entry]:
    (count,) = struct.unpack_from(order + "H", block, at)
    for index in range(count):
        start = at + 2 + 12 * index
        tag, kind = struct.unpack_from(order + "HH", block, start)
        yield _Entry(tag, kind, start + 8)


def _orientation(block: bytearray, order: str, entries: dict[int, _Entry]) -> int:
    """Reads it and sets it to 1, since the pixels are turned."""
    entry = entries.get(ORIENTATION)
    if entry is None or entry.kind != SHORT:
        return 1
    (value,) = struct.unpack_from(order + "H", block, entry.at)
    struct.pack_into(order + "H", block, entry.at, 1)
    return value if 1 <= value <= 8 else 1


def _resolution(block: bytearray, order: str, entries: dict[int, _Entry]) -> tuple[float, float] | None:
    values = []
    for tag in (X_RESOLUTION, Y_RESOLUTION):
        if tag not in entries:
            return None
        (offset,) = struct.unpack_from(order + "I", block, entries[tag].at)
        above, below = struct.unpack_from(order + "II", block, offset)
        if below == 0:
            return None
        values.append(above / below)
    unit = 2
    if RESOLUTION_UNIT in entries:
        (unit,) = struct.unpack_from(order + "H", block, entries[RESOLUTION_UNIT].at)
    return dots_per_inch(values[0], values[1], unit)


def _drop_thumbnail(block: bytearray, order: str, first: int) -> None:
    """Unlinks and blanks it: it shows the picture unturned and with the background that is to go."""
    (count,) = struct.unpack_from(order + "H", block, first)
    link = first + 2 + 12 * count
    (second,) = struct.unpack_from(order + "I", block, link)
    if second == 0:
        return
    struct.pack_into(order + "I", block, link, 0)
    found = {entry.tag: entry for entry in _entries(block, order, second)}
    if THUMBNAIL_OFFSET in found and THUMBNAIL_LENGTH in found:
        (offset,) = struct.unpack_from(order + "I", block, found[THUMBNAIL_OFFSET].at)
        (length,) = struct.unpack_from(order + "I", block, found[THUMBNAIL_LENGTH].at)
        end = min(len(block), offset + length)
        if 8 < offset < end:
            block[offset:end] = bytes(end - offset)
