"""Make soft edges harder."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cutaway.mask.threshold import threshold
from cutaway.mask.tiles import Tile, strips
from cutaway.mask.values import Values, amount, full, usable
from cutaway.parallel import each


def contrast(mask: Values, percent: float) -> Values:
    """Stretches the values about the middle: 0 copies, 100 leaves only nothing and all.

    ``mask``: (H, W) uint8, uint16 or float32 (0..1); the result is a new array of the same shape and type.
    ``percent``: 0..100. With c = percent / 100 and v in 0..1: ``out = clip((v - 1/2) / (1 - c) + 1/2, 0, 1)``, so that
    the part (1 - c) of the range in the middle is spread over the whole. At 100 it is :func:`threshold` at 1/2. The
    contour at one half stays where it is. Each pixel stands alone: no edge rule.

    Raises InputError for an unusable mask and SettingsInvalid where ``percent`` is outside 0..100.

    >>> import numpy as np
    >>> contrast(np.array([[0, 64, 102, 127, 128, 153, 255]], np.uint8), 50).tolist()
    [[0, 1, 77, 127, 128, 178, 255]]
    >>> contrast(np.array([[0, 64, 127, 128, 255]], np.uint8), 100).tolist()
    [[0, 0, 0, 255, 255]]
    """
    values = usable(mask)
    share = amount("contrast", percent, 0.0, 100.0) / 100.0
    if share == 0.0:
        return values.copy()
    if share == 1.0:
        return threshold(values, 0.5)
    gain = 1.0 / (1.0 - share)
    out = np.empty_like(values)
    curve = None if values.dtype.kind == "f" else _curve(values, gain)

    def strip(tile: Tile) -> None:
        part, target = tile.of(values), tile.of(out)
        if curve is not None:
            np.take(curve, part, out=target, mode="clip")
            return
        np.subtract(part, np.float32(0.5), out=target)
        np.multiply(target, np.float32(gain), out=target)
        np.add(target, np.float32(0.5), out=target)
        np.clip(target, np.float32(0), np.float32(1), out=target)

    each(strip, strips(values.shape, 64))
    return out


def _curve(values: Values, gain: float) -> NDArray[np.generic]:
    """The result for every value of an integer type; its lower half mirrors the upper one exactly."""
    most = int(full(values))
    upper = np.arange(most // 2 + 1, most + 1, dtype=np.float64)
    upper = np.rint(((upper / most - 0.5) * gain + 0.5).clip(0, 1) * most)
    return np.concatenate((most - upper[::-1], upper)).astype(values.dtype)
