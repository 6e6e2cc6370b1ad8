"""Fill small holes in the subject."""

from __future__ import annotations

from cutaway.mask import pieces
from cutaway.mask.values import Values, amount, usable


def fill_holes(mask: Values, size: float) -> Values:
    """Fills holes of up to ``size`` squared pixels with the largest value.

    ``mask``: (H, W) uint8, uint16 or float32 (0..1); the result is a new array of the same shape and type.
    ``size``: pixels, 0 or more, the side of a square of the same area as the largest hole to be filled; 0 copies.

    A hole is a set of pixels below one half that hang together by their sides (4-connectivity; so the subject around
    it hangs together by sides and corners) and does not touch the picture's border: what touches the border may go on
    outside. The soft edge of a filled hole is filled with it, so that no ring stays: from the hole on, neighbours by
    side or corner are taken along as long as the mask does not fall, ``size`` pixels far, but at least 4 and at most
    16. Nothing becomes less.

    Raises InputError for an unusable mask and SettingsInvalid where ``size`` is negative or not finite.

    >>> import numpy as np
    >>> ring = np.full((5, 5), 255, np.uint8)
    >>> ring[1:4, 1:4] = 200
    >>> ring[2, 2] = 0
    >>> int(fill_holes(ring, 1).min())
    255
    """
    values = usable(mask)
    side = amount("holes", size, 0.0)
    return values.copy() if side == 0.0 else pieces.clear(values, side, pieces.HOLES)
