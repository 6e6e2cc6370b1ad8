from __future__ import annotations

import numpy as np
from hypothesis import given, settings

from cutaway.mask.invert import invert
from tests.mask.masks import Array, masks, top


def test_by_hand() -> None:
    assert invert(np.array([[0, 1, 128, 255]], np.uint8)).tolist() == [[255, 254, 127, 0]]
    assert invert(np.array([[0, 256, 65535]], np.uint16)).tolist() == [[65535, 65279, 0]]
    assert invert(np.array([[0, 0.25, 1]], np.float32)).tolist() == [[1, 0.75, 0]]


@settings(max_examples=60, deadline=None)
@given(masks())
def test_twice_is_the_same(mask: Array) -> None:
    again = invert(invert(mask))
    if mask.dtype.kind == "u":
        np.testing.assert_array_equal(again, mask)
    else:
        np.testing.assert_allclose(again, mask, atol=6e-8)


@settings(max_examples=60, deadline=None)
@given(masks())
def test_is_the_complement_of_every_pixel(mask: Array) -> None:
    out = invert(mask)
    for place, value in np.ndenumerate(mask):
        assert out[place] == np.dtype(mask.dtype).type(top(mask.dtype.name) - value)
