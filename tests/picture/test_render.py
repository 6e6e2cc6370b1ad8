from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cutaway.picture import render as rendering
from cutaway.picture.model import DTYPES, Picture, full_scale
from cutaway.picture.render import BACKDROP, guide, render, srgb_curve
from tests.picture import profiles
from tests.picture.make import random_pixels

SIZES = st.integers(1, 12)


def curve(light):
    """IEC 61966-2-1, one number."""
    light = min(1.0, max(0.0, light))
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def overlap(a0, a1, b0, b1):
    return max(0.0, min(a1, b1) - max(a0, b0))


def slowly(picture, size):
    """The oracle: every source pixel weighed by the area that it shares with the result's, one by one."""
    height, width, channels = picture.pixels.shape
    wide, high = size
    full = full_scale(picture.pixels.dtype)
    done = np.zeros((high, wide, 3))
    for r in range(high):
        for c in range(wide):
            colors, cover, area = [0.0] * 3, 0.0, 0.0
            for y in range(height):
                for x in range(width):
                    share = overlap(r * height / high, (r + 1) * height / high, y, y + 1)
                    share *= overlap(c * width / wide, (c + 1) * width / wide, x, x + 1)
                    pixel = [float(value) / full for value in picture.pixels[y, x]]
                    pixel = [0.0 if value != value else min(1.0, max(0.0, value)) for value in pixel]
                    alpha = pixel.pop() if channels in (2, 4) else 1.0
                    pixel = pixel * 3 if len(pixel) == 1 else pixel
                    colors = [sum_ + share * alpha * value for sum_, value in zip(colors, pixel, strict=True)]
                    cover += share * alpha
                    area += share
            straight = [value / cover if cover else 0.0 for value in colors]
            encoded = [curve(value) if picture.transfer == "linear" else value for value in straight]
            alpha = cover / area
            done[r, c] = [255 * value * alpha + BACKDROP * (1 - alpha) for value in encoded]
    return done


@pytest.mark.parametrize("transfer", ["nonlinear", "linear"])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", DTYPES)
def test_agrees_with_the_slow_oracle(dtype, channels, transfer):
    picture = Picture(random_pixels((5, 6, channels), dtype), transfer=transfer)
    for size in ((6, 5), (4, 3), (1, 1), (6, 2)):
        assert np.abs(render(picture, size=size) - slowly(picture, size)).max() <= 1.01


@given(
    arrays.arrays(np.float32, st.tuples(SIZES, SIZES, st.integers(1, 4)), elements=st.floats(width=32)),
    SIZES, SIZES)
@settings(max_examples=60, deadline=None)
def test_any_float_gives_bytes(pixels, wide, high):
    """NaN, infinities and high dynamic range included, and without a warning."""
    shown = render(Picture(pixels), size=(wide, high))
    assert shown.shape == (high, wide, 3)
    assert shown.dtype == np.uint8


@given(
    arrays.arrays(st.sampled_from([np.uint8, np.uint16]), st.tuples(SIZES, SIZES, st.sampled_from([1, 3]))),
    SIZES, SIZES)
@settings(max_examples=60, deadline=None)
def test_stays_between_the_darkest_and_the_brightest(pixels, wide, high):
    shown = render(Picture(pixels), size=(wide, high)).astype(int)
    scale = 255 / full_scale(pixels.dtype)
    assert shown.min() >= np.floor(pixels.min() * scale)
    assert shown.max() <= np.ceil(pixels.max() * scale)


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_a_box_is_the_picture_cut_out(data):
    pixels = random_pixels((11, 13, data.draw(st.integers(1, 4))), data.draw(st.sampled_from(DTYPES)))
    x, y = data.draw(st.integers(0, 12)), data.draw(st.integers(0, 10))
    width, height = data.draw(st.integers(1, 13 - x)), data.draw(st.integers(1, 11 - y))
    cut = Picture(np.ascontiguousarray(pixels[y:y + height, x:x + width]))
    size = data.draw(st.sampled_from([None, (3, 4), (20, 1)]))
    assert np.array_equal(render(Picture(pixels), (x, y, width, height), size), render(cut, size=size))


