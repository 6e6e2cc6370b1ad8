"""PNG by its chunks (https://www.w3.org/TR/png-3/): what is inside, whether it is whole, and its pixels."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from cutaway.picture import opencv
from cutaway.picture.refuse import damaged

Pixels = NDArray[Any]

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
GRAY: Final = 0
RGB: Final = 2
GRAY_ALPHA: Final = 4
RGB_ALPHA: Final = 6
ALPHA_BIT: Final = 4
METRES_PER_INCH: Final = 0.0254
MAX_PROFILE: Final = 64 << 20
KEPT: Final = (b"tRNS", b"iCCP", b"pHYs", b"eXIf", b"acTL")


class Header(NamedTuple):
    """IHDR. ``depth``: bits a sample."""

    width: int
    height: int
    depth: int
    color: int


def header(start: bytes, name: str) -> Header:
    """From the file's first 33 bytes."""
    if len(start) < 33 or start[12:16] != b"IHDR":
        raise damaged(name)
    return Header(*struct.unpack(">IIBB", start[16:26]))


def chunks(data: bytes, name: str) -> dict[bytes, bytes]:
    """The first of each kind in KEPT. Raises PictureUnreadable for a wrong checksum or a file without its end."""
    view = memoryview(data)
    found: dict[bytes, bytes] = {}
    at = len(SIGNATURE)
    while at + 12 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + size
        if end > len(data) or zlib.crc32(view[at + 4:end - 4]) != int.from_bytes(view[end - 4:end], "big"):
            raise damaged(name)
        if kind in KEPT:
            found.setdefault(kind, bytes(view[at + 8:end - 4]))
        if kind == b"IEND":
            return found
        at = end
    raise damaged(name)


def frames(found: dict[bytes, bytes]) -> int:
    """How many pictures an animation holds; 1 for a still."""
    control = found.get(b"acTL", b"")
    return int.from_bytes(control[:4], "big") if len(control) == 8 else 1


def profile(found: dict[bytes, bytes]) -> bytes | None:
    """The ICC profile, or None where there is none or it does not unpack."""
    _, separator, packed = found.get(b"iCCP", b"").partition(b"\0")
    if not separator or packed[:1] != b"\0":
        return None
    try:
        return zlib.decompressobj().decompress(packed[1:], MAX_PROFILE)
    except zlib.error:
        return None


def resolution(found: dict[bytes, bytes]) -> tuple[float, float] | None:
    """(x, y) in pixels an inch from pHYs, or None where it only says the shape of a pixel."""
    said = found.get(b"pHYs", b"")
    if len(said) != 9:
        return None
    x, y, unit = struct.unpack(">IIB", said)
    return from_metres(x, y) if unit == 1 and x and y else None


def from_metres(x: int, y: int) -> tuple[float, float]:
    """Pixels a metre -> pixels an inch: the whole number where one is meant, since 300 an inch is 11811.02 a metre."""
    inches = (x * METRES_PER_INCH, y * METRES_PER_INCH)
    near = [float(round(value)) if abs(value - round(value)) <= METRES_PER_INCH / 2 else value for value in inches]
    return near[0], near[1]


def decode(path: Path, stream: IO[bytes], head: Header, found: dict[bytes, bytes], name: str) -> Pixels:
    """(H, W, C), uint8 or uint16, palettes and transparent keys resolved."""
    if head.color == GRAY_ALPHA and head.depth == 16:
        stream.seek(0)
        return _gray_alpha_16(stream.read(), head, name)
    # OpenCV and not Pillow: Pillow cuts 16-bit colours to 8, and takes image data that ends early for a whole picture.
    channels = 1 if head.color == GRAY else 4 if head.color & ALPHA_BIT or b"tRNS" in found else 3
    dtype = np.uint16 if head.depth == 16 else np.uint8
    pixels = opencv.decode_file(path, stream, (head.height, head.width, channels), dtype, name)
    if head.color == GRAY_ALPHA and pixels.shape[2] == 4:
        return np.ascontiguousarray(pixels[..., ::3])
    if head.color in (GRAY, RGB) and b"tRNS" in found and pixels.shape[2] in (1, 3):
        return _keyed(pixels, head, found[b"tRNS"], name)
    return pixels


def _gray_alpha_16(data: bytes, head: Header, name: str) -> Pixels:
    """OpenCV 5.0 swaps the bytes of this kind. 8-bit RGB + alpha has the same bytes a pixel, so it is read as that."""
    start = struct.pack(">4sIIBB", b"IHDR", head.width, head.height, 8, RGB_ALPHA) + data[26:29]
    disguised = data[:12] + start + struct.pack(">I", zlib.crc32(start)) + data[33:]
    pairs: Pixels = opencv.decode(disguised, name).view(">u2").astype(np.uint16)
    return pairs


def _keyed(pixels: Pixels, head: Header, key: bytes, name: str) -> Pixels:
    """Adds an alpha channel that is 0 where a pixel has the key's colour."""
    channels = pixels.shape[2]
    if len(key) != 2 * channels:
        raise damaged(name)
    full = np.iinfo(pixels.dtype).max
    # Samples of 1, 2 and 4 bits were spread over 0..255; the key was not.
    color = np.array(struct.unpack(f">{channels}H", key)) * full // ((1 << head.depth) - 1)
    hit = cv2.inRange(pixels, color.astype(np.float64), color.astype(np.float64))
    alpha = (hit == 0).astype(pixels.dtype) * full
    return np.concatenate([pixels, alpha.reshape(*alpha.shape[:2], 1)], axis=2)
