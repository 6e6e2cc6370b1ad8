"""What is written can be read again as it was."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from cutaway.picture.model import Picture
from cutaway.picture.read import read
from cutaway.picture.write import write
from tests.picture import profiles
from tests.picture.make import exif_block, png_of, random_pixels, turned

SIDES = st.integers(1, 9)


def opaque(pixels):
    return np.full(pixels.shape[:2], 255, np.uint8)


@given(
    arrays.arrays(st.sampled_from([np.uint8, np.uint16]), st.tuples(SIDES, SIDES, st.sampled_from([2, 4]))),
    st.sampled_from([".png", ".tif"]), st.sampled_from([None, (300.0, 300.0), (72.0, 96.0)]), st.booleans())
@settings(max_examples=80, deadline=None)
def test_pictures_with_alpha(pixels, ending, resolution, with_profile):
    icc = None
    if with_profile:
        icc = profiles.gray() if pixels.shape[2] == 2 else profiles.rgb()
    picture = Picture(pixels, icc=icc, resolution=resolution)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("a" + ending)
        write(path, picture, opaque(pixels), None)
        found, notes = read(path)
    assert found.pixels.dtype == pixels.dtype
    assert np.array_equal(found.pixels, pixels)
    assert (found.icc, found.resolution, notes) == (icc, resolution, ())


@given(arrays.arrays(np.uint8, st.tuples(SIDES, SIDES, st.just(4))))
@settings(max_examples=30, deadline=None)
def test_webp(pixels):
    pixels[0, 0, 3] = 7  # where nothing is transparent WebP drops the alpha channel
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "a.webp", Picture(pixels, icc=profiles.rgb()), opaque(pixels), None)
        found, _ = read(Path(folder) / "a.webp")
    assert np.array_equal(found.pixels, pixels)
    assert found.icc == profiles.rgb()


@given(arrays.arrays(np.float32, st.tuples(SIDES, SIDES, st.sampled_from([1, 3])), elements=st.floats(width=32)))
@settings(max_examples=30, deadline=None)
def test_floats(pixels):
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "a.tif", Picture(pixels), opaque(pixels), None)
        found, _ = read(Path(folder) / "a.tif")
    assert np.array_equal(found.color, pixels, equal_nan=True)
    assert (found.alpha == 1.0).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("ending", [".png", ".tif", ".webp"])
def test_an_oriented_file_is_upright_for_good(tmp_path, orientation, ending):
    stored = random_pixels((6, 9, 3), np.uint8)
    source = tmp_path / "source.png"
    source.write_bytes(png_of(stored))
    with Image.open(source) as image:
        block = exif_block(orientation=orientation, resolution=(300, 150))
        image.save(tmp_path / "turned.png", exif=b"Exif\0\0" + block)
    picture, _ = read(tmp_path / "turned.png")
    assert picture.orientation == orientation
    target = tmp_path / ("a" + ending)
    write(target, picture, np.full(picture.pixels.shape[:2], 200, np.uint8), None)
    found, _ = read(target)
    assert np.array_equal(found.color, turned(stored, orientation))
    assert found.orientation == 1  # not turned a second time
    assert (found.alpha == 200).all()
    if ending != ".webp":
        assert found.resolution == ((150, 300) if orientation >= 5 else (300, 150))


@pytest.mark.parametrize("ending", [".png", ".tif", ".webp"])
def test_twice_is_as_once(tmp_path, ending):
    """Reading and writing again loses nothing, and adds nothing either."""
    picture = Picture(
        random_pixels((8, 9, 4), np.uint8), icc=profiles.rgb(), resolution=(300.0, 300.0),
        exif=exif_block(orientation=1, resolution=(300, 300)))
    once, twice = tmp_path / ("a" + ending), tmp_path / ("b" + ending)
    write(once, picture, opaque(picture.pixels), None)
    write(twice, read(once)[0], opaque(picture.pixels), None)
    assert np.array_equal(read(twice)[0].pixels, picture.pixels)
    assert abs(once.stat().st_size - twice.stat().st_size) <= 64
