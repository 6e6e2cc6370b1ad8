"""A result's bytes -> the mask: (H, W), the largest value keeps a pixel."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cutaway.errors import CloudAnswerBad, PictureUnreadable, PictureUnsupported
from cutaway.picture import decode, png
from cutaway.picture.read import read
from cutaway.topaz.limits import Limits

SEGMENTATION: Final = "segmentation"
STRIP_VALUES: Final = 1 << 22
GRAY_WITHIN: Final = 0.03
"""So far, of the whole range, may the colour channels of a gray mask lie apart: JPEG rounds them each by itself."""
PICTURE_TIMES: Final = 4
_NAME: Final = "Topaz's result"
_AGAIN: Final = "Get the result again: it is paid and kept for 7 days."


def decode_mask(
    data: bytes, width: int, height: int, *, mode: str = "alpha", limits: Limits | None = None,
) -> NDArray[Any]:
    """(height, width) uint8 or uint16 from a PNG (or JPEG or WebP) with a mask or a cut-out of any size in it.

    Taken is the alpha channel where there is one that is not opaque everywhere; else the gray or the (equal) colour
    channels; in ``mode`` "segmentation", or where the colours are no gray, an opaque alpha channel means that
    everything is kept. Then resampled to the picture: reduced by area averaging, enlarged bilinearly, each side by
    itself.

    Decoded fully and only after its header was found to claim no more pixels than four times the picture's, or
    ``limits.result_pixels``. Raises CloudAnswerBad for everything that is not such a picture, a colour picture without
    alpha included; ValueError for a size below 1.
    """
    if width < 1 or height < 1:
        raise ValueError(f"A mask of {width} x {height} pixels cannot be made.")
    _check_claim(data, width * height, limits or Limits())
    values = _pick(_read(data), mode)
    return _resample(values, width, height)


def _check_claim(data: bytes, pixels: int, limits: Limits) -> None:
    """Before anything is decoded: the file's kind, and how many pixels it claims."""
    known = data.startswith((png.SIGNATURE, b"\xff\xd8\xff")) or (
        data[:4] == b"RIFF" and data[8:12] == b"WEBP")
    if not known:
        what = "empty" if not data else "no picture"
        raise CloudAnswerBad(f"{_NAME} is {what}.", _AGAIN)
    try:
        if data.startswith(png.SIGNATURE):
            head = png.header(data[:33], _NAME)
            claimed = head.width * head.height
        else:
            with decode.open_image(io.BytesIO(data), _NAME) as image:
                claimed = image.width * image.height
    except (PictureUnreadable, PictureUnsupported):
        raise _damaged() from None
    if claimed > max(limits.result_pixels, PICTURE_TIMES * pixels):
        raise CloudAnswerBad(
            f"{_NAME} claims {claimed // 1_000_000} megapixels, far more than the picture has.", _AGAIN)


def _read(data: bytes) -> NDArray[Any]:
    """(H, W, C) uint8 or uint16. By way of a private file, since that is what the strict readers take."""
    try:
        with tempfile.TemporaryDirectory(prefix="cutaway-") as folder:
            path = Path(folder) / "result"
            path.write_bytes(data)
            picture, _ = read(path)
    except (PictureUnreadable, PictureUnsupported):
        raise _damaged() from None
    except OSError as error:
        reason = error.strerror or "no reason is known"
        raise CloudAnswerBad(
            f"{_NAME} cannot be put into the folder for temporary files: {reason}.", f"Free some room. {_AGAIN}"
        ) from error
    return picture.pixels


def _pick(pixels: NDArray[Any], mode: str) -> NDArray[Any]:
    full = np.iinfo(pixels.dtype).max
    channels = pixels.shape[2]
    alpha = pixels[..., -1] if channels in (2, 4) else None
    if alpha is not None and (mode == SEGMENTATION or alpha.min() < full):
        return alpha
    colours = pixels[..., :1] if channels < 3 else pixels[..., :3]
    if _is_gray(colours):
        return colours[..., 0]
    if alpha is not None:
        return alpha
    raise CloudAnswerBad(f"{_NAME} is a picture without transparency instead of a mask.", _AGAIN)


def _is_gray(colours: NDArray[Any]) -> bool:
    if colours.shape[2] == 1:
        return True
    near = GRAY_WITHIN * np.iinfo(colours.dtype).max
    rows = max(1, STRIP_VALUES // (colours.shape[1] * 3))
    strips = (colours[y:y + rows] for y in range(0, len(colours), rows))
    return all(bool((strip.max(axis=2) - strip.min(axis=2)).max() <= near) for strip in strips)


def _resample(values: NDArray[Any], width: int, height: int) -> NDArray[Any]:
    inner = (min(width, values.shape[1]), min(height, values.shape[0]))
    for size, how in ((inner, cv2.INTER_AREA), ((width, height), cv2.INTER_LINEAR)):
        if size != (values.shape[1], values.shape[0]):
            values = cv2.resize(np.ascontiguousarray(values), size, interpolation=how)
    return np.ascontiguousarray(values)


def _damaged() -> CloudAnswerBad:
    return CloudAnswerBad(f"{_NAME} is damaged or incomplete.", _AGAIN)
