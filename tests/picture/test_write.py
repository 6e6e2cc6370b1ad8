"""Result files, judged by Pillow, OpenCV, tifffile and PNG's own structure."""

from __future__ import annotations

import io
import tracemalloc

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from cutaway.cutout import TILE, Foreground
from cutaway.errors import SettingsInvalid, TargetNotWritable
from cutaway.picture import encode_tiff, ordered
from cutaway.picture.model import Picture
from cutaway.picture.write import notes, write
from tests.picture import profiles
from tests.picture.make import exif_block, png_chunks, random_pixels

SHAPE = (30, 41)


def some_mask(dtype=np.uint8, shape=SHAPE):
    return random_pixels(shape, dtype, seed=7)


def by_opencv(path):
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    return pixels[..., [2, 1, 0, 3]] if pixels.ndim == 3 and pixels.shape[2] == 4 else pixels


def by_pillow(path, mode=None):
    with Image.open(path) as image:
        return np.asarray(image.convert(mode) if mode else image)


def by_tifffile(path):
    return tifffile.imread(path)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.tiff", "a.webp", "A.PNG"])
def test_half_transparent_red_stays_red(tmp_path, name):
    pixels = np.zeros((*SHAPE, 3), np.uint8)
    pixels[..., 0] = 255
    mask = np.full(SHAPE, 128, np.uint8)
    mask[0, 0] = 0
    size = write(tmp_path / name, Picture(pixels), mask, None)
    assert size == (tmp_path / name).stat().st_size
    found = by_pillow(tmp_path / name)
    assert found[5, 5].tolist() == [255, 0, 0, 128]
    assert found[0, 0].tolist() == [255, 0, 0, 0]  # no black under what is transparent


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp"])
@pytest.mark.parametrize("channels", [3, 4])
def test_8_bit_colours(tmp_path, name, channels):
    pixels, mask = random_pixels((*SHAPE, channels), np.uint8), some_mask()
    write(tmp_path / name, Picture(pixels), mask, None)
    found = by_pillow(tmp_path / name)
    assert np.array_equal(found[..., :3], pixels[..., :3])
    alpha = mask if channels == 3 else np.rint(mask.astype(float) * pixels[..., 3] / 255)
    assert np.array_equal(found[..., 3], alpha)


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
@pytest.mark.parametrize("channels", [1, 2])
def test_8_bit_gray(tmp_path, name, channels):
    pixels, mask = random_pixels((*SHAPE, channels), np.uint8), some_mask()
    write(tmp_path / name, Picture(pixels), mask, None)
    with Image.open(tmp_path / name) as image:
        assert image.mode == "LA"
        found = np.asarray(image)
    assert np.array_equal(found[..., 0], pixels[..., 0])
    alpha = mask if channels == 1 else np.rint(mask.astype(float) * pixels[..., 1] / 255)
    assert np.array_equal(found[..., 1], alpha)


