"""What a picture costs."""

from __future__ import annotations

import math
from typing import Final

PIXELS_PER_CREDIT: Final = 24_000_000


def price(width: int, height: int) -> int:
    """Credits for a result of this size in pixels: max(1, ceil(megapixels / 24)).

    The rule is ours; it gives all ten prices of Topaz's table.

    >>> [price(1000 * megapixels, 1000) for megapixels in (1, 24, 32, 48, 50, 100)]
    [1, 1, 2, 2, 3, 5]
    """
    return max(1, math.ceil(width * height / PIXELS_PER_CREDIT))
