"""Drop small loose pieces."""

from __future__ import annotations

from cutaway.mask import pieces
from cutaway.mask.values import Values, amount, usable


def drop_specks(mask: Values, size: float) -> Values:
    """Drops loose pieces of up to ``size`` squared pixels: they become 0.

    ``mask``: (H, W) uint8, uint16 or float32 (0..1); the result is a new array of the same shape and type.
    ``size``: pixels, 0 or more, the side of a square of the same area as the largest piece to be dropped; 0 copies.

    A piece is a set of pixels of at least one half that hang together by sides or corners (8-connectivity). One that
    touches the picture's border is dropped like any other. Its soft halo goes with it: from the piece on, neighbours by
    side or corner are taken along as long as the mask does not rise, ``size`` pixels far,
    but at least 4 and at most 16. Nothing becomes more.

    Raises InputError for an unusable mask and SettingsInvalid where ``size`` is negative or not finite.

    >>> import numpy as np
    >>> dots = np.array([[255, 60, 0, 0, 0], [60, 0, 0, 255, 255], [0, 0, 0, 255, 255]], np.uint8)
    >>> drop_specks(dots, 1).tolist()
    [[0, 0, 0, 0, 0], [0, 0, 0, 255, 255], [0, 0, 0, 255, 255]]
    """
    values = usable(mask)
    side = amount("specks", size, 0.0)
    return values.copy() if side == 0.0 else pieces.clear(values, side, pieces.SPECKS)