@pytest.mark.parametrize("mask_dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [3, 4])
@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_16_bits(tmp_path, name, channels, mask_dtype):
    pixels, mask = random_pixels((*SHAPE, channels), np.uint16), some_mask(mask_dtype)
    write(tmp_path / name, Picture(pixels), mask, None)
    found = by_opencv(tmp_path / name) if name.endswith("png") else by_tifffile(tmp_path / name)
    assert found.dtype == np.uint16
    assert np.array_equal(found[..., :3], pixels[..., :3])
    alpha = mask.astype(float) / np.iinfo(mask_dtype).max * (pixels[..., 3] if channels == 4 else 65535)
    assert np.array_equal(found[..., 3], np.rint(alpha))


def test_a_16_bit_mask_on_an_8_bit_picture_rounds_once(tmp_path):
    mask = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    write(tmp_path / "a.png", Picture(np.zeros((256, 256, 3), np.uint8)), mask, None)
    assert np.array_equal(by_pillow(tmp_path / "a.png")[..., 3], (mask.astype(int) * 255 + 32767) // 65535)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_floats_stay_floats_in_tiff(tmp_path, dtype, channels):
    pixels = (random_pixels((*SHAPE, channels), np.float32) * 5 - 1).astype(dtype)
    write(tmp_path / "a.tif", Picture(pixels), some_mask(), None)
    found = by_tifffile(tmp_path / "a.tif")
    assert found.dtype == np.float32
    colors = 1 if channels == 1 else 3
    assert np.array_equal(found[..., :colors], pixels[..., :colors].astype(np.float32))
    assert notes(tmp_path / "a.tif", Picture(pixels)) == ()


def test_floats_become_16_bits_in_png_and_that_is_said(tmp_path):
    pixels = np.array([[[0.0, 0.5, 1.0]], [[-1.0, 7.0, np.nan]]], np.float32)
    picture = Picture(pixels)
    write(tmp_path / "a.png", picture, np.full((2, 1), 255, np.uint8), None)
    found = by_opencv(tmp_path / "a.png")
    assert found[:, 0].tolist() == [[0, 32768, 65535, 65535], [0, 65535, 0, 65535]]
    (note,) = notes(tmp_path / "a.png", picture)
    assert note.code == "depth_reduced"
    assert "16 bits" in note.message and "TIFF" in note.message


def test_notes_say_nothing_where_nothing_is_lost():
    shallow, deep = (Picture(np.zeros((2, 2, 3), dtype)) for dtype in (np.uint8, np.uint16))
    assert notes("a.png", shallow) == notes("a.webp", shallow) == notes("a.png", deep) == notes("a.tif", deep) == ()
    assert [note.code for note in notes("a.webp", deep)] == ["depth_reduced"]
    assert notes("a.webp", deep, "mask") == ()


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_32_bit_whole_numbers(tmp_path, name):
    pixels = random_pixels((*SHAPE, 3), np.uint32)
    write(tmp_path / name, Picture(pixels), some_mask(), None)
    if name == "a.tif":
        assert np.array_equal(by_tifffile(tmp_path / name)[..., :3], pixels)
    else:
        assert np.array_equal(by_opencv(tmp_path / name)[..., :3], np.rint(pixels / 65537))


def test_linear_light_without_a_profile_is_encoded(tmp_path):
    """A file without a profile is taken for sRGB."""
    picture = Picture(np.full((2, 2, 3), 0.214, np.float32), transfer="linear")
    write(tmp_path / "a.png", picture, np.full((2, 2), 255, np.uint8), None)
    assert by_opencv(tmp_path / "a.png")[0, 0, 0] / 65535 == pytest.approx(0.5, abs=0.001)
    named = Picture(picture.pixels, transfer="linear", icc=profiles.rgb(gamma=1.0))
    write(tmp_path / "b.png", named, np.full((2, 2), 255, np.uint8), None)
    assert by_opencv(tmp_path / "b.png")[0, 0, 0] / 65535 == pytest.approx(0.214, abs=0.001)


def test_foreground_tiles_are_pasted_in(tmp_path):
    pixels = random_pixels((TILE + 20, TILE + 30, 4), np.uint8)
    origins = np.array([[TILE, 0], [0, TILE]], np.int32)
    tiles = random_pixels((2, TILE, TILE, 3), np.uint8, seed=3)
    write(tmp_path / "a.png", Picture(pixels), np.full(pixels.shape[:2], 255, np.uint8), Foreground(origins, tiles))
    found = by_pillow(tmp_path / "a.png")
    wanted = pixels.copy()
    wanted[:TILE, TILE:, :3] = tiles[0][:, :30]
    wanted[TILE:, :TILE, :3] = tiles[1][:20]
    assert np.array_equal(found, wanted)


def test_strips_do_not_show(tmp_path, monkeypatch):
    picture, mask = Picture(random_pixels((*SHAPE, 4), np.uint16)), some_mask()
    write(tmp_path / "whole.png", picture, mask, None)
    whole = by_opencv(tmp_path / "whole.png")
    monkeypatch.setattr(ordered, "STRIP_BYTES", 1000)
    for name, look in (("a.png", by_opencv), ("a.tif", by_tifffile)):
        write(tmp_path / name, picture, mask, None)
        assert np.array_equal(look(tmp_path / name), whole)
    assert len([kind for kind, _ in png_chunks((tmp_path / "a.png").read_bytes()) if kind == b"IDAT"]) > 5


def test_pngs_structure(tmp_path):
    exif = exif_block(orientation=1, resolution=(300, 150))
    picture = Picture(
        random_pixels((*SHAPE, 3), np.uint16), icc=profiles.rgb(), resolution=(300.0, 150.0), exif=exif)
    write(tmp_path / "a.png", picture, some_mask(), None)
    found = png_chunks((tmp_path / "a.png").read_bytes())
    kinds = [kind for kind, _ in found]
    assert kinds[:4] == [b"IHDR", b"iCCP", b"pHYs", b"eXIf"]
    assert set(kinds[4:-1]) == {b"IDAT"} and kinds[-1] == b"IEND"
    said = dict(found)
    assert said[b"IHDR"] == (41).to_bytes(4, "big") + (30).to_bytes(4, "big") + bytes([16, 6, 0, 0, 0])
    assert said[b"pHYs"] == (11811).to_bytes(4, "big") + (5906).to_bytes(4, "big") + b"\1"
    assert said[b"eXIf"] == exif


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp"])
def test_profile_resolution_and_exif_are_kept(tmp_path, name):
    exif = Image.Exif()
    exif[271], exif[0x0112] = "Maker", 1
    exif.get_ifd(0x8769)[0x9003] = "2020:02:02 20:20:20"
    exif.get_ifd(0x8769)[0x829A] = 0.005
    exif.get_ifd(0x8825)[1] = "N"
    picture = Picture(
        random_pixels((*SHAPE, 3), np.uint8), icc=profiles.rgb(), resolution=(300.0, 150.0),
        exif=exif.tobytes().removeprefix(b"Exif\0\0"))
    write(tmp_path / name, picture, some_mask(), None)
    with Image.open(tmp_path / name) as image:
        assert image.info["icc_profile"] == profiles.rgb()
        found = image.getexif()
        assert found[271] == "Maker"
        assert found.get_ifd(0x8769)[0x9003] == "2020:02:02 20:20:20"
        assert float(found.get_ifd(0x8769)[0x829A]) == 0.005
        assert found.get_ifd(0x8825)[1] == "N"
        resolution = image.info.get("dpi") or (found[0x011A], found[0x011B])
        assert tuple(map(float, resolution)) == pytest.approx((300, 150), abs=0.02)


def test_a_bigtiff_has_the_words_of_exif(tmp_path, monkeypatch):
    monkeypatch.setattr(encode_tiff, "CLASSIC_BYTES", 100)
    exif = Image.Exif()
    exif[271] = "Maker"
    exif.get_ifd(0x8769)[0x9003] = "2020:02:02 20:20:20"
    pixels = random_pixels((*SHAPE, 3), np.uint8)
    picture = Picture(pixels, exif=exif.tobytes().removeprefix(b"Exif\0\0"))
    write(tmp_path / "a.tif", picture, some_mask(), None)
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert file.is_bigtiff
        assert file.pages[0].tags[271].value == "Maker"
        assert np.array_equal(file.pages[0].asarray()[..., :3], pixels)


@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp"])
def test_a_broken_exif_block_does_not_stop_the_picture(tmp_path, name):
    pixels = random_pixels((*SHAPE, 3), np.uint8)
    for exif in (b"junk", b"II*\0\xff\xff\xff\xff", b"MM\0*"):
        write(tmp_path / name, Picture(pixels, exif=exif), some_mask(), None, overwrite=True)
        assert np.array_equal(by_pillow(tmp_path / name)[..., :3], pixels)


@pytest.mark.parametrize("channels", [1, 3])
def test_png_gets_no_profile_of_another_kind(tmp_path, channels):
    wrong = profiles.rgb() if channels == 1 else profiles.gray()
    write(tmp_path / "a.png", Picture(random_pixels((*SHAPE, channels), np.uint8), icc=wrong), some_mask(), None)
    assert b"iCCP" not in dict(png_chunks((tmp_path / "a.png").read_bytes()))


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("name", ["m.png", "m.tif"])
def test_the_mask_alone(tmp_path, name, dtype, channels):
    pixels, mask = random_pixels((*SHAPE, channels), np.uint8), some_mask(dtype)
    picture = Picture(pixels, icc=profiles.rgb(), resolution=(300.0, 300.0), exif=exif_block(orientation=1))
    write(tmp_path / name, picture, mask, None, form="mask")
    found = by_opencv(tmp_path / name)
    alpha = pixels[..., -1] / 255 if channels in (2, 4) else 1.0
    assert found.dtype == dtype and found.ndim == 2
    assert np.array_equal(found, np.rint(mask * alpha))
    with Image.open(tmp_path / name) as image:
        assert "icc_profile" not in image.info
        assert image.info["dpi"] == pytest.approx((300, 300), abs=0.02)


@pytest.mark.parametrize(("name", "exact"), [("m.jpg", 4), ("m.JPEG", 4), ("m.webp", 0)])
def test_the_mask_in_8_bit_formats(tmp_path, name, exact):
    mask = np.repeat(np.arange(0, 65536, 1024, dtype=np.uint16)[None], 20, axis=0)
    write(tmp_path / name, Picture(np.zeros((20, 64, 3), np.uint8), resolution=(300.0, 150.0)), mask, None, form="mask")
    with Image.open(tmp_path / name) as image:
        found = np.asarray(image.convert("L")).astype(int)
    assert np.abs(found - mask / 257).max() <= exact + 0.5
    if exact:
        assert by_pillow(tmp_path / name).ndim == 2


@pytest.mark.parametrize(("name", "says"), [
    ("a.jpg", "no transparency"), ("a.jpeg", "no transparency"), ("a.gif", "ending"), ("a", "ending"),
])
def test_formats_that_cannot_hold_it(tmp_path, name, says):
    picture = Picture(np.zeros((*SHAPE, 3), np.uint8))
    with pytest.raises(TargetNotWritable, match=says) as caught:
        write(tmp_path / name, picture, some_mask(), None)
    assert name in caught.value.message and ".png" in caught.value.hint
    assert list(tmp_path.iterdir()) == []


def test_webp_has_a_limit(tmp_path):
    picture = Picture(np.zeros((1, 16384, 3), np.uint8))
    with pytest.raises(TargetNotWritable, match="16383"):
        write(tmp_path / "a.webp", picture, np.zeros((1, 16384), np.uint8), None)


def test_there_is_no_other_form(tmp_path):
    with pytest.raises(SettingsInvalid, match="layer"):
        write(tmp_path / "a.png", Picture(np.zeros((*SHAPE, 3), np.uint8)), some_mask(), None, form="layer")


def test_a_mask_of_another_size_is_a_mistake(tmp_path):
    with pytest.raises(ValueError, match="does not fit"):
        write(tmp_path / "a.png", Picture(np.zeros((4, 4, 3), np.uint8)), some_mask(), None)


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (2, 31000)])
@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_odd_shapes(tmp_path, name, shape):
    pixels, mask = random_pixels((*shape, 3), np.uint8), some_mask(shape=shape)
    write(tmp_path / name, Picture(pixels), mask, None)
    found = by_opencv(tmp_path / name) if name == "a.png" else by_tifffile(tmp_path / name).reshape(*shape, 4)
    assert np.array_equal(found, np.concatenate([pixels, mask[..., None]], axis=2))


@pytest.mark.parametrize("name", ["a.png", "a.tif"])
def test_memory_stays_small(tmp_path, name):
    picture = Picture(np.zeros((3000, 4000, 3), np.uint8))
    mask = np.zeros((3000, 4000), np.uint8)
    tracemalloc.start()
    try:
        write(tmp_path / name, picture, mask, None)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 24e6  # the whole picture with alpha has 48 MB


def test_a_failure_in_one_strip_is_the_callers(tmp_path, monkeypatch):
    def broken(*_):
        raise MemoryError("no room")

    monkeypatch.setattr("cutaway.picture.rows.coverage", broken)
    with pytest.raises(MemoryError):
        write(tmp_path / "a.png", Picture(np.zeros((*SHAPE, 3), np.uint8)), some_mask(), None)
    assert list(tmp_path.iterdir()) == []


def test_pillow_reads_what_is_written_from_a_stream(tmp_path):
    """A strict reader that sees the bytes only once."""
    pixels = random_pixels((*SHAPE, 3), np.uint8)
    write(tmp_path / "a.png", Picture(pixels), some_mask(), None)
    with Image.open(io.BytesIO((tmp_path / "a.png").read_bytes())) as image:
        image.verify()
