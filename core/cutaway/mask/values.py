"""What every mask operation accepts, checked in one place.

A mask is an array (H, W) of uint8, uint16 (0 to the type's largest value) or float32 (0..1); the largest value keeps a
pixel, 0 removes it. Read-only arrays, views with any strides and memory-mapped files are all right.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import InputError, PictureEmpty, SettingsInvalid
from cutaway.picture.model import full_scale

Values = NDArray[Any]

DTYPES: Final = ("uint8", "uint16", "float32")


def usable(mask: Values) -> Values:
    """``mask`` as a plain array in C order, to be read and never written: the same memory where that will do.

    float32 outside 0..1 counts as the nearer of the two (resampling overshoots a little); NaN is an error, since it
    says that something went wrong before.

    Raises InputError for another type of sample, another number of axes or NaN; PictureEmpty where there is no pixel.
    """
    values: Values = np.asarray(mask)
    if values.ndim != 2:
        raise InputError(
            f"A mask has rows and columns; this array is {values.shape}.", "Pass an array of shape (height, width).")
    if values.dtype.name not in DTYPES or not values.dtype.isnative:
        raise InputError(
            f"A mask of type {values.dtype.str} is not supported.", "Convert it to one of: " + ", ".join(DTYPES) + ".")
    if values.size == 0:
        raise PictureEmpty("The mask has no pixels.", "Choose a layer or a file with something in it.")
    values = np.ascontiguousarray(values)
    if values.dtype.kind == "f":
        low, high = float(values.min()), float(values.max())
        if math.isnan(low):
            raise InputError(
                "The mask has values that are not numbers (NaN).", "Make it again, or replace them by np.nan_to_num.")
        if low < 0.0 or high > 1.0:
            values = np.clip(values, np.float32(0), np.float32(1))
    return values


def amount(name: str, value: float, low: float = -math.inf, high: float = math.inf) -> float:
    """``value`` as a float in [low, high]. Raises SettingsInvalid where it is not finite or outside."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number) or not low <= number <= high:
        bounds = " and ".join(
            word for word in (f"at least {low:g}" * (low > -math.inf), f"at most {high:g}" * (high < math.inf)) if word)
        raise SettingsInvalid(f"{name} cannot be {value!r}.", f"It is a finite number{', ' * bool(bounds)}{bounds}.")
    return number


def full(values: Values) -> Any:
    """The value that keeps a pixel entirely, as a scalar of the array's own type."""
    return values.dtype.type(full_scale(values.dtype))


def level_value(values: Values, level: float) -> Any:
    """The smallest value of the array's type that is at least ``level`` (0..1), as a scalar of that type.

    >>> level_value(np.zeros((1, 1), np.uint8), 0.5), level_value(np.zeros((1, 1), np.uint16), 0.5)
    (np.uint8(128), np.uint16(32768))
    """
    scale = full_scale(values.dtype)
    if values.dtype.kind == "f":
        return values.dtype.type(level)
    # 6 * 0.1 * 255 is 153.00000000000003: a level that means a whole value must stay it.
    return values.dtype.type(math.ceil(level * scale - 1e-6))
