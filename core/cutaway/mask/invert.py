"""Keep what was removed, and remove what was kept."""

from __future__ import annotations

import cv2
import numpy as np

from cutaway.mask.values import Values, usable


def invert(mask: Values) -> Values:
    """The complement: 255 - v, 65535 - v or 1 - v.

    ``mask``: (H, W) uint8, uint16 or float32 (0..1); the result is a new array of the same shape and type. Done twice
    it gives the input back, exactly for integers and within 6e-8 for float32. Each pixel stands alone: no edge rule.

    Raises InputError for an unusable mask.

    >>> import numpy as np
    >>> invert(np.array([[0, 55, 255]], np.uint8)).tolist()
    [[255, 200, 0]]
    """
    values = usable(mask)
    if values.dtype.kind == "f":
        return np.subtract(np.float32(1), values)
    inverse: Values = cv2.bitwise_not(values)
    return inverse
