"""PNG files written by hand (ISO/IEC 15948): every layout the service might answer, and one that explodes."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
COLOUR_TYPE: Final = {1: 0, 2: 4, 3: 2, 4: 6}
"""Channels -> the colour type of the header."""

ZEROS: Final = 1 << 20


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def header(width: int, height: int, depth: int, channels: int) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, COLOUR_TYPE[channels], 0, 0, 0))


def encode(pixels: NDArray[Any], extra: tuple[tuple[bytes, bytes], ...] = ()) -> bytes:
    """(H, W) or (H, W, 1..4), uint8 or uint16. ``extra``: (name, data) of chunks to put before the pixels."""
    height, width = pixels.shape[:2]
    channels = 1 if pixels.ndim == 2 else pixels.shape[2]
    rows = pixels.astype(pixels.dtype.newbyteorder(">")).reshape(height, -1).view(np.uint8)
    filtered = np.zeros((height, rows.shape[1] + 1), np.uint8)  # each row begins with its filter: 0, none
    filtered[:, 1:] = rows
    parts = [SIGNATURE, header(width, height, pixels.dtype.itemsize * 8, channels)]
    parts += [chunk(name, data) for name, data in extra]
    parts += [chunk(b"IDAT", zlib.compress(filtered.tobytes(), 1)), chunk(b"IEND", b"")]
    return b"".join(parts)


def bomb(width: int, height: int) -> bytes:
    """A sound 8-bit gray PNG, all black: small as a file, width x height bytes when decoded; made without those bytes.

    A deflate stream of zeros repeats itself, and the Adler-32 of n zeros is known (RFC 1950): high word n mod 65521.
    """
    length = (width + 1) * height
    block, rest = _zeros(ZEROS), _zeros(length % ZEROS, last=True)
    adler = struct.pack(">HH", length % 65521, 1)
    data = b"\x78\x01" + block * (length // ZEROS) + rest + adler
    return SIGNATURE + header(width, height, 8, 1) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def gzip_of_zeros(length: int) -> Iterator[bytes]:
    """A gzip stream (RFC 1952) of about ``length`` zeros, part by part. Its check sum is wrong: nobody gets there."""
    yield b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff"
    block = _zeros(ZEROS)
    for _ in range(length // ZEROS):
        yield block
    yield _zeros(0, last=True) + b"\x00" * 8


def _zeros(count: int, *, last: bool = False) -> bytes:
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    return press.compress(b"\x00" * count) + press.flush(zlib.Z_FINISH if last else zlib.Z_FULL_FLUSH)
