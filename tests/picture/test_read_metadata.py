"""Orientation, profile, resolution and EXIF on the way in."""

from __future__ import annotations

import io

import numpy as np
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from cutaway.picture.orient import upright
from cutaway.picture.read import read
from tests.picture import profiles
from tests.picture.make import chunk, exif_block, png_of, random_pixels, smooth_pixels, turned


def put(tmp_path, data, name):
    path = tmp_path / name
    path.write_bytes(bytes(data))
    return path


@given(
    st.integers(1, 8), st.integers(1, 6), st.integers(1, 6), st.integers(1, 4),
    st.sampled_from(["uint8", "uint16", "uint32", "float16", "float32", "float64"]))
def test_upright_agrees_with_the_slow_oracle(orientation, height, width, channels, dtype):
    stored = random_pixels((height, width, channels), dtype)
    done = upright(stored, orientation)
    assert np.array_equal(done, turned(stored, orientation))
    assert done.flags.c_contiguous and done.dtype == stored.dtype


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_orientation_is_applied(tmp_path, kind, orientation):
    stored = smooth_pixels(20, 30, 3)
    block = exif_block(">", orientation=orientation)
    how = {"quality": 95} if kind == "JPEG" else {"lossless": True} if kind == "WEBP" else {}
    stream = io.BytesIO()
    Image.fromarray(stored).save(stream, kind, exif=b"Exif\0\0" + block, **how)
    picture, _ = read(put(tmp_path, stream.getvalue(), "p"))
    with Image.open(stream) as image:
        wanted = np.asarray(ImageOps.exif_transpose(image)).astype(int)
    assert picture.pixels.shape == wanted.shape
    assert np.abs(picture.pixels - wanted).max() <= (2 if kind == "JPEG" else 0)
    assert picture.orientation == orientation
    assert picture.exif[:2] == b"MM"
    found = Image.Exif()
    found.load(b"Exif\0\0" + picture.exif)
    assert found[0x0112] == 1


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("how", [{}, {"compression": "zlib"}, {"byteorder": ">"}, {"lzw": True}], ids=str)
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_orientation_of_tiff(tmp_path, dtype, how, orientation):
    """Each of the three decoders, two of which turn pictures by themselves."""
    stored = random_pixels((20, 30, 3), dtype)
    path = tmp_path / "p.tif"
    how = dict(how)
    if how.pop("lzw", False):
        import cv2

        assert cv2.imwrite(str(path), stored[..., ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, 5])
        add_tag(path, 274, orientation)
    else:
        tifffile.imwrite(path, stored, photometric="rgb", extratags=[(274, 3, 1, orientation, True)], **how)
    picture, _ = read(path)
    assert np.array_equal(picture.pixels, turned(stored, orientation))


def add_tag(path, tag, value):
    """Writes a directory with one more SHORT to the file's end."""
    with tifffile.TiffFile(path) as file:
        page = file.pages[0]
        data = bytearray(path.read_bytes())
        order = "little" if file.byteorder == "<" else "big"
        entries = [bytes(data[old.offset:old.offset + 12]) for old in page.tags if old.code != tag]
    number = [part.to_bytes(2, order) for part in (tag, 3)]
    entries.append(b"".join(number) + (1).to_bytes(4, order) + value.to_bytes(2, order) + b"\0\0")
    entries.sort(key=lambda entry: int.from_bytes(entry[:2], order))
    data += bytes(len(data) % 2)
    data[4:8] = len(data).to_bytes(4, order)
    path.write_bytes(data + len(entries).to_bytes(2, order) + b"".join(entries) + bytes(4))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_the_profile_is_kept(tmp_path, kind):
    stream = io.BytesIO()
    Image.fromarray(smooth_pixels(20, 30, 3)).save(stream, kind, icc_profile=profiles.rgb())
    picture, _ = read(put(tmp_path, stream.getvalue(), "p"))
    assert picture.icc == profiles.rgb()
    assert picture.transfer == "nonlinear"


def test_a_large_profile_in_many_parts(tmp_path):
    icc = profiles.rgb() + np.random.default_rng(0).bytes(200_000)
    stream = io.BytesIO()
    Image.fromarray(smooth_pixels(20, 30, 3)).save(stream, "JPEG", icc_profile=icc)
    assert read(put(tmp_path, stream.getvalue(), "p"))[0].icc == icc


def test_a_linear_profile_says_linear_light(tmp_path):
    tifffile.imwrite(
        tmp_path / "p.tif", random_pixels((4, 5, 3), np.float32), photometric="rgb", iccprofile=profiles.rgb(gamma=1.0))
    picture, _ = read(tmp_path / "p.tif")
    assert picture.transfer == "linear"
    assert picture.icc == profiles.rgb(gamma=1.0)


