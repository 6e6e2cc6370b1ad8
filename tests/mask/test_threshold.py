from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.mask.threshold import threshold
from tests.mask.masks import DTYPES, Array, masks, top


def test_by_hand() -> None:
    mask = np.array([[0, 50, 51, 52, 255]], np.uint8)
    assert threshold(mask, 0.2).tolist() == [[0, 0, 255, 255, 255]]
    assert threshold(mask, 0.0).tolist() == [[255] * 5]
    assert threshold(mask, 1.0).tolist() == [[0, 0, 0, 0, 255]]


@settings(max_examples=60, deadline=None)
@given(masks(), st.floats(0, 1), st.floats(0, 1))
def test_two_values_fewer_with_the_level_and_the_same_when_done_again(mask: Array, one: float, two: float) -> None:
    low, high = sorted((one, two))
    out = threshold(mask, low)
    assert set(np.unique(out)) <= {0, top(mask.dtype.name)}
    assert (threshold(mask, high) <= out).all()
    if low > 0:
        np.testing.assert_array_equal(threshold(out, 0.5), out)


@settings(max_examples=60, deadline=None)
@given(masks(), st.integers(0, 100))
def test_is_the_comparison(mask: Array, hundredths: int) -> None:
    """In whole numbers where the type has them: 100 v >= level * largest."""
    level = hundredths / 100
    for value, got in zip(mask.flat, threshold(mask, level).flat, strict=True):
        if mask.dtype.kind == "u":
            expected = 100 * int(value) >= hundredths * int(top(mask.dtype.name))
        else:
            expected = bool(value >= np.float32(level))
        assert bool(got) is expected


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_value_of_a_type_is_its_own_level(dtype: str) -> None:
    ramp = np.arange(256, dtype=np.float64)[None] / 255
    mask = (ramp * top(dtype)).astype(np.float32 if dtype == "float32" else np.int64).astype(dtype)
    for index in (1, 51, 102, 127, 128, 200, 255):
        out = threshold(mask, index / 255)
        assert out[0, index] == top(dtype) and out[0, index - 1] == 0
