"""Crops at 100 % to look at: on magenta and on a checkerboard, the worst first."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

Array = np.ndarray
CROP = 320
GAP = 4
WORST = 8
MAGENTA = np.array([255, 0, 255], np.float32)


def checkerboard(height: int, width: int, side: int = 8) -> Array:
    """(h, w, 3) float32, gray squares as editors show transparency."""
    y, x = np.mgrid[:height, :width] // side
    return np.where((y + x) % 2 == 0, np.float32(154), np.float32(102))[..., np.newaxis].repeat(3, axis=2)


def over(pixels: Array, matte: Array, behind: Array) -> Array:
    """``pixels`` (h, w, 3) uint8 with ``matte`` (h, w) 0..1 laid over a colour or a picture."""
    share = matte[..., np.newaxis].astype(np.float32)
    return np.clip(pixels * share + behind * (1 - share) + 0.5, 0, 255).astype(np.uint8)


def place_of_interest(error: Array, true: Array) -> tuple[slice, slice]:
    """The crop with the most ``error`` (h, w) near what is soft or an edge in the truth, or with the most error."""
    soft = cv2.dilate(((true > 0.05) & (true < 0.95)).astype(np.uint8), np.ones((9, 9), np.uint8))
    weight = error.astype(np.float32) * (soft if soft.any() else np.uint8(1))
    mean = cv2.boxFilter(weight, -1, (CROP, CROP), borderType=cv2.BORDER_CONSTANT)
    y, x = np.unravel_index(int(np.argmax(mean)), mean.shape)
    top = int(np.clip(y - CROP // 2, 0, max(0, true.shape[0] - CROP)))
    left = int(np.clip(x - CROP // 2, 0, max(0, true.shape[1] - CROP)))
    return slice(top, top + CROP), slice(left, left + CROP)


def row(name: str, pixels: Array, true: Array, mattes: dict[str, Array], colours: Array) -> Array:
    """Picture; each matte on magenta; ours with clean colours on magenta and checkerboard; the truth."""
    where = place_of_interest(np.abs(mattes["ours"].astype(np.float32) / 255 - true), true)
    high, wide = pixels[where].shape[:2]
    parts = [("picture", pixels[where])]
    parts += [(way, over(pixels[where], matte[where] / 255, MAGENTA)) for way, matte in mattes.items()]
    ours = mattes["ours"][where] / 255
    parts += [("ours, clean", over(colours[where], ours, MAGENTA)),
              ("ours, clean", over(colours[where], ours, checkerboard(high, wide))),
              ("truth", over(pixels[where], true[where], MAGENTA))]
    sheet = np.full((CROP + GAP, (CROP + GAP) * len(parts), 3), 255, np.uint8)
    for i, (way, part) in enumerate(parts):
        left = i * (CROP + GAP)
        sheet[: part.shape[0], left : left + part.shape[1]] = part
        text = f"{name}: {way}" if i == 0 else way
        for colour, thick in (((0, 0, 0), 4), ((255, 255, 255), 1)):
            cv2.putText(sheet, text, (left + 6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, colour, thick)
    return sheet


def save(rows: list[tuple[float, Array]], path: Path) -> None:
    """The WORST rows, by their score, the highest first."""
    chosen = [sheet for _, sheet in sorted(rows, key=lambda pair: -pair[0])[:WORST]]
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), cv2.cvtColor(np.concatenate(chosen), cv2.COLOR_RGB2BGR))
