from __future__ import annotations

import itertools
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.cutout import TILE, Foreground
from cutaway.picture import ordered
from cutaway.picture.model import Picture
from cutaway.picture.rows import CutoutRows, MaskRows, convert, coverage, paste_foreground
from tests.picture.make import random_pixels


def slowly_pasted(color, foreground):
    done = color.copy()
    for (x0, y0), tile in zip(foreground.origins, foreground.pixels, strict=True):
        for y in range(TILE):
            for x in range(TILE):
                if y0 + y < done.shape[0] and x0 + x < done.shape[1]:
                    done[y0 + y, x0 + x] = tile[y, x]
    return done


def some_foreground(height, width, channels, dtype=np.uint8):
    spots = [(x, y) for y in range(0, height, TILE) for x in range(0, width, TILE) if (x + y) // TILE % 2 == 0]
    tiles = random_pixels((len(spots), TILE, TILE, channels), dtype, seed=9)
    return Foreground(np.array(spots, np.int32).reshape(-1, 2), tiles)


@pytest.mark.parametrize("rows", [1, 7, TILE, 500])
@pytest.mark.parametrize("channels", [1, 3])
def test_pasting_by_strips_agrees_with_the_slow_oracle(rows, channels):
    height, width = TILE + 60, 2 * TILE + 33
    color = random_pixels((height, width, channels), np.uint8)
    foreground = some_foreground(height, width, channels)
    done = color.copy()
    for start in range(0, height, rows):
        paste_foreground(done[start:start + rows], start, foreground)
    assert np.array_equal(done, slowly_pasted(color, foreground))


def test_pasting_nothing():
    color = random_pixels((4, 5, 3), np.uint8)
    done = color.copy()
    paste_foreground(done, 0, None)
    paste_foreground(done, 0, Foreground(np.empty((0, 2), np.int32), np.empty((0, TILE, TILE, 3), np.uint8)))
    beyond = Foreground(np.array([[TILE, 0], [0, TILE]], np.int32), np.zeros((2, TILE, TILE, 3), np.uint8))
    paste_foreground(done, 0, beyond)
    assert np.array_equal(done, color)


@given(
    st.sampled_from([np.uint8, np.uint16]), st.sampled_from([None, np.uint8, np.uint16]),
    st.sampled_from([np.uint8, np.uint16]), st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_coverage_is_the_rounded_product(mask_dtype, source_dtype, dtype, seed):
    mask = random_pixels((6, 7), mask_dtype, seed)
    pixels = random_pixels((6, 7, 2 if source_dtype else 1), source_dtype or np.uint8, seed + 1)
    found = coverage(Picture(pixels), mask, 1, 5, np.dtype(dtype))
    full = int(np.iinfo(dtype).max)
    for y in range(4):
        for x in range(7):
            above = int(mask[y + 1, x]) * full
            below = int(np.iinfo(mask_dtype).max)
            if source_dtype:
                above *= int(pixels[y + 1, x, 1])
                below *= int(np.iinfo(source_dtype).max)
            assert int(found[y, x]) == (2 * above + below) // (2 * below)  # exact in whole numbers


@pytest.mark.parametrize(("source", "dtype", "wanted"), [
    (np.uint16, np.uint8, [0, 128, 255]), (np.uint8, np.float32, [0.0, 128 / 255, 1.0]),
    (np.uint32, np.uint16, [0, 32896, 65535]),
])
def test_convert(source, dtype, wanted):
    full = np.iinfo(source).max
    values = np.array([0, round(128 / 255 * full), full], source)
    assert convert(values, np.dtype(dtype)).tolist() == pytest.approx(wanted)


def test_convert_survives_odd_floats():
    odd = np.array([np.nan, np.inf, -np.inf, 1e300, -1e300])
    assert convert(odd, np.dtype(np.uint8)).tolist() == [0, 255, 0, 255, 0]
    assert convert(odd, np.dtype(np.uint8), encode=True).tolist() == [0, 255, 0, 255, 0]
    assert convert(odd, np.dtype(np.float32)).tolist()[1:3] == [np.inf, -np.inf]


@given(st.integers(0, 20), st.integers(0, 20), st.sampled_from(["uint8", "uint16", "float32"]))
@settings(deadline=None, max_examples=30)
def test_a_strip_is_part_of_the_whole(start, size, dtype):
    picture = Picture(random_pixels((20, 9, 4), dtype))
    mask = random_pixels((20, 9), np.uint8)
    stop = min(20, start + size)
    start = min(start, stop)
    for rows in (CutoutRows(picture, mask, some_foreground(20, 9, 3, dtype), dtype), MaskRows(picture, mask, np.uint8)):
        part = rows.strip(start, stop)
        assert part.shape == (stop - start, rows.width, rows.channels)
        assert np.array_equal(part, rows.strip(0, 20)[start:stop])


def test_the_picture_is_not_changed():
    pixels = random_pixels((20, 9, 3), np.uint8)
    pixels.setflags(write=False)
    mask = np.full((20, 9), 255, np.uint8)
    for dtype in (np.uint8, np.uint16):
        strip = CutoutRows(Picture(pixels), mask, some_foreground(20, 9, 3), dtype).strip(0, 20)
        assert strip.flags.writeable


@pytest.mark.parametrize(("height", "row_bytes"), [(1, 1), (10, 1 << 21), (100, 1 << 16), (33, 1 << 19)])
def test_strips_cover_every_row_in_order(height, row_bytes):
    spans = list(ordered.strips(height, row_bytes, lambda start, stop: (start, stop)))
    assert spans[0][0] == 0 and spans[-1][1] == height
    assert all(before[1] == after[0] and before[0] < before[1] for before, after in itertools.pairwise(spans))


def test_only_a_few_strips_are_ahead():
    before, begun = set(threading.enumerate()), []
    found = ordered.strips(1000, 1 << 20, lambda start, _stop: begun.append(start))
    next(found)
    assert len(begun) <= ordered.MOST_THREADS + 3
    found.close()
    assert set(threading.enumerate()) == before
