"""Opening and decoding by Pillow: finds out what a file is, and reads all kinds that need no more than 8 bits."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms

from cutaway.cutout import Note
from cutaway.picture.refuse import damaged, too_large, unknown, unsupported

Pixels = NDArray[Any]
Strip = Callable[[Image.Image], Image.Image]

# What Pillow and its plugins raise for damaged data; Image.open itself catches the first four.
FAILURES: Final = (SyntaxError, IndexError, TypeError, struct.error, OSError, EOFError, ValueError, KeyError,
                   OverflowError, AttributeError)
REFUSED: Final = ("EPS", "WMF", "MPEG", "BUFR", "GRIB", "HDF5")
"""For EPS Pillow runs another program (Ghostscript); the others it only names and cannot decode."""
SIGNED: Final = ("PNG", "JPEG", "GIF", "TIFF", "WEBP", "AVIF", "BMP", "PSD", "JPEG2000", "ICO")
"""A file that starts like one of these is one, and damaged where it cannot be opened. The other marks are too short."""

KEPT_MODES: Final = ("L", "RGB", "RGBA", "LA")
CONVERTED: Final = {
    "1": "L", "La": "LA", "RGBa": "RGBA", "RGBX": "RGB", "YCbCr": "RGB", "HSV": "RGB", "P": "RGB", "PA": "RGBA",
}
STRIP_PIXELS: Final = 1 << 20


def open_image(stream: IO[bytes], name: str) -> Image.Image:
    """The picture with its header read and nothing decoded.

    Does what PIL.Image.open does, without its limit: that one is a warning at 89 MP and an error at 179 MP, changeable
    only for the whole process. Our limit is checked by the caller, before anything is decoded.
    """
    stream.seek(0)
    prefix = stream.read(16)
    recognised = False
    tried = set(REFUSED)
    for prepare in (Image.preinit, Image.init):
        prepare()
        for kind in [kind for kind in Image.ID if kind not in tried]:
            tried.add(kind)
            factory, accept = Image.OPEN[kind]
            try:
                if accept is not None and accept(prefix) not in (True, 1):  # a string: known, but not built in
                    continue
                recognised = recognised or kind in SIGNED
                stream.seek(0)
                image: Image.Image = factory(stream, "")
                return image
            except Image.DecompressionBombError as error:
                raise too_large(name) from error
            except FAILURES:
                continue
    raise damaged(name) if recognised else unknown(name)


def pixels(image: Image.Image, name: str) -> tuple[Pixels, tuple[Note, ...], bool]:
    """(H, W, C) uint8 or uint16, notes, and whether the ICC profile still belongs to the values.

    Converts by strips, so that the result and Pillow's own copy are all that is in memory.
    """
    try:
        image.load()
    except Image.DecompressionBombError as error:
        raise too_large(name) from error
    except FAILURES as error:
        raise damaged(name) from error
    if image.mode == "F":
        return np.asarray(image)[..., np.newaxis], (), True
    if image.mode.startswith("I"):
        return _integers(image, name), (), True
    convert, notes = _conversion(image, name)
    return _by_strips(image, convert), notes, not notes


def _conversion(image: Image.Image, name: str) -> tuple[Strip, tuple[Note, ...]]:
    mode = image.mode
    if mode == "CMYK":
        return _cmyk(image)
    if mode == "LAB":
        return _lab(), (Note("converted", "The picture's Lab colours were converted to sRGB."),)
    if "transparency" in image.info and mode in ("1", "L", "P", "RGB"):
        return (lambda strip: strip.convert("RGBA" if mode in ("P", "RGB") else "LA")), ()
    if mode == "P" and image.palette is not None and image.palette.mode == "RGBA":
        return (lambda strip: strip.convert("RGBA")), ()
    if mode in KEPT_MODES:
        return (lambda strip: strip), ()
    if mode in CONVERTED:
        return (lambda strip: strip.convert(CONVERTED[mode])), ()
    raise unsupported(name, f"has pixels of a kind that is not supported ({mode})", "Save it as PNG or TIFF in RGB.")


def _by_strips(image: Image.Image, convert: Strip) -> Pixels:
    width, height = image.size
    rows = max(1, STRIP_PIXELS // width)
    whole: Pixels | None = None
    for y in range(0, height, rows):
        strip = np.asarray(convert(image.crop((0, y, width, min(height, y + rows)))))
        strip = strip.reshape(strip.shape[0], width, -1)
        if whole is None:
            whole = np.empty((height, width, strip.shape[2]), strip.dtype)
        whole[y:y + rows] = strip
    assert whole is not None  # a picture has rows
    return whole


def _integers(image: Image.Image, name: str) -> Pixels:
    """Modes I;16, I;16B, I;16L and I, which older Pillow uses for 16-bit gray too."""
    values = np.asarray(image)
    if values.dtype.kind == "i" and (values.min() < 0 or values.max() > 65535):
        raise unsupported(name, "has whole numbers beyond 16 bits", "Save it as 16-bit gray or as 32-bit float TIFF.")
    return values.astype(np.uint16)[..., np.newaxis]


def _cmyk(image: Image.Image) -> tuple[Strip, tuple[Note, ...]]:
    icc = image.info.get("icc_profile")
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(icc or b""))
        built = ImageCms.buildTransform(
            source, ImageCms.createProfile("sRGB"), "CMYK", "RGB", ImageCms.Intent.RELATIVE_COLORIMETRIC,
            ImageCms.Flags.BLACKPOINTCOMPENSATION)
    except (ImageCms.PyCMSError, OSError, ValueError):
        said = "The picture's CMYK colours were converted to RGB without a profile; they may look different."
        return (lambda strip: strip.convert("RGB")), (Note("converted", said),)
    note = Note("converted", "The picture's CMYK colours were converted to sRGB by its profile.")
    return _transforming(built), (note,)


def _lab() -> Strip:
    return _transforming(ImageCms.buildTransform(
        ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), "LAB", "RGB"))


def _transforming(built: ImageCms.ImageCmsTransform) -> Strip:
    def strip(part: Image.Image) -> Image.Image:
        done = ImageCms.applyTransform(part, built)
        assert done is not None  # None comes only where it works in place
        return done

    return strip
