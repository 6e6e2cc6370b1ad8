"""TIFF: the format with every kind of pixel. Header by tifffile, pixels by the decoder that keeps all bits."""

from __future__ import annotations

import struct
import zlib
from typing import IO, Any, Final, NamedTuple

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image

from cutaway.cutout import Note
from cutaway.errors import PictureUnreadable
from cutaway.picture import decode, opencv
from cutaway.picture.exif import PREFIX, dots_per_inch
from cutaway.picture.model import DTYPES, full_scale
from cutaway.picture.refuse import check_size, damaged, unsupported

Pixels = NDArray[Any]

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB = 0, 1, 2
ASSOCIATED: Final = 1
UNASSOCIATED: Final = 2
SEPARATE: Final = 2
BY_TIFFFILE: Final = {1, 8, 32946, 32773}
"""Compressions that tifffile undoes without its extra package: none, deflate (two numbers), PackBits."""
CAMERA_RAW: Final = (50706, 33422)
"""DNGVersion and CFAPattern: a raw file whose first picture is only its preview."""
IMAGE_DESCRIPTION: Final = 270
EXIF_TAGS: Final = (270, 271, 272, 305, 306, 315, 33432)
EXIF_GROUPS: Final = (0x8769, 0x8825)

FAILURES: Final = (tifffile.TiffFileError, ValueError, KeyError, IndexError, TypeError, struct.error, OSError, EOFError,
                   zlib.error, OverflowError)
OTHER_SAVE: Final = "Save it again as TIFF without compression, or as PNG."


class Tiff(NamedTuple):
    """A TIFF file's first picture, not yet turned upright."""

    pixels: Pixels
    icc: bytes | None
    orientation: int
    resolution: tuple[float, float] | None
    exif: bytes | None
    notes: tuple[Note, ...]


def read(stream: IO[bytes], size: int, name: str) -> Tiff:
    """``size``: the file's length in bytes. Raises PictureUnreadable, PictureUnsupported."""
    stream.seek(0)
    try:
        with tifffile.TiffFile(stream, name=name) as file:
            page, notes = _first_page(file, name)
            check_size(int(page.imagewidth), int(page.imagelength), name)
            _check_whole(page, size, name)
            return _read_page(stream, page, notes, name)
    except FAILURES as error:
        raise damaged(name) from error


def _first_page(file: Any, name: str) -> tuple[Any, tuple[Note, ...]]:
    pages = [page for page in file.pages if not page.is_reduced]
    if any(tag in page.tags for page in file.pages for tag in CAMERA_RAW):
        raise unsupported(name, "is a camera's raw file", "Develop it with a raw converter and use its TIFF or JPEG.")
    if not pages:
        raise damaged(name)
    if len(pages) == 1:
        return pages[0], ()
    return pages[0], (Note("first_page", f"{name} has {len(pages)} pages; the first one was used."),)


def _check_whole(page: Any, size: int, name: str) -> None:
    spans = list(zip(page.dataoffsets, page.databytecounts, strict=False))
    if not spans or any(count <= 0 or offset + count > size for offset, count in spans):
        raise damaged(name)


def _read_page(stream: IO[bytes], page: Any, notes: tuple[Note, ...], name: str) -> Tiff:
    tags = page.tags
    orientation = int(tags.valueof(274, 1))
    icc = tags.valueof(34675)
    if _is_plain(page):
        pixels, more = _plain(stream, page, name)
    else:
        # Pillow turns TIFF files upright by itself.
        orientation = 1
        pixels, more, profile_holds = _by_pillow(stream, name)
        if ASSOCIATED in page.extrasamples[:1]:
            more += (_premultiplied(name),)
        icc = icc if profile_holds else None
    return Tiff(
        pixels, bytes(icc) if icc else None, orientation if 1 <= orientation <= 8 else 1, _resolution(tags),
        _exif(stream), notes + more)


def _is_plain(page: Any) -> bool:
    """Gray or RGB in whole samples of a type that a Picture may have.

    8-bit samples that tifffile cannot unpack are Pillow's: OpenCV multiplies their colours by alpha.
    """
    dtype = page.dtype
    return (
        page.photometric in (WHITE_IS_ZERO, BLACK_IS_ZERO, RGB) and dtype is not None and dtype.name in DTYPES
        and page.bitspersample == 8 * dtype.itemsize and (dtype.itemsize > 1 or page.compression in BY_TIFFFILE))


def _plain(stream: IO[bytes], page: Any, name: str) -> tuple[Pixels, tuple[Note, ...]]:
    samples = int(page.samplesperpixel)
    shape = (int(page.imagelength), int(page.imagewidth), samples)
    floats = page.dtype.kind == "f"
    if page.compression in BY_TIFFFILE and page.predictor in ((1,) if floats else (1, 2)):
        pixels = page.asarray()
        if page.planarconfig == SEPARATE and samples > 1:
            pixels = np.moveaxis(pixels.reshape(samples, *shape[:2]), 0, 2)
    else:
        pixels = _by_opencv(stream, page, shape, name)
    return _channels(pixels.reshape(shape), page, name)


