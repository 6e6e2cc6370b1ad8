"""Colour profiles: from what a picture's values mean to sRGB."""

from __future__ import annotations

import io
import struct
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

Bytes8 = NDArray[np.uint8]
Floats = NDArray[np.float32]

# Colorants of sRGB adapted to D50, as the columns of linear RGB -> XYZ (the profile that the ICC distributes,
# https://registry.color.org/rgb-registry/srgbprofiles, tags rXYZ, gXYZ, bXYZ).
SRGB_TO_XYZ: Final = (
    (0.43607, 0.38515, 0.14307),
    (0.22249, 0.71687, 0.06061),
    (0.01392, 0.09708, 0.71410),
)


STRIP_PIXELS: Final = 1 << 19


class Transform(NamedTuple):
    """``mode``: the Pillow mode that goes in; RGB comes out."""

    mode: str
    apply: ImageCms.ImageCmsTransform


@lru_cache(maxsize=8)
def to_srgb(icc: bytes, gray: bool) -> Transform | None:
    """The transform of ``icc`` to 8-bit sRGB for a gray or RGB picture; None for a broken or unfitting profile.

    Relative colorimetric with black point compensation, as editors show pictures. A gray picture may have an RGB
    profile (its values are then R = G = B); an RGB picture with a gray profile keeps its values.
    """
    modes = {"GRAY": "L", "RGB": "RGB"}
    try:
        profile = ImageCms.ImageCmsProfile(io.BytesIO(icc))
        mode = modes.get(profile.profile.xcolor_space.strip())
        if mode is None or (mode == "L" and not gray):
            return None
        built = ImageCms.buildTransform(
            profile, ImageCms.createProfile("sRGB"), mode, "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    return Transform(mode, built)


def apply(transform: Transform, values: Bytes8) -> Bytes8:
    """(h, w, 1 or 3) in the profile's values -> (h, w, 3) in sRGB. By strips, since Pillow's own copies are large."""
    height, width = values.shape[:2]
    shown = np.empty((height, width, 3), np.uint8)
    rows = max(1, STRIP_PIXELS // width)
    for y in range(0, height, rows):
        strip = values[y:y + rows]
        if transform.mode == "L":
            strip = strip[..., 0]
        elif strip.shape[2] == 1:
            strip = np.repeat(strip, 3, axis=2)
        image = Image.fromarray(np.ascontiguousarray(strip))
        shown[y:y + rows] = np.asarray(ImageCms.applyTransform(image, transform.apply))
    return shown


@lru_cache(maxsize=8)
def primaries_to_srgb(icc: bytes) -> Floats | None:
    """(3, 3): linear light with the profile's primaries -> linear light with sRGB's, both adapted to D50.

    None where the profile has no colorants (a gray or a table profile). Tags: ICC.1:2010, 7.2, 9.2.4, 10.31.
    """
    columns = [_xyz(icc, name) for name in (b"rXYZ", b"gXYZ", b"bXYZ")]
    if any(column is None for column in columns):
        return None
    matrix: NDArray[Any] = np.linalg.inv(np.array(SRGB_TO_XYZ)) @ np.array(columns, dtype=np.float64).T
    return matrix.astype(np.float32)


def is_linear(icc: bytes) -> bool:
    """Whether the profile's curve is a straight line, as in the profiles of linear-light files. Tags: 10.5, 10.15."""
    found = _tag(icc, b"rTRC") or _tag(icc, b"kTRC") or b""
    if found[:4] == b"curv":
        return found[8:12] == bytes(4) or (found[8:12] == b"\0\0\0\1" and found[12:14] == b"\1\0")
    return found[:4] == b"para" and found[8:10] == b"\0\0" and found[12:16] == b"\0\1\0\0"


def _xyz(icc: bytes, name: bytes) -> tuple[float, float, float] | None:
    found = _tag(icc, name)
    if found is None or len(found) < 20 or found[:4] != b"XYZ ":
        return None
    x, y, z = struct.unpack_from(">3i", found, 8)
    return x / 65536.0, y / 65536.0, z / 65536.0


def _tag(icc: bytes, name: bytes) -> bytes | None:
    """The bytes of a tag, or None where there is none or the profile is cut off (ICC.1:2010, 7.3)."""
    try:
        (count,) = struct.unpack_from(">I", icc, 128)
        for index in range(min(count, 256)):
            tag, offset, size = struct.unpack_from(">4sII", icc, 132 + 12 * index)
            if tag == name:
                return icc[offset:offset + size]
    except struct.error:
        return None
    return None
