"""Crops at 100 % to look at, along hair and soft edges, on magenta and on a checkerboard: every way beside ours."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

Array = np.ndarray
Place = tuple[slice, slice]
CROP = 192
GAP = 4
HEAD = 22
SOFT_PLACES = 2
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


def places(true: Array, error: Array) -> list[tuple[str, Place]]:
    """Up to three crops that do not overlap: where most is soft in the truth (or an edge), and where ``error`` is most.

    The last counts only near what is soft or an edge: a whole part that is missing shows no edge.
    """
    soft = ((true > 0.05) & (true < 0.95)).astype(np.uint8)
    line = cv2.morphologyEx((true >= 0.5).astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    edge = soft | line
    near = cv2.dilate(edge, np.ones((9, 9), np.uint8))
    found: list[tuple[str, Place]] = []
    free = np.ones(true.shape, bool)
    for label, weight, most in (("worst", error * near, 1), ("soft", edge, SOFT_PLACES)):
        mean = cv2.boxFilter(weight.astype(np.float32), -1, (CROP, CROP), borderType=cv2.BORDER_CONSTANT)
        for _ in range(most):
            y, x = np.unravel_index(int(np.argmax(np.where(free, mean, -1))), mean.shape)
            if not free[y, x] or mean[y, x] <= 0:
                break
            top = int(np.clip(y - CROP // 2, 0, max(0, true.shape[0] - CROP)))
            left = int(np.clip(x - CROP // 2, 0, max(0, true.shape[1] - CROP)))
            found.append((label, (slice(top, top + CROP), slice(left, left + CROP))))
            # A crop's centre in here would make it overlap; at the border, where it is moved inward, it may by little.
            middle_y, middle_x = top + CROP // 2, left + CROP // 2
            free[max(0, middle_y - CROP) : middle_y + CROP, max(0, middle_x - CROP) : middle_x + CROP] = False
    return found


def sheet(name: str, pixels: Array, true: Array, shown: dict[str, tuple[Array, Array]], error: Array) -> Array:
    """(H, W, 3): for each place a row on magenta and one on a checkerboard; a column for each way.

    ``shown``: the colours (h, w, 3) and the matte (h, w), both uint8, by way. Before them are the picture and, below
    it, the matte of "ours".
    """
    strips = []
    for label, where in places(true, error):
        high, wide = true[where].shape
        strips.append(_heads([f"{name}, {label}: x {where[1].start}, y {where[0].start}", *shown]))
        ours = cv2.cvtColor(shown["ours"][1][where], cv2.COLOR_GRAY2RGB)
        for first, behind in (
                (pixels[where], np.broadcast_to(MAGENTA, (high, wide, 3))), (ours, checkerboard(high, wide))):
            parts = [first]
            parts += [over(colours[where], matte[where] / 255, behind) for colours, matte in shown.values()]
            strip = np.full((CROP + GAP, (CROP + GAP) * len(parts), 3), 255, np.uint8)
            for i, part in enumerate(parts):
                strip[: part.shape[0], i * (CROP + GAP) : i * (CROP + GAP) + part.shape[1]] = part
            strips.append(strip)
    return np.concatenate(strips or [_heads([f"{name}: no edge", *shown])])


def save(sheets: list[tuple[float, str, Array]], folder: Path, prefix: str) -> list[Path]:
    """The WORST sheets by their score, one file each, numbered from the worst."""
    chosen = sorted(sheets, key=lambda one: -one[0])[:WORST]
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for i, (_, name, made) in enumerate(chosen, 1):
        paths.append(folder / f"{prefix}-{i}-{name}.png")
        cv2.imwrite(str(paths[-1]), cv2.cvtColor(made, cv2.COLOR_RGB2BGR))
    return paths


def _heads(texts: list[str]) -> Array:
    out = np.full((HEAD, (CROP + GAP) * len(texts), 3), 255, np.uint8)
    for i, text in enumerate(texts):
        cv2.putText(out, text, (i * (CROP + GAP) + 4, 15), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 1, cv2.LINE_AA)
    return out
