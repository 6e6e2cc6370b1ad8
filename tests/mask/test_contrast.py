from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.mask.contrast import contrast
from cutaway.mask.invert import invert
from cutaway.mask.threshold import threshold
from tests.mask.masks import DTYPES, Array, masks, parts, top

percents = st.floats(0, 100)


def test_by_hand() -> None:
    """At 50 % the quarters become the ends, and a twentieth beside the middle becomes a tenth."""
    mask = np.array([[0, 0.2, 0.25, 0.45, 0.5, 0.55, 0.75, 1]], np.float32)
    np.testing.assert_allclose(contrast(mask, 50), [[0, 0, 0, 0.4, 0.5, 0.6, 1, 1]], atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(masks(), percents)
def test_keeps_order_sides_and_duality(mask: Array, percent: float) -> None:
    out = contrast(mask, percent)
    order = np.argsort(mask, axis=None)
    assert (np.diff(out.reshape(-1)[order].astype(np.float64)) >= 0).all()
    half = top(mask.dtype.name) / 2
    assert (out[mask > half] >= mask[mask > half] - 1e-6).all() and (out[mask < half] <= mask[mask < half] + 1e-6).all()
    if mask.dtype.kind == "u":
        np.testing.assert_array_equal(contrast(invert(mask), percent), invert(out))


@settings(max_examples=60, deadline=None)
@given(masks(), st.floats(0, 99))
def test_is_the_formula(mask: Array, percent: float) -> None:
    for value, got in zip(parts(mask).flat, parts(contrast(mask, percent)).flat, strict=True):
        exact = min(1.0, max(0.0, (value - 0.5) / (1 - percent / 100) + 0.5))
        assert got == pytest.approx(exact, abs=0.51 / top(mask.dtype.name) if mask.dtype.kind == "u" else 2e-5)


@pytest.mark.parametrize("dtype", DTYPES)
def test_all_of_it_is_the_threshold_at_one_half(dtype: str) -> None:
    mask = (np.linspace(0, 1, 300)[None] * top(dtype)).astype(dtype)
    np.testing.assert_array_equal(contrast(mask, 100), threshold(mask, 0.5))
    assert (contrast(mask, 99.999999) == contrast(mask, 100)).mean() > 0.99
