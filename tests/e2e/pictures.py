"""Picture files of every kind, good and bad, made from the photographs in tests/pictures."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageCms

from tests.e2e.conftest import PICTURES

Make = Callable[[Path], None]


def photograph(side: int = 256) -> Image.Image:
    with Image.open(PICTURES / "astronaut.jpg") as image:
        return image.convert("RGB").resize((side, side), Image.Resampling.LANCZOS)


def profile() -> bytes:
    """A real ICC profile that is not sRGB: Lab would not fit RGB, so sRGB under another name and date."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    data[24:36] = bytes((7, 0xd0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0))  # the date of its making
    return bytes(data)


def deep(side: int = 256) -> np.ndarray:
    """(side, side, 3) uint16, BGR as OpenCV has it, with values that 8 bits cannot hold."""
    eight = np.asarray(photograph(side))[..., ::-1].astype(np.uint16)
    return eight * 257 ^ (np.indices(eight.shape).sum(0) % 97).astype(np.uint16)


def _saved(image: Image.Image, path: Path, **how: object) -> None:
    image.save(path, **how)


def truncated_jpeg(path: Path) -> None:
    whole = io.BytesIO()
    photograph().save(whole, "JPEG", quality=90)
    path.write_bytes(whole.getvalue()[: len(whole.getvalue()) // 2])


def animation(path: Path) -> None:
    frames = [photograph(64), photograph(64).rotate(90), photograph(64).rotate(180)]
    frames[0].save(path, "GIF", save_all=True, append_images=frames[1:], duration=100, loop=0)


def palette_with_transparency(path: Path) -> None:
    image = photograph().quantize(64)
    image.save(path, transparency=0)


def deep_gray(path: Path) -> None:
    cv2.imwrite(os.fspath(path), deep()[..., 1])


GOOD: dict[str, tuple[str, Make]] = {
    "CMYK": ("x.jpg", lambda path: _saved(photograph().convert("CMYK"), path)),
    "1-bit": ("x.png", lambda path: _saved(photograph().convert("1"), path)),
    "gray": ("x.png", lambda path: _saved(photograph().convert("L"), path)),
    "palette with transparency": ("x.png", palette_with_transparency),
    "16-bit gray": ("x.png", deep_gray),
    "16-bit TIFF": ("x.tif", lambda path: cv2.imwrite(os.fspath(path), deep()) and None),
    "WebP": ("x.webp", lambda path: _saved(photograph(), path)),
    "BMP": ("x.bmp", lambda path: _saved(photograph(), path)),
    "a GIF of one frame": ("x.gif", lambda path: _saved(photograph().quantize(64), path)),
}
"""Kinds that must work: the name of the file, and what makes it."""

BAD: dict[str, tuple[str, Make, str]] = {
    "0 bytes": ("x.jpg", lambda path: path.touch(), "empty"),
    "text named .png": ("x.png", lambda path: path.write_text("I am a picture, honestly.\n") and None, "not a picture"),
    "a truncated JPEG": ("x.jpg", truncated_jpeg, "damaged or incomplete"),
    "an animated GIF": ("x.gif", animation, "animation"),
}
"""Kinds that must be refused: the name of the file, what makes it, and a word of the sentence."""
