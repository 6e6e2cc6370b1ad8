"""TIFF, written strip by strip: deflate with horizontal prediction for whole numbers, without for floats."""

from __future__ import annotations

import struct
import zlib
from typing import IO, Any, Final

import numpy as np
import tifffile
from PIL import Image, TiffImagePlugin

from cutaway.picture import ordered
from cutaway.picture.decode import FAILURES
from cutaway.picture.encode_png import Extras
from cutaway.picture.exif import PREFIX, parse
from cutaway.picture.rows import Rows
from cutaway.picture.tiff import EXIF_GROUPS, EXIF_TAGS

LEVEL: Final = 1
ASCII: Final = 2
LONG: Final = 4
CLASSIC_BYTES: Final = 3 << 30
"""Offsets of classic TIFF end at 4 GiB; above this the file is a BigTIFF."""
DEFLATE: Final = 8
INTEROPERABILITY: Final = 0xA005


def encode(stream: IO[bytes], rows: Rows, extras: Extras) -> None:
    """Writes ``rows``; 2 and 4 channels end with straight alpha. ``stream``: open for reading and writing."""
    tags, groups = _exif(extras.exif)
    # tifffile does not write these two tags: their places are kept under the next numbers, which no tag has.
    big = rows.width * rows.height * rows.channels * rows.dtype.itemsize > CLASSIC_BYTES
    if big:
        groups = {}  # their directories would need BigTIFF's form, which Pillow before 11.2 does not make
    places = [(group + 1, LONG, 1, 0, True) for group in groups]
    predict = rows.dtype.kind == "u"
    row_bytes = rows.width * rows.channels * rows.dtype.itemsize

    def pack(start: int, stop: int) -> bytes:
        strip = rows.strip(start, stop)
        if predict:
            strip = np.diff(strip, axis=1, prepend=np.zeros_like(strip[:, :1]))
        return zlib.compress(np.ascontiguousarray(strip, strip.dtype.newbyteorder("<")).data, LEVEL)

    with tifffile.TiffWriter(stream, byteorder="<", bigtiff=big) as writer:
        writer.write(
            ordered.strips(rows.height, row_bytes, pack),
            shape=(rows.height, rows.width, rows.channels)[:3 if rows.channels > 1 else 2], dtype=rows.dtype,
            rowsperstrip=min(rows.height, max(1, ordered.STRIP_BYTES // row_bytes)),
            photometric="rgb" if rows.channels > 2 else "minisblack",
            planarconfig="contig" if rows.channels > 1 else None,
            extrasamples=["unassalpha"] if rows.channels in (2, 4) else None,
            compression=DEFLATE, predictor=2 if predict else 1, iccprofile=extras.icc,
            resolution=extras.resolution or (1, 1), resolutionunit=2 if extras.resolution else 1,
            extratags=[*tags, *places], software=False, metadata=None)
    for group, values in groups.items():
        _append_group(stream, group, values)


def _exif(block: bytes | None) -> tuple[list[tuple[Any, ...]], dict[int, dict[int, Any]]]:
    """The block's words as TIFF tags, and its two groups (camera, place) that need a directory of their own."""
    if not block or parse(block) is None:
        return [], {}
    found = Image.Exif()
    try:
        found.load(PREFIX + block)
        groups = {group: dict(found.get_ifd(group)) for group in EXIF_GROUPS}
        words = [(tag, str(found[tag])) for tag in EXIF_TAGS if tag in found]
    except (*FAILURES, RuntimeError):  # a broken block is no reason to give no picture
        return [], {}
    return [(tag, ASCII, 0, text.encode(), True) for tag, text in words], {k: v for k, v in groups.items() if v}


def _append_group(stream: IO[bytes], group: int, values: dict[int, Any]) -> None:
    """Puts the directory at the file's end, and its number and offset into the place that was kept for it."""
    stream.seek(0)
    with tifffile.TiffFile(stream) as file:
        tag = file.pages.first.tags[group + 1]
    at = stream.seek(0, 2)
    at += at % 2
    directory = TiffImagePlugin.ImageFileDirectory_v2(b"II*\0\0\0\0\0", group=group)
    for number, value in values.items():
        if number != INTEROPERABILITY:  # an offset into the old block
            directory[number] = value
    try:
        data = directory.tobytes(at)
    except (*FAILURES, RuntimeError):
        data = struct.pack("<HI", 0, 0)
    stream.seek(at)
    stream.write(data)
    stream.seek(tag.offset)
    stream.write(struct.pack("<H", group))
    stream.seek(tag.valueoffset)
    stream.write(struct.pack("<I", at))
