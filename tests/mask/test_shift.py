from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.mask import disk
from cutaway.mask.invert import invert
from cutaway.mask.shift import shift
from tests.mask.masks import DTYPES, Array, blobs, masks, of_type, parts, top
from tests.mask.oracles import disk_extreme

radii = st.one_of(st.integers(0, 12), st.floats(0, 40, allow_nan=False), st.sampled_from([0.5, 1.0, 2.5, 1e9]))


def test_a_dot_becomes_the_disk() -> None:
    dot = np.zeros((7, 7), np.uint8)
    dot[3, 3] = 255
    expected = [
        [0, 0, 0, 0, 0, 0, 0],
        [0, 0, 0, 1, 0, 0, 0],
        [0, 0, 1, 1, 1, 0, 0],
        [0, 1, 1, 1, 1, 1, 0],
        [0, 0, 1, 1, 1, 0, 0],
        [0, 0, 0, 1, 0, 0, 0],
        [0, 0, 0, 0, 0, 0, 0],
    ]
    np.testing.assert_array_equal(shift(dot, 2), np.array(expected) * 255)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("pixels", [0.25, 0.5, 1.0, 1.75, 3.4, 7.0])
def test_a_soft_edge_moves_by_the_distance_and_keeps_its_profile(dtype: str, pixels: float) -> None:
    def profile(at: Array) -> Array:  # a ramp of 5 pixels, its middle at 20
        return np.interp(at, [17.5, 22.5], [1.0, 0.0])

    columns = np.arange(41.0)
    edge = of_type(np.tile(profile(columns), (9, 1)), dtype)
    whole, part = divmod(pixels, 1)
    moved = (1 - part) * profile(columns - whole) + part * profile(columns - whole - 1)
    np.testing.assert_allclose(parts(shift(edge, pixels)), np.tile(moved, (9, 1)), atol=1.01 / min(top(dtype), 65535)
                               if dtype != "float32" else 1e-6)


def test_a_large_round_subject_grows_by_the_radius() -> None:
    ys, xs = np.mgrid[:161, :161]
    distance = np.hypot(ys - 80, xs - 80)
    subject = of_type((40.5 - distance).clip(0, 1), "uint8")
    for pixels in (10.0, 10.5, -10.0, -10.5):
        area = shift(subject, pixels).sum() / 255
        expected = np.pi * (40 + pixels) ** 2
        half_a_pixel_of_outline = np.pi * (40 + pixels)
        assert abs(area - expected) < half_a_pixel_of_outline


def test_a_subject_at_the_border_is_not_eaten() -> None:
    mask = np.zeros((30, 30), np.uint8)
    mask[:, :15] = 255
    out = shift(mask, -4)
    assert (out[:, :11] == 255).all() and (out[:, 11:] == 0).all()


@settings(max_examples=80, deadline=None)
@given(masks(), radii)
def test_order_and_duality(mask: Array, radius: float) -> None:
    larger, smaller = shift(mask, radius), shift(mask, -radius)
    assert (larger >= mask).all() and (smaller <= mask).all()
    assert larger.max() == mask.max() and smaller.min() == mask.min()
    mirrored = invert(shift(invert(mask), radius))
    if mask.dtype.kind == "u":
        np.testing.assert_array_equal(smaller, mirrored)
    else:
        np.testing.assert_allclose(smaller, mirrored, atol=2e-7)


@settings(max_examples=60, deadline=None)
@given(masks(), radii, radii)
def test_grows_with_the_radius(mask: Array, one: float, two: float) -> None:
    near, far = sorted((one, two))
    room = 0 if mask.dtype.kind == "u" else 1e-7
    assert (shift(mask, near) <= shift(mask, far).astype(np.float64) + room).all()


@settings(max_examples=60, deadline=None)
@given(masks(), radii, st.integers(0, 2**32 - 1))
def test_grows_with_the_mask(mask: Array, radius: float, seed: int) -> None:
    more = np.maximum(mask, np.random.default_rng(seed).permuted(mask, axis=0))
    room = 0 if mask.dtype.kind == "u" else 1e-7
    for pixels in (radius, -radius):
        assert (shift(mask, pixels) <= shift(more, pixels).astype(np.float64) + room).all()


@settings(max_examples=60, deadline=None)
@given(masks(12), st.floats(0, 5), st.integers(0, 9), st.integers(0, 9), st.booleans())
def test_moves_with_the_picture(mask: Array, radius: float, down: int, right: int, expand: bool) -> None:
    """The subject far from the border gives the same wherever it stands: 6 pixels around it are enough for radius 5."""
    def placed(y: int, x: int) -> Array:
        canvas = np.zeros((40, 40), mask.dtype)
        canvas[y:y + mask.shape[0], x:x + mask.shape[1]] = mask
        return shift(canvas, radius if expand else -radius)

    moved = np.roll(placed(8, 8), (down, right), axis=(0, 1))
    np.testing.assert_array_equal(placed(8 + down, 8 + right), moved)


@settings(max_examples=60, deadline=None)
@given(masks(), radii)
def test_symmetric_in_every_direction(mask: Array, radius: float) -> None:
    out = shift(mask, radius)
    np.testing.assert_array_equal(shift(mask.T, radius), out.T)
    np.testing.assert_array_equal(shift(mask[::-1], radius), out[::-1])
    np.testing.assert_array_equal(shift(mask[:, ::-1], radius), out[:, ::-1])


@settings(max_examples=60, deadline=None)
@given(masks(20), st.integers(0, 30), st.booleans())
def test_equals_the_brute_force_disk(mask: Array, radius: int, expand: bool) -> None:
    np.testing.assert_array_equal(shift(mask, radius if expand else -radius), disk_extreme(mask, radius, expand))


@settings(max_examples=40, deadline=None)
@given(masks(16), st.integers(0, 20), st.floats(0.01, 0.99), st.booleans())
def test_goes_linearly_between_whole_radii(mask: Array, whole: int, part: float, expand: bool) -> None:
    low, high = (parts(disk_extreme(mask, radius, expand)) for radius in (whole, whole + 1))
    out = parts(shift(mask, (whole + part) * (1 if expand else -1)))
    step = 0.5 / top(mask.dtype.name) if mask.dtype.kind == "u" else 0
    np.testing.assert_allclose(out, low + (high - low) * part, atol=step + 1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("radius", [3, 16, 23, 40, 300])
def test_tiles_and_blocks_do_not_show(dtype: str, radius: int) -> None:
    """A picture of many tiles, with solid, empty, soft and noisy parts, against the dense computation in one piece."""
    shape = (310, 1200)
    picture = blobs(*shape, seed=radius)
    picture[:40, -200:] = np.random.default_rng(1).random((40, 200))
    mask = of_type(picture, dtype)
    for expand in (True, False):
        reach = (min(radius, shape[0] - 1), min(radius, shape[1] - 1))
        wide = np.pad(mask, [(reach[0],) * 2, (reach[1],) * 2], mode="edge")
        pick = disk.cv2.max if expand else disk.cv2.min
        whole = disk.extreme(wide, reach, shape, radius, pick)
        np.testing.assert_array_equal(shift(mask, radius if expand else -radius), whole)
        for y, x in ((0, 0), (155, 600), (309, 1199), (20, 1100)):
            ys, xs = np.ogrid[:shape[0], :shape[1]]
            near = mask[(ys - y) ** 2 + (xs - x) ** 2 <= radius * radius]
            assert whole[y, x] == (near.max() if expand else near.min())
