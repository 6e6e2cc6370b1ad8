"""The sentences that a bad file gets: one place, so that they stay alike."""

from __future__ import annotations

from typing import Final

from cutaway.errors import PictureUnreadable, PictureUnsupported

MAX_SIDE: Final = 32_000
MAX_PIXELS: Final = 500_000_000
READS: Final = "Cutaway reads JPEG, PNG, TIFF, WebP, BMP, GIF and what else Pillow knows."


def damaged(name: str) -> PictureUnreadable:
    return PictureUnreadable(
        f"{name} is damaged or incomplete.", "Copy or download it again, or open it in an editor and save it anew.")


def unknown(name: str) -> PictureUnreadable:
    return PictureUnreadable(f"{name} is not a picture that Cutaway can read.", READS)


def unsupported(name: str, what: str, hint: str) -> PictureUnsupported:
    """``what`` continues the sentence that starts with the file's name."""
    return PictureUnsupported(f"{name} {what}.", hint)


def too_large(name: str) -> PictureUnsupported:
    return unsupported(
        name, f"is too large: the limit is {MAX_SIDE} pixels a side and {MAX_PIXELS // 1_000_000} megapixels",
        "Make it smaller or cut it into parts first.")


def check_size(width: int, height: int, name: str) -> None:
    """From the header, before anything is decoded: a few bytes can claim gigabytes of pixels."""
    if width < 1 or height < 1:
        raise damaged(name)
    if max(width, height) > MAX_SIDE or width * height > MAX_PIXELS:
        raise too_large(name)
