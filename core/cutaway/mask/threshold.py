"""Leave no soft pixel."""

from __future__ import annotations

import numpy as np

from cutaway.mask.tiles import Tile, strips
from cutaway.mask.values import Values, amount, full, level_value, usable
from cutaway.parallel import each


def threshold(mask: Values, level: float) -> Values:
    """All where the mask is at least ``level``, nothing elsewhere.

    ``mask``: (H, W) uint8, uint16 or float32 (0..1); the result is a new array of the same shape and type.
    ``level``: 0..1, as a part of the type's range; 0.5 is met by 128 of 255 and not by 127. Each pixel stands alone: no
    edge rule.

    Raises InputError for an unusable mask and SettingsInvalid where ``level`` is outside 0..1.

    >>> import numpy as np
    >>> threshold(np.array([[0, 127, 128, 255]], np.uint8), 0.5).tolist()
    [[0, 0, 255, 255]]
    """
    values = usable(mask)
    least = level_value(values, amount("level", level, 0.0, 1.0))
    out = np.empty_like(values)

    def strip(tile: Tile) -> None:
        np.multiply(tile.of(values) >= least, full(values), out=tile.of(out))

    each(strip, strips(values.shape, 64))
    return out
