"""The files that the service answers: cut-outs and masks in every layout that a PNG can have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.emulator import png

Pixels = NDArray[Any]
Cutter = Callable[[Pixels], Pixels]
"""(H, W, 3) uint8 RGB -> (H, W) uint8, 255 keeps."""

WHITE: Final = 255


def luminance(rgb: Pixels) -> Pixels:
    """Keeps what is bright: a ramp from 0 at luma 96 to 255 at luma 160 (ITU-R BT.601 weights)."""
    luma = rgb.astype(np.int64) @ np.array([299, 587, 114])
    return _bytes(np.floor((luma - 96_000) * 255 / 64_000 + 0.5))


def ellipse(rgb: Pixels) -> Pixels:
    """Keeps the ellipse in the middle that is 80 % as wide and high as the picture, with a soft edge of about 2 px."""
    height, width = rgb.shape[:2]
    rows, columns = np.ogrid[:height, :width]
    a, b = max(0.4 * width, 0.5), max(0.4 * height, 0.5)
    away = np.hypot((columns + 0.5 - width / 2) / a, (rows + 0.5 - height / 2) / b)
    return _bytes(((1 - away) * min(a, b) / 2 + 0.5) * 255)


def _bytes(values: Pixels) -> Pixels:
    found: Pixels = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return found


CUTTERS: Final[dict[str, Cutter]] = {"luminance": luminance, "ellipse": ellipse}


def _gray(mask: Pixels, channels: int, alpha: int | None) -> Pixels:
    planes = [mask] * channels
    if alpha is not None:
        planes.append(np.full_like(mask, alpha))
    return np.stack(planes, axis=-1)


def _in_alpha(mask: Pixels, channels: int) -> Pixels:
    return np.stack([np.full_like(mask, np.iinfo(mask.dtype).max)] * channels + [mask], axis=-1)


def _deep(mask: Pixels) -> Pixels:
    return mask.astype(np.uint16) * 257


LAYOUTS: Final[dict[str, Callable[[Pixels], Pixels]]] = {
    "L": lambda mask: mask,
    "LA": lambda mask: _gray(mask, 1, WHITE),
    "RGB": lambda mask: _gray(mask, 3, None),
    "RGBA": lambda mask: _gray(mask, 3, WHITE),
    "LA_in_alpha": lambda mask: _in_alpha(mask, 1),
    "RGBA_in_alpha": lambda mask: _in_alpha(mask, 3),
    "L16": _deep,
    "LA16": lambda mask: _gray(_deep(mask), 1, 65535),
    "RGB16": lambda mask: _gray(_deep(mask), 3, None),
    "RGBA16": lambda mask: _gray(_deep(mask), 3, 65535),
    "hard": lambda mask: np.where(mask >= 128, WHITE, 0).astype(np.uint8),
}
"""How the mask of mode ``alpha`` may lie in its PNG. In RGBA and LA the alpha is opaque and the mask is in the colour;
in the ``_in_alpha`` layouts the colour is white and the mask is the alpha."""


def mask_file(mask: Pixels, layout: str, size: tuple[int, int] | None, fill: int | None) -> bytes:
    """Mode ``alpha``. ``size``: (width, height) where it is not the picture's; ``fill``: one value everywhere."""
    return png.encode(LAYOUTS[layout](changed(mask, size, fill)))


def cutout_file(rgb: Pixels, mask: Pixels, size: tuple[int, int] | None, fill: int | None) -> bytes:
    """Mode ``segmentation``: the picture with the mask as its straight alpha."""
    alpha = changed(mask, size, fill)
    if alpha.shape != rgb.shape[:2]:
        rgb = cv2.resize(rgb, alpha.shape[::-1], interpolation=cv2.INTER_AREA)
    return png.encode(np.dstack([rgb, alpha]))


def changed(mask: Pixels, size: tuple[int, int] | None, fill: int | None) -> Pixels:
    if size is not None:
        mask = cv2.resize(mask, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0])
    return mask if fill is None else np.full_like(mask, fill)
