"""WebP and JPEG, which libraries write only as a whole and with 8 bits."""

from __future__ import annotations

import io
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cutaway.picture import exif
from cutaway.picture.encode_png import Extras
from cutaway.picture.rows import Rows

WEBP_SIDE: Final = 16383
JPEG_SIDE: Final = 65500
JPEG_QUALITY: Final = 95
MODES: Final = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
STRIP_ROWS: Final = 256


def encode_webp(stream: IO[bytes], rows: Rows, extras: Extras) -> None:
    """Lossless, colours under alpha 0 included. WebP has no field for the resolution: EXIF says it."""
    block = extras.exif or b""
    if extras.resolution:
        block = exif.with_resolution(block, extras.resolution)
    how = {"lossless": True, "exact": True, "method": 0, "quality": 20}
    _save(stream, rows, "WEBP", icc_profile=extras.icc or b"", exif=block, **how)


def encode_jpeg(stream: IO[bytes], rows: Rows, extras: Extras) -> None:
    """Gray, for masks."""
    said = {"dpi": tuple(round(value) for value in extras.resolution)} if extras.resolution else {}
    _save(stream, rows, "JPEG", quality=JPEG_QUALITY, **said)


def _save(stream: IO[bytes], rows: Rows, kind: str, **how: Any) -> None:
    image = Image.new(MODES[rows.channels], (rows.width, rows.height))
    for start in range(0, rows.height, STRIP_ROWS):
        stop = min(rows.height, start + STRIP_ROWS)
        image.paste(_image(rows.strip(start, stop)), (0, start))
    # Into memory first: Pillow writing to a file by itself loses the reason of a failure (disk full or what else).
    packed = io.BytesIO()
    image.save(packed, kind, **how)
    stream.write(packed.getbuffer())


def _image(strip: NDArray[Any]) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(strip[..., 0] if strip.shape[2] == 1 else strip))
