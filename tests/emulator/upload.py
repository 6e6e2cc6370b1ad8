"""What was sent: the kind of file, by its content and never by its name, and what else is in it."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.emulator.png import SIGNATURE

MODES: Final = {0: "L", 2: "RGB", 3: "P", 4: "LA", 6: "RGBA"}
EXIF_POINTER: Final = 0x8769
TEXTS: Final = ("tEXt", "zTXt", "iTXt", "tIME")


class NotAPicture(ValueError):
    """Not a decodable JPEG, PNG or TIFF."""


class NoPixels(ValueError):
    """A picture, or a file, with nothing in it."""


@dataclass(frozen=True)
class Upload:
    """Facts about an uploaded file. ``extras``: PNG chunks that are not pixels, or names of what else was found."""

    kind: str
    width: int
    height: int
    mode: str
    bits: int
    exif: bool
    profile: bytes | None
    extras: tuple[str, ...]

    @property
    def srgb(self) -> bool:
        """No profile means sRGB on the web; else the profile's description says it."""
        return self.profile is None or b"srgb" in self.profile.replace(b"\x00", b"").lower()

    @property
    def wrongs(self) -> list[str]:
        """Why this is not the flattened 8-bit sRGB PNG without EXIF that a client should send; empty where it is."""
        wrong = []
        if self.kind != "png":
            wrong.append(f"a {self.kind}, not a PNG")
        if self.bits != 8:
            wrong.append(f"{self.bits} bits a channel, not 8")
        if self.mode not in ("RGB", "L"):
            wrong.append(f"{self.mode}, not flattened RGB")
        if not self.srgb:
            wrong.append("a profile that is not sRGB")
        if self.exif:
            wrong.append("EXIF")
        return wrong + [f"a {name} chunk" for name in self.extras if name in TEXTS]


def inspect(data: bytes) -> Upload:
    """The facts, by the first bytes. Raises NotAPicture or NoPixels; the pixels themselves are not decoded."""
    if not data:
        raise NoPixels("the file is empty")
    if data.startswith(SIGNATURE):
        found = _png(data)
    elif data.startswith(b"\xff\xd8\xff"):
        found = _other(data, "jpeg")
    elif data[:4] in (b"II*\x00", b"MM\x00*"):
        found = _other(data, "tiff")
    else:
        raise NotAPicture("neither JPEG, PNG nor TIFF")
    if found.width == 0 or found.height == 0:
        raise NoPixels(f"{found.width} x {found.height}")
    return found


def decode(data: bytes) -> NDArray[Any]:
    """(H, W, 3) uint8 RGB, alpha dropped. Raises NotAPicture where the pixels cannot be read to the end."""
    if data.startswith(SIGNATURE):
        _whole(data)  # OpenCV fills up what is missing of a cut-off PNG
    flat = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if flat is None:
        raise NotAPicture("the pixels cannot be decoded")
    return np.ascontiguousarray(flat[..., ::-1])


def chunks(data: bytes) -> list[tuple[str, bytes]]:
    """The name and data of every whole chunk of a PNG, in order."""
    found, at = [], len(SIGNATURE)
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        body = data[at + 8:at + 8 + length]
        if len(body) < length:
            break
        found.append((data[at + 4:at + 8].decode("latin-1"), body))
        at += 12 + length
    return found


def _png(data: bytes) -> Upload:
    parts = chunks(data)
    if not parts or parts[0][0] != "IHDR" or len(parts[0][1]) != 13:
        raise NotAPicture("a PNG without a header")
    width, height, bits, colour = struct.unpack(">IIBB", parts[0][1][:10])
    extras = tuple(name for name, _ in parts if name not in ("IHDR", "IDAT", "IEND", "PLTE"))
    return Upload("png", width, height, MODES.get(colour, "?"), bits, "eXIf" in extras, _profile(parts), extras)


def _profile(parts: list[tuple[str, bytes]]) -> bytes | None:
    for name, body in parts:
        if name == "iCCP":
            packed = body.split(b"\x00", 1)[1][1:]
            try:
                return zlib.decompress(packed)
            except zlib.error:
                return b"damaged"
    return None


def _whole(data: bytes) -> None:
    parts = chunks(data)
    if parts[-1][0] != "IEND":
        raise NotAPicture("the PNG ends too soon")
    try:
        zlib.decompress(b"".join(body for name, body in parts if name == "IDAT"))
    except zlib.error as error:
        raise NotAPicture("the PNG's pixels are damaged") from error


def _other(data: bytes, kind: str) -> Upload:
    try:
        with Image.open(io.BytesIO(data)) as image:
            exif = bool(image.getexif()) if kind == "jpeg" else EXIF_POINTER in image.tag_v2  # type: ignore[attr-defined]
            bits = 16 if "16" in image.mode else 8
            return Upload(kind, *image.size, image.mode, bits, exif, image.info.get("icc_profile"), ())
    except (OSError, SyntaxError, ValueError) as error:
        raise NotAPicture(f"a damaged {kind}") from error
