from __future__ import annotations

import numpy as np
import pytest

from cutaway.errors import InputError, SettingsInvalid
from cutaway.mask.values import amount, full, level_value, usable
from tests.mask.masks import DTYPES, top


@pytest.mark.parametrize("dtype", DTYPES)
def test_a_good_mask_is_not_copied(dtype: str) -> None:
    mask = np.zeros((3, 4), dtype)
    assert np.shares_memory(usable(mask), mask)
    assert full(mask) == top(dtype) and full(mask).dtype == mask.dtype


def test_infinity_counts_as_the_end_and_nan_is_an_error() -> None:
    mask = np.array([[-np.inf, 0.25, np.inf]], np.float32)
    assert usable(mask).tolist() == [[0, 0.25, 1]]
    mask[0, 1] = np.nan
    with pytest.raises(InputError, match="NaN"):
        usable(mask)


def test_level_is_rounded_up_to_a_value_of_the_type() -> None:
    mask = np.zeros((1, 1), np.uint8)
    assert [int(level_value(mask, level)) for level in (0, 1e-3, 0.2, 0.5, 0.999, 1)] == [0, 1, 51, 128, 255, 255]
    assert level_value(mask, 6 * 0.1) == 153
    assert level_value(mask.astype(np.uint16), 0.5) == 32768
    assert level_value(mask.astype(np.float32), 0.5) == 0.5


def test_amount_says_the_range() -> None:
    assert amount("size", 3, 0, 10) == 3.0
    assert amount("size", np.float32(0.5)) == 0.5
    for value, low, high, words in ((11, 0, 10, "at least 0 and at most 10"), (-1, 0, np.inf, "at least 0"),
                                    (np.nan, -np.inf, np.inf, "a finite number"), (None, 0, 1, "at most 1")):
        with pytest.raises(SettingsInvalid) as caught:
            amount("size", value, low, high)
        assert words in caught.value.hint and repr(value) in caught.value.message
