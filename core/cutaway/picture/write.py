"""The result -> a picture file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from cutaway.cutout import Foreground, Note
from cutaway.errors import SettingsInvalid, TargetNotWritable
from cutaway.picture import encode_pillow, encode_png, target
from cutaway.picture.encode_png import Extras
from cutaway.picture.model import Picture
from cutaway.picture.rows import CutoutRows, MaskRows, Rows, paste_foreground

__all__ = ["FORMATS", "FORMS", "notes", "paste_foreground", "write"]

FORMS: Final = ("cutout", "mask")
FORMATS: Final = {
    ".png": "PNG", ".tif": "TIFF", ".tiff": "TIFF", ".webp": "WebP", ".jpg": "JPEG", ".jpeg": "JPEG",
}
SIDES: Final = {"WebP": encode_pillow.WEBP_SIDE, "JPEG": encode_pillow.JPEG_SIDE}


def write(
    path: str | os.PathLike[str], picture: Picture, mask: NDArray[Any], foreground: Foreground | None, *,
    form: str = "cutout", overwrite: bool = False,
) -> int:
    """Writes the cut-out (``form="cutout"``) or the mask alone (``form="mask"``); returns the file's length in bytes.

    ``mask``: (H, W) uint8 or uint16, 0 transparent. The format is that of the name's ending: PNG, TIFF, WebP (8 bits),
    for masks JPEG too. A cut-out has the source's colours with cleaned edges, straight alpha = source alpha x mask, the
    source's dtype (floats: float32 in TIFF, else 16 bits; see :func:`notes`), profile, resolution and EXIF. A mask is
    gray, in the mask's dtype, times the source's alpha, with the resolution.

    Raises SettingsInvalid (no such form), TargetExists, TargetNotWritable (an ending that is no format, or a format
    that cannot hold it; a folder; no folder; no permission) and DiskFull. A failure leaves nothing behind.
    """
    path = Path(path)
    if form not in FORMS:
        raise SettingsInvalid(f"A result has no form {form!r}.", "It is one of " + ", ".join(FORMS) + ".")
    if mask.shape != (picture.height, picture.width):
        raise ValueError(f"A mask of {mask.shape} does not fit a picture of {picture.height} x {picture.width}.")
    kind = _format(path, form, picture)
    source = picture.pixels.dtype if form == "cutout" else mask.dtype
    dtype = _dtype(kind, source)
    rows: Rows
    if form == "cutout":
        rows = CutoutRows(picture, mask, foreground, dtype)
        extras = Extras(picture.icc, picture.resolution, picture.exif)
    else:
        rows = MaskRows(picture, mask, dtype)
        extras = Extras(resolution=picture.resolution)
    return target.place(path, lambda stream: _encode(kind, stream, rows, extras), overwrite=overwrite)


def notes(path: str | os.PathLike[str], picture: Picture, form: str = "cutout") -> tuple[Note, ...]:
    """What :func:`write` cannot keep in a file of this name, for the user; empty where all is kept."""
    kind = FORMATS.get(Path(path).suffix.lower(), "")
    source = picture.pixels.dtype
    kept = _dtype(kind, source)
    if form != "cutout" or kind == "TIFF" or kept == source:
        return ()
    return (Note("depth_reduced", f"{kind} holds {8 * kept.itemsize} bits a sample; TIFF keeps {source.name}."),)


def _format(path: Path, form: str, picture: Picture) -> str:
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise TargetNotWritable(
            f"{path.name} has no ending that says a format that can be written.", "Use .png, .tif or .webp.")
    if kind == "JPEG" and form == "cutout":
        what = f"{path.name} cannot hold a cut-out: JPEG has no transparency."
        raise TargetNotWritable(what, "Use .png, .tif or .webp.")
    side = SIDES.get(kind)
    if side is not None and max(picture.width, picture.height) > side:
        raise TargetNotWritable(f"{path.name} cannot hold more than {side} pixels a side.", "Use .png or .tif.")
    return kind


def _dtype(kind: str, source: np.dtype[Any]) -> np.dtype[Any]:
    if kind == "TIFF":
        return np.dtype(np.float32) if source.kind == "f" else source
    if kind == "PNG" and source != np.uint8:
        return np.dtype(np.uint16)
    return np.dtype(np.uint8)


def _encode(kind: str, stream: IO[bytes], rows: Rows, extras: Extras) -> None:
    if kind == "PNG":
        encode_png.encode(stream, rows, extras)
    elif kind == "TIFF":
        from cutaway.picture import encode_tiff  # tifffile takes 0.1 s to import, and most results are not TIFF

        encode_tiff.encode(stream, rows, extras)
    elif kind == "WebP":
        encode_pillow.encode_webp(stream, rows, extras)
    else:
        encode_pillow.encode_jpeg(stream, rows, extras)
