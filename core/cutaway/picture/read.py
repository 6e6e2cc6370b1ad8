"""A picture file -> a :class:`Picture` with all its bits."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from cutaway.cutout import Note
from cutaway.errors import PictureUnreadable, PictureUnsupported
from cutaway.picture import decode, exif, jpeg, opencv, png, profile
from cutaway.picture.model import Picture
from cutaway.picture.orient import upright
from cutaway.picture.refuse import check_size

Pixels = NDArray[Any]
Notes = tuple[Note, ...]
Resolution = tuple[float, float] | None

TIFF_MAGIC: Final = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
ANIMATED: Final = ("GIF", "WEBP", "AVIF", "FLI")
"""Formats whose further frames are an animation. In others they are pages, layers, sizes or a second view."""


def read(path: str | os.PathLike[str]) -> tuple[Picture, Notes]:
    """The picture, upright, and what the user should know about how it was read.

    Colours stay as they are (dtype, ICC profile), except that palettes become RGB, 1-bit becomes 8-bit gray, and CMYK
    and Lab become sRGB with a note. Alpha is straight. Resolution in pixels an inch; the EXIF block with orientation 1
    and without its thumbnail.

    Raises PictureUnreadable (missing, no permission, not a picture, damaged or cut off) and PictureUnsupported (an
    animation, above 32000 pixels a side or 500 megapixels, a kind of pixels that has no place in a Picture).
    """
    path = Path(path)
    name = path.name or str(path)
    with opened(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        start = stream.read(33)
        if start.startswith(png.SIGNATURE):
            return _read_png(path, stream, start, name)
        if start[:4] in TIFF_MAGIC:
            return _read_tiff(stream, size, name)
        return _read_other(path, stream, name)


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Open for reading, known to be a file with something in it. Raises PictureUnreadable."""
    name = path.name or str(path)
    try:
        said = path.stat()
        if stat.S_ISDIR(said.st_mode):
            raise PictureUnreadable(f"{name} is a folder.", "Name the picture files in it, for example with *.jpg.")
        if not stat.S_ISREG(said.st_mode):
            raise PictureUnreadable(f"{name} is not a file.", "Name a picture file.")
        if said.st_size == 0:
            raise PictureUnreadable(f"{name} is empty (0 bytes).", "Copy or download it again.")
        stream = path.open("rb")
    except FileNotFoundError as error:
        hint = f"Check the name and the folder: {path.parent}."
        raise PictureUnreadable(f"There is no file {name}.", hint) from error
    except PermissionError as error:
        hint = "Change its permissions, or copy it to a folder of yours."
        raise PictureUnreadable(f"{name} cannot be read: no permission.", hint) from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise PictureUnreadable(f"{name} cannot be read: {reason}.", "Check the name and the disk.") from error
    with stream:
        yield stream


def _read_png(path: Path, stream: IO[bytes], start: bytes, name: str) -> tuple[Picture, Notes]:
    head = png.header(start, name)
    check_size(head.width, head.height, name)
    found = png.chunks(start + stream.read(), name)
    if png.frames(found) > 1:
        raise _animation(name)
    pixels = png.decode(path, stream, head, found, name)
    block = exif.parse(found.get(b"eXIf"))
    return _picture(pixels, png.profile(found), png.resolution(found), block), ()


def _read_tiff(stream: IO[bytes], size: int, name: str) -> tuple[Picture, Notes]:
    from cutaway.picture import tiff  # tifffile takes 0.1 s to import, and most pictures are not TIFF

    found = tiff.read(stream, size, name)
    block = exif.Exif(found.exif or b"", found.orientation, found.resolution)
    return _picture(found.pixels, found.icc, found.resolution, block), found.notes


def _read_other(path: Path, stream: IO[bytes], name: str) -> tuple[Picture, Notes]:
    with decode.open_image(stream, name) as image:
        check_size(image.width, image.height, name)
        if image.format in ANIMATED and getattr(image, "is_animated", False):
            raise _animation(name)
        block = exif.parse(image.info.get("exif"))
        pixels, notes, profile_holds = _decode(image, path, stream, name)
        icc = image.info.get("icc_profile") if profile_holds else None
        return _picture(pixels, icc or None, _resolution(image), block), notes


def _decode(image: Image.Image, path: Path, stream: IO[bytes], name: str) -> tuple[Pixels, Notes, bool]:
    """By OpenCV where it can, since it needs half of Pillow's memory and time."""
    channels = len(image.getbands())
    if image.format in ("JPEG", "MPO") and image.mode in ("L", "RGB"):
        stream.seek(0)
        sound = jpeg.is_whole(stream.read())  # else Pillow decides, which is strict
        stream.seek(0)
    else:
        sound = image.format == "WEBP" and image.mode in ("RGB", "RGBA")
    if sound:
        return opencv.decode_file(path, stream, (image.height, image.width, channels), np.uint8, name), (), True
    return decode.pixels(image, name)


def _picture(pixels: Pixels, icc: bytes | None, resolution: Resolution, block: exif.Exif | None) -> Picture:
    orientation = block.orientation if block else 1
    resolution = resolution or (block.resolution if block else None)
    if resolution and orientation >= 5:
        resolution = resolution[1], resolution[0]
    return Picture(
        upright(pixels, orientation), "linear" if icc and profile.is_linear(icc) else "nonlinear", icc, resolution,
        orientation, (block.block or None) if block else None)


def _resolution(image: Image.Image) -> Resolution:
    """Pillow's, except where it fills in 72 dpi for a JPEG file that does not say any."""
    info = image.info
    if image.format in ("JPEG", "MPO"):
        unit = {1: 2, 2: 3}.get(info.get("jfif_unit", 0), 1)
        x, y = info.get("jfif_density", (0, 0))
        return exif.dots_per_inch(float(x), float(y), unit)
    x, y = info.get("dpi", (0, 0))
    return exif.dots_per_inch(float(x), float(y), 2)


def _animation(name: str) -> PictureUnsupported:
    return PictureUnsupported(
        f"{name} is an animation with several pictures.", "Save the one you want as PNG or JPEG and use that.")