@pytest.mark.parametrize("size", [(50, 40), (17, 40), (50, 13), (9, 11), (1, 1)])
@pytest.mark.parametrize("channels", [1, 4])
def test_strips_do_not_show(monkeypatch, channels, size):
    picture = Picture(random_pixels((40, 50, channels), np.uint16))
    whole = render(picture, size=size)
    monkeypatch.setattr(rendering, "STRIP_VALUES", 100)
    assert np.abs(render(picture, size=size).astype(int) - whole).max() <= 1  # sums in another order


def test_halving_first_stays_near_the_exact_average():
    picture = Picture(random_pixels((20, 50, 3), np.uint8))
    near = render(picture, size=(4, 3))
    assert np.abs(near - slowly(picture, (4, 3))).max() <= 8  # noise is the worst there is
    ramp = Picture(np.repeat(np.linspace(0, 255, 50).astype(np.uint8)[None, :, None], 20, axis=0))
    assert np.abs(render(ramp, size=(4, 3)) - slowly(ramp, (4, 3))).max() <= 1.5


def test_odd_sides_are_not_halved():
    picture = Picture(random_pixels((21, 27, 3), np.uint8))
    assert np.abs(render(picture, size=(4, 3)) - slowly(picture, (4, 3))).max() <= 1.01


def test_enlarges_bilinearly():
    picture = Picture(np.array([[[0], [200]]], np.uint8))
    assert render(picture, size=(4, 1))[0, :, 0].tolist() == [0, 50, 150, 200]


def test_the_curve_is_the_standards():
    light = np.linspace(0, 1, 1001, dtype=np.float32)
    assert np.abs(srgb_curve(light) - [curve(float(value)) for value in light]).max() < 1e-6
    assert srgb_curve(np.array([-1.0, 2.0], np.float32)) == pytest.approx([0.0, 1.0], abs=1e-6)