@pytest.mark.parametrize("body", [b"", b"name", b"name\0\0", b"name\0\0junk", b"name\0\1", b"\0"])
def test_a_png_profile_that_does_not_unpack_is_none(tmp_path, body):
    data = png_of(random_pixels((4, 5, 3), np.uint8), extra=chunk(b"iCCP", body))
    assert not read(put(tmp_path, data, "p.png"))[0].icc


@pytest.mark.parametrize(("kind", "exact"), [("JPEG", 0), ("PNG", 0), ("TIFF", 0), ("BMP", 0.02)])
def test_resolution_is_kept(tmp_path, kind, exact):
    stream = io.BytesIO()
    Image.fromarray(smooth_pixels(20, 30, 3)).save(stream, kind, dpi=(300, 144))
    assert read(put(tmp_path, stream.getvalue(), "p"))[0].resolution == pytest.approx((300, 144), abs=exact)


def test_no_resolution_is_none_and_not_72(tmp_path):
    for kind in ("JPEG", "PNG", "TIFF", "WEBP", "GIF"):
        stream = io.BytesIO()
        Image.fromarray(smooth_pixels(20, 30, 3)).save(stream, kind, exif=b"Exif\0\0" + exif_block(orientation=1))
        assert read(put(tmp_path, stream.getvalue(), "p"))[0].resolution is None


def test_a_pixels_shape_is_not_a_resolution(tmp_path):
    data = png_of(random_pixels((4, 5, 3), np.uint8), extra=chunk(b"pHYs", b"\0\0\0\1\0\0\0\2\0"))
    assert read(put(tmp_path, data, "p.png"))[0].resolution is None


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_resolution_from_exif_where_nothing_else_says_it(tmp_path, kind):
    stream = io.BytesIO()
    block = exif_block(resolution=(240, 120))
    Image.fromarray(smooth_pixels(20, 30, 3)).save(stream, kind, exif=b"Exif\0\0" + block)
    assert read(put(tmp_path, stream.getvalue(), "p"))[0].resolution == (240, 120)


def test_resolution_turns_with_the_picture(tmp_path):
    stream = io.BytesIO()
    block = exif_block(orientation=6)
    Image.fromarray(smooth_pixels(20, 30, 3)).save(stream, "JPEG", dpi=(300, 150), exif=b"Exif\0\0" + block)
    assert read(put(tmp_path, stream.getvalue(), "p"))[0].resolution == (150, 300)


@pytest.mark.parametrize("unit", [1, 2, 3])
def test_resolution_units_of_tiff(tmp_path, unit):
    tifffile.imwrite(tmp_path / "p.tif", np.zeros((4, 5), np.uint8), resolution=(100, 50), resolutionunit=unit)
    wanted = {1: None, 2: (100, 50), 3: pytest.approx((254, 127))}[unit]
    assert read(tmp_path / "p.tif")[0].resolution == wanted


def test_exif_of_tiff(tmp_path):
    exif = Image.Exif()
    exif[271] = "Maker"
    exif[305] = "Software"
    exif.get_ifd(0x8769)[0x9003] = "2020:02:02 20:20:20"
    exif.get_ifd(0x8825)[1] = "N"
    # Pillow leaves the groups out of a TIFF file; but its block is one, as soon as it has the pixels' tags too.
    for tag, value in {256: 3, 257: 2, 258: 8, 259: 1, 262: 1, 273: 0, 277: 1, 278: 2, 279: 6}.items():
        exif[tag] = value
    data = exif.tobytes().removeprefix(b"Exif\0\0") + b"abcdef"
    with tifffile.TiffFile(io.BytesIO(data)) as file:  # Pillow counts the pixels' place from the block's end
        assert file.pages[0].asarray().tobytes() == b"abcdef"
    picture, _ = read(put(tmp_path, data, "p.tif"))
    assert picture.pixels.tobytes() == b"abcdef"
    found = Image.Exif()
    found.load(b"Exif\0\0" + picture.exif)
    assert (found[271], found[305]) == ("Maker", "Software")
    assert found.get_ifd(0x8769)[0x9003] == "2020:02:02 20:20:20"
    assert found.get_ifd(0x8825)[1] == "N"
    assert not set(found) & {256, 257, 258, 262, 273, 279}  # the pixels' own tags stay where they were


def test_a_broken_exif_block_is_left_out(tmp_path):
    data = png_of(random_pixels((4, 5, 3), np.uint8), extra=chunk(b"eXIf", b"II*\0\xff\xff\xff\xff"))
    picture, _ = read(put(tmp_path, data, "p.png"))
    assert (picture.exif, picture.orientation) == (None, 1)
