"""Samples in Krita's order and in ours."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

KINDS = [("U8", "|u1", True), ("U16", "<u2", True), ("F16", "<f2", False), ("F32", "<f4", False)]
SRGB = "sRGB-elle-V2-srgbtrc.icc"


@pytest.fixture
def pixels(adapter: Callable[[str], Any]) -> Any:
    return adapter("pixels")


def samples(dtype: str, count: int) -> np.ndarray:
    return (np.arange(count * 4) * 37 % 251).astype(dtype).reshape(count, 4)


@pytest.mark.parametrize(("depth", "dtype", "turned"), KINDS)
def test_the_order_of_channels(pixels: Any, depth: str, dtype: str, turned: bool) -> None:
    kind = pixels.kind_of("RGBA", depth, SRGB)
    assert (kind.dtype, kind.turned, kind.transfer) == (dtype, turned, "nonlinear")
    theirs = samples(dtype, 9)
    ours = np.frombuffer(pixels.reordered(theirs.tobytes(), kind), dtype).reshape(9, 4)
    np.testing.assert_array_equal(ours, theirs[:, [2, 1, 0, 3]] if turned else theirs)
    assert pixels.reordered(pixels.reordered(theirs.tobytes(), kind), kind) == theirs.tobytes()


@pytest.mark.parametrize(("depth", "dtype", "turned"), KINDS)
def test_colours_are_replaced_and_alpha_stays(pixels: Any, depth: str, dtype: str, turned: bool) -> None:
    kind = pixels.kind_of("RGBA", depth, SRGB)
    theirs, tile = samples(dtype, 6), (np.arange(18) + 100).astype(dtype).reshape(6, 3)
    got = np.frombuffer(pixels.with_colours(theirs.tobytes(), tile.tobytes(), kind), dtype).reshape(6, 4)
    np.testing.assert_array_equal(got[:, 3], theirs[:, 3])
    np.testing.assert_array_equal(got[:, :3], tile[:, ::-1] if turned else tile)


@pytest.mark.parametrize(("name", "said"), [
    (SRGB, "nonlinear"), ("sRGB-elle-V2-g10.icc", "linear"), ("sRGB built-in", "nonlinear"),
    ("sRGB IEC61966-2.1", "nonlinear"), ("sRGB-elle-V4-g10.icc", "linear"), ("scRGB (linear)", "linear"),
    ("sRGB-elle-V2-labl.icc", None), ("sRGB-elle-V2-g22.icc", None), ("ClayRGB-elle-V2-g22.icc", None),
    ("AdobeRGB1998", None), ("", None), ("my sRGB", None)])
def test_only_profiles_known_for_certain_are_known(pixels: Any, name: str, said: str | None) -> None:
    assert pixels.transfer_of(name) == said
    assert (pixels.kind_of("RGBA", "U8", name) is None) == (said is None)


@pytest.mark.parametrize(("model", "depth"), [("GRAYA", "U8"), ("CMYKA", "U8"), ("LABA", "U16"), ("RGBA", "U32")])
def test_other_kinds_are_none(pixels: Any, model: str, depth: str) -> None:
    assert pixels.kind_of(model, depth, SRGB) is None


def test_every_16_bit_value_is_rounded(pixels: Any) -> None:
    values = np.arange(65536, dtype="<u2")
    got = np.frombuffer(pixels.to_8_bits(values.tobytes()), np.uint8)
    np.testing.assert_array_equal(got, np.rint(values / 257).astype(np.uint8))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(values=st.lists(st.integers(0, 65535), max_size=40))
def test_neighbours_do_not_touch_each_other(pixels: Any, values: list[int]) -> None:
    data = np.array(values, "<u2").tobytes()
    assert list(pixels.to_8_bits(data)) == [round(value / 257) for value in values]


def test_the_product_of_two_masks(pixels: Any) -> None:
    one, two = (np.array(values, np.uint8) for values in ([0, 255, 128, 7, 255], [255, 255, 128, 0, 3]))
    assert list(pixels.multiplied(one.tobytes(), two.tobytes())) == [0, 255, 64, 0, 3]
    every = np.arange(256, dtype=np.uint8)
    for value in (0, 1, 127, 128, 254, 255):
        got = np.frombuffer(pixels.multiplied(every.tobytes(), bytes([value]) * 256), np.uint8)
        np.testing.assert_array_equal(got, np.floor(every * (value / 255) + 0.5))