def test_every_16_bit_gray_rounds_to_the_nearest_byte():
    values = np.arange(65536, dtype=np.uint16).reshape(256, 256, 1)
    assert np.array_equal(render(Picture(values))[..., 0], (values[..., 0].astype(int) * 255 + 32767) // 65535)


def test_transparent_pixels_show_the_backdrop_and_do_not_bleed():
    pixels = np.array([[[255, 0, 0, 255], [0, 255, 0, 0]]], np.uint8)
    assert render(Picture(pixels)).tolist() == [[[255, 0, 0], [128, 128, 128]]]
    assert render(Picture(pixels), size=(1, 1)).tolist() == [[[192, 64, 64]]]


def test_odd_floats():
    values = np.array([[np.nan, np.inf, -np.inf, -3.0, 7.0, 0.5]], np.float32)[..., None]
    assert render(Picture(values))[0, :, 0].tolist() == [0, 255, 0, 0, 255, 128]
    huge = np.array([[1e300, -1e300]])[..., None]
    assert render(Picture(huge))[0, :, 0].tolist() == [255, 0]
    assert render(Picture(values[:, 1:3]), size=(1, 1))[0, 0, 0] == 128  # clipped before it is averaged


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_a_profile_is_applied(dtype):
    values = random_pixels((16, 16, 3), np.uint8)
    pixels = (values / 255 * full_scale(np.dtype(dtype))).astype(dtype)
    shown = render(Picture(pixels, icc=profiles.rgb()))
    assert np.abs(shown.astype(int) - profiles.seen(values / 255, profiles.ADOBE, 2.19921875)).max() <= 3
    assert np.abs(shown.astype(int) - values).max() > 20  # it did something


def test_a_gray_profile_is_applied():
    values = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    shown = render(Picture(values, icc=profiles.gray(1.8)))
    wanted = [[round(255 * curve((int(v) / 255) ** 1.8)) for v in row] for row in values[..., 0]]
    assert np.abs(shown[..., 0].astype(int) - wanted).max() <= 2
    assert np.array_equal(shown[..., 0], shown[..., 2])


def test_a_gray_picture_with_an_rgb_profile():
    values = np.arange(256, dtype=np.uint8).reshape(16, 16, 1)
    shown = render(Picture(values, icc=profiles.rgb(profiles.SRGB, 1.8)))
    wanted = profiles.seen(np.repeat(values, 3, axis=2) / 255, profiles.SRGB, 1.8)
    assert np.abs(shown.astype(int) - wanted).max() <= 3


def test_linear_light_takes_the_profiles_primaries_and_no_second_curve():
    light = random_pixels((12, 12, 3), np.float32)
    for gamma in (1.0, 2.2):
        shown = render(Picture(light, transfer="linear", icc=profiles.rgb(profiles.ADOBE, gamma)))
        assert np.abs(shown.astype(int) - profiles.seen(light, profiles.ADOBE, 1.0)).max() <= 1
    dark = np.full((1, 1, 3), 0.0005, np.float32)  # 8 bits of linear light would lose it
    assert render(Picture(dark, transfer="linear", icc=profiles.rgb(profiles.SRGB, 1.0)))[0, 0].tolist() == [2, 2, 2]


@pytest.mark.parametrize("icc", [b"junk", b"", bytes(200), profiles.rgb()[:150], profiles.gray(), b"\xff" * 300])
def test_a_broken_or_unfitting_profile_is_ignored(icc):
    pixels = random_pixels((5, 5, 3), np.uint8)
    for transfer in ("nonlinear", "linear"):
        plain = render(Picture(pixels, transfer=transfer))
        assert np.array_equal(render(Picture(pixels, transfer=transfer, icc=icc)), plain)


def test_a_profile_is_applied_by_strips_too(monkeypatch):
    picture = Picture(random_pixels((40, 30, 3), np.uint8), icc=profiles.rgb())
    whole = render(picture)
    monkeypatch.setattr("cutaway.picture.profile.STRIP_PIXELS", 64)
    assert np.array_equal(render(picture), whole)


@pytest.mark.parametrize("box", [(-1, 0, 2, 2), (0, 0, 5, 2), (0, 3, 1, 2), (0, 0, 0, 1), (1, 1, 1, 0)])
def test_a_box_must_lie_inside(box):
    with pytest.raises(ValueError, match="not inside"):
        render(Picture(np.zeros((4, 4, 1), np.uint8)), box)


def test_a_size_must_be_one():
    with pytest.raises(ValueError, match="0 x 3"):
        render(Picture(np.zeros((4, 4, 1), np.uint8)), size=(0, 3))


def test_the_result_is_the_callers_own():
    pixels = np.zeros((4, 4, 3), np.uint8)
    shown = render(Picture(pixels))
    shown[:] = 9
    assert pixels.max() == 0


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_reads_memory_mapped_pixels(tmp_path, dtype):
    pixels = random_pixels((30, 20, 3), dtype)
    np.save(tmp_path / "p.npy", pixels)
    mapped = np.load(tmp_path / "p.npy", mmap_mode="r")
    for size in (None, (5, 5)):
        assert np.array_equal(render(Picture(mapped), size=size), render(Picture(pixels), size=size))


@pytest.mark.parametrize(("dtype", "channels"), [("uint8", 3), ("uint16", 3), ("uint8", 4), ("float64", 4)])
def test_memory_stays_small(dtype, channels):
    picture = Picture(np.zeros((1501, 2001, channels), dtype))
    tracemalloc.start()
    try:
        render(picture, size=(320, 320))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 16e6  # as floats, each of these pictures has 36 MB or more


# What edges are looked for in

@pytest.mark.parametrize("size", [None, (7, 5), (90, 70)])
def test_the_guide_of_bytes_is_what_is_shown(size):
    shown = Picture(np.random.default_rng(1).integers(0, 256, (40, 60, 4)).astype(np.uint8))
    assert np.array_equal(guide(shown, None, size), render(shown, None, size))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint16, np.uint32, np.float16, np.float32, np.float64])
@pytest.mark.parametrize("transfer", ["nonlinear", "linear"])
@pytest.mark.parametrize("size", [None, (7, 5), (90, 70)])
def test_the_guide_of_deep_pictures_is_the_same_unrounded(channels, dtype, transfer, size):
    scale = np.iinfo(dtype).max if np.dtype(dtype).kind == "u" else 1
    pixels = (np.random.default_rng(1).random((40, 60, channels)) * scale).astype(dtype)
    found = guide(Picture(pixels, transfer), (3, 4, 50, 30), size)
    assert found.dtype == np.float32 and found.min() >= 0 and found.max() <= 1
    assert np.abs(found * 255 - render(Picture(pixels, transfer), (3, 4, 50, 30), size)).max() < 1.6
    assert np.abs(found * 255 - np.rint(found * 255)).max() > 0.3