def _by_opencv(stream: IO[bytes], page: Any, shape: tuple[int, ...], name: str) -> Pixels:
    """LZW, floating-point prediction and the like, by the libtiff in OpenCV."""
    stream.seek(0)
    data = bytearray(stream.read())
    orientation = page.tags.get(274)
    if orientation is not None:  # else OpenCV turns some files and some not
        struct.pack_into(page.parent.byteorder + "H", data, orientation.valueoffset, 1)
    try:
        pixels = opencv.decode(data, name)
    except PictureUnreadable:
        pixels = np.empty((0, 0, 0))
    if pixels.shape != shape or pixels.dtype != page.dtype.newbyteorder("="):
        raise unsupported(name, "is a kind of compressed TIFF that cannot be read", OTHER_SAVE)
    return pixels


def _by_pillow(stream: IO[bytes], name: str) -> tuple[Pixels, tuple[Note, ...], bool]:
    try:
        image = decode.open_image(stream, name)
        with image:
            pixels, notes, profile_holds = decode.pixels(image, name)
    except PictureUnreadable as error:
        raise unsupported(name, "is a kind of TIFF that cannot be read", OTHER_SAVE) from error
    return pixels, notes, profile_holds


def _channels(pixels: Pixels, page: Any, name: str) -> tuple[Pixels, tuple[Note, ...]]:
    """Samples -> gray or RGB with or without straight alpha, in the machine's byte order."""
    colors = 3 if page.photometric == RGB else 1
    extras = [int(extra) for extra in page.extrasamples]
    if pixels.shape[2] < colors:
        raise damaged(name)
    if not extras and pixels.shape[2] == colors + 1:
        extras = [UNASSOCIATED]  # some writers forget the tag that says so
    kinds = extras + [0] * (pixels.shape[2] - colors - len(extras))
    alphas = [index for index, kind in enumerate(kinds) if kind in (ASSOCIATED, UNASSOCIATED)]
    keep = [*range(colors), *(colors + index for index in alphas[:1])]
    notes: tuple[Note, ...] = ()
    if len(keep) < pixels.shape[2]:
        notes += (Note("extra_channels", f"{name} has extra channels that are not transparency; they were left out."),)
        pixels = pixels[..., keep]
    pixels = np.ascontiguousarray(pixels, dtype=pixels.dtype.newbyteorder("="))
    if page.photometric == WHITE_IS_ZERO:
        whole = pixels.dtype.type(full_scale(pixels.dtype))
        np.subtract(whole, pixels[..., :1], out=pixels[..., :1])
    if alphas and kinds[alphas[0]] == ASSOCIATED:
        _unpremultiply(pixels)
        notes += (_premultiplied(name),)
    return pixels, notes


def _premultiplied(name: str) -> Note:
    return Note("premultiplied", f"{name} holds premultiplied colours; they were divided by their alpha.")


def _unpremultiply(pixels: Pixels) -> None:
    """In place, by rows: colour / alpha, rounded and limited for integers; where alpha is 0 there is no colour."""
    full = full_scale(pixels.dtype)
    for row in pixels:
        alpha = row[:, -1:].astype(np.float64)
        color = np.divide(row[:, :-1] * full, alpha, out=np.zeros(row[:, :-1].shape), where=alpha > 0)
        row[:, :-1] = np.rint(np.minimum(color, full)) if pixels.dtype.kind == "u" else color


def _resolution(tags: Any) -> tuple[float, float] | None:
    values = []
    for tag in (282, 283):
        above, below = tags.valueof(tag, (0, 0))
        values.append(above / below if below else 0.0)
    return dots_per_inch(values[0], values[1], int(tags.valueof(296, 2)))


def _exif(stream: IO[bytes]) -> bytes | None:
    """The tags that say who, when and with what, as a block of their own: TIFF keeps them among those of the pixels."""
    found, kept = Image.Exif(), Image.Exif()
    stream.seek(0)
    try:
        found.load_from_fp(stream)
        kept.update({tag: found[tag] for tag in EXIF_TAGS if tag in found})
        if str(kept.get(IMAGE_DESCRIPTION, "")).startswith('{"shape"'):  # tifffile's note to itself
            del kept[IMAGE_DESCRIPTION]
        for group in EXIF_GROUPS:
            kept.get_ifd(group).update(found.get_ifd(group))
        filled = bool(kept) or any(kept.get_ifd(group) for group in EXIF_GROUPS)
        return kept.tobytes().removeprefix(PREFIX) if filled else None
    except (*decode.FAILURES, RuntimeError):
        return None
