"""Every kind of picture file, judged by Pillow and by hand."""

from __future__ import annotations

import io
import struct

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from cutaway.picture.read import read
from tests.picture import profiles
from tests.picture.make import chunk, png, png_of, random_pixels, smooth_pixels

ODD = (23, 31)


def put(tmp_path, data, name="picture.png"):
    path = tmp_path / name
    path.write_bytes(bytes(data))
    return path


def pillows(path, mode=None):
    with Image.open(path) as image:
        return np.asarray(image.convert(mode) if mode else image)


def saved(tmp_path, image, name, **how):
    image.save(tmp_path / name, **how)
    return tmp_path / name


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_png_keeps_every_bit(tmp_path, dtype, channels, interlaced):
    pixels = random_pixels((*ODD, channels), dtype)
    picture, notes = read(put(tmp_path, png_of(pixels, interlaced=interlaced)))
    assert picture.pixels.dtype == dtype
    assert np.array_equal(picture.pixels, pixels)
    assert notes == ()


@pytest.mark.parametrize("depth", [1, 2, 4])
def test_png_gray_of_few_bits(tmp_path, depth):
    values = np.arange(8) % (1 << depth)
    bits = "".join(format(value, f"0{depth}b") for value in values)
    row = int(bits, 2).to_bytes(depth, "big")
    picture, _ = read(put(tmp_path, png([row] * 2, 8, depth, 0)))
    assert picture.pixels.dtype == np.uint8
    assert picture.pixels[1, :, 0].tolist() == (values * 255 // ((1 << depth) - 1)).tolist()


@pytest.mark.parametrize("transparent", [False, True])
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_png_palette(tmp_path, depth, transparent):
    size = min(8, 1 << depth)
    palette = random_pixels((size, 3), np.uint8)
    alphas = [0, 128, 255, 7][: size - 1]
    values = np.arange(8) % size
    row = int("".join(format(value, f"0{depth}b") for value in values), 2).to_bytes(depth, "big")
    extra = chunk(b"PLTE", palette.tobytes()) + (chunk(b"tRNS", bytes(alphas)) if transparent else b"")
    picture, _ = read(put(tmp_path, png([row], 8, depth, 3, extra=extra)))
    assert np.array_equal(picture.pixels[0, :, :3], palette[values])
    assert picture.pixels.shape[2] == 3 + transparent
    if transparent:
        assert picture.pixels[0, :, 3].tolist() == [(alphas + [255] * 8)[value] for value in values]


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
@pytest.mark.parametrize("channels", [1, 3])
def test_png_transparent_key(tmp_path, dtype, channels):
    pixels = random_pixels((4, 5, channels), dtype)
    pixels[2, 3] = pixels[0, 0]
    key = struct.pack(f">{channels}H", *pixels[0, 0].tolist())
    picture, _ = read(put(tmp_path, png_of(pixels, extra=chunk(b"tRNS", key))))
    full = np.iinfo(dtype).max
    assert picture.pixels.dtype == dtype
    assert np.array_equal(picture.pixels[..., :-1], pixels)
    wanted = np.where((pixels == pixels[0, 0]).all(axis=2), 0, full)
    assert np.array_equal(picture.alpha, wanted)
    assert wanted.min() == 0 and wanted.max() == full


def test_png_transparent_key_of_two_bits(tmp_path):
    picture, _ = read(put(tmp_path, png([b"\x1b"], 4, 2, 0, extra=chunk(b"tRNS", b"\0\2"))))
    assert picture.pixels[0].tolist() == [[0, 255], [85, 255], [170, 0], [255, 255]]


@pytest.mark.parametrize("mode", ["L", "RGB"])
@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_is_what_pillow_decodes(tmp_path, mode, progressive):
    image = Image.fromarray(smooth_pixels(*ODD, 3)).convert(mode)
    path = saved(tmp_path, image, "p.jpg", quality=90, progressive=progressive)
    picture, notes = read(path)
    wanted = pillows(path).reshape(*ODD, -1).astype(int)
    assert np.abs(picture.pixels - wanted).max() <= 2  # two builds of libjpeg
    assert notes == ()


def test_jpeg_with_rubbish_after_its_end(tmp_path):
    stream = io.BytesIO()
    Image.fromarray(smooth_pixels(*ODD, 3)).save(stream, "JPEG")
    picture, _ = read(put(tmp_path, stream.getvalue() + b"x" * 1000, "p.jpg"))
    assert np.abs(picture.pixels - np.asarray(Image.open(stream)).astype(int)).max() <= 2


def test_a_camera_file_with_a_second_view_is_its_first(tmp_path):
    first, second = (Image.fromarray(smooth_pixels(h, 40, 3)) for h in (30, 20))
    first.save(tmp_path / "p.mpo", "MPO", save_all=True, append_images=[second])
    picture, _ = read(tmp_path / "p.mpo")
    assert (picture.width, picture.height) == (40, 30)


@pytest.mark.parametrize("icc", [True, False])
def test_cmyk_becomes_srgb_with_a_note(tmp_path, icc):
    image = Image.fromarray(smooth_pixels(*ODD, 3)).convert("CMYK")
    # There is no CMYK profile to be had here: another space's, which must be refused, stands in.
    path = saved(tmp_path, image, "p.jpg", quality=95, icc_profile=profiles.rgb() if icc else None)
    picture, notes = read(path)
    assert picture.pixels.shape == (*ODD, 3)
    assert picture.icc is None
    assert [note.code for note in notes] == ["converted"]
    assert "CMYK" in notes[0].message
    wanted = pillows(path, "RGB")
    assert np.array_equal(picture.pixels, wanted)


def test_cmyk_is_converted_by_its_profile(tmp_path, monkeypatch):
    """By a transform that can be told from the plain conversion: the profile's own bytes are handed over."""
    image = Image.new("CMYK", (4, 4), (10, 20, 30, 40))
    path = saved(tmp_path, image, "p.tif", icc_profile=b"a CMYK profile")
    asked = []

    class FakeTransform:
        def apply(self, part):
            return Image.new("RGB", part.size, (1, 2, 3))

    def build(source, _target, inside, outside, *_how):
        asked.append((inside, outside))
        return FakeTransform()

    monkeypatch.setattr(ImageCms, "ImageCmsProfile", lambda stream: stream.read())
    monkeypatch.setattr(ImageCms, "buildTransform", build)
    picture, notes = read(path)
    assert asked == [("CMYK", "RGB")]
    assert picture.pixels[0, 0].tolist() == [1, 2, 3]
    assert "by its profile" in notes[0].message


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "YCbCr", "RGBA", "LA"])
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"])
def test_tiff_by_pillow(tmp_path, mode, compression):
    image = Image.fromarray(random_pixels((*ODD, 4), np.uint8)).convert(mode)
    path = saved(tmp_path, image, "p.tif", compression=compression)
    wanted = {"1": "L", "P": "RGB", "YCbCr": "RGB"}.get(mode, mode)
    picture, notes = read(path)
    assert np.array_equal(picture.pixels, pillows(path, wanted).reshape(*ODD, -1))
    assert picture.pixels.dtype == np.uint8
    assert notes == ()


def test_lab_becomes_srgb(tmp_path):
    gray = Image.frombytes("LAB", (2, 1), bytes([0, 0, 0, 255, 0, 0]))  # L from black to white, a and b zero
    picture, notes = read(saved(tmp_path, gray, "p.tif"))
    assert picture.pixels.astype(int) == pytest.approx(np.array([[[0, 0, 0], [255, 255, 255]]]), abs=2)
    assert [note.code for note in notes] == ["converted"]


@pytest.mark.parametrize("how", [
    {}, {"compression": "zlib", "predictor": True}, {"tile": (16, 16)}, {"byteorder": ">"}, {"bigtiff": True},
    {"rowsperstrip": 5, "compression": "zlib"},
], ids=str)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32"])
def test_tiff_keeps_every_bit(tmp_path, dtype, channels, how):
    check_tiff(tmp_path, random_pixels((*ODD, channels), dtype), **how)


@pytest.mark.parametrize("how", [{}, {"compression": "zlib"}, {"byteorder": ">"}], ids=str)
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_tiff_keeps_floats(tmp_path, dtype, channels, how):
    pixels = (random_pixels((*ODD, channels), np.float32) * 4 - 1).astype(dtype)  # high dynamic range
    check_tiff(tmp_path, pixels, **how)


def check_tiff(tmp_path, pixels, **how):
    channels = pixels.shape[2]
    extra = {"extrasamples": ["unassalpha"]} if channels in (2, 4) else {}
    plain = pixels[..., 0] if channels == 1 else pixels
    photometric = "rgb" if channels > 2 else "minisblack"
    contig = {"planarconfig": "contig"} if channels > 1 else {}
    tifffile.imwrite(tmp_path / "p.tif", plain, photometric=photometric, **contig, **extra, **how)
    picture, notes = read(tmp_path / "p.tif")
    assert picture.pixels.dtype == pixels.dtype
    assert picture.pixels.dtype.isnative
    assert np.array_equal(picture.pixels, pixels)
    assert notes == ()


@pytest.mark.parametrize(("dtype", "how"), [
    ("uint16", [cv2.IMWRITE_TIFF_COMPRESSION, 5]),
    ("float32", [cv2.IMWRITE_TIFF_COMPRESSION, 5]),
    ("float32", [cv2.IMWRITE_TIFF_COMPRESSION, 8, cv2.IMWRITE_TIFF_PREDICTOR, 3]),
], ids=["uint16-lzw", "float32-lzw", "float32-prediction"])
@pytest.mark.parametrize("channels", [1, 3])
def test_tiff_that_only_libtiff_unpacks(tmp_path, dtype, how, channels):
    pixels = random_pixels((*ODD, channels), dtype)
    assert cv2.imwrite(str(tmp_path / "p.tif"), pixels[..., ::-1], how)
    picture, _ = read(tmp_path / "p.tif")
    assert picture.pixels.dtype == dtype
    assert np.array_equal(picture.pixels, pixels)


def test_tiff_with_separate_planes(tmp_path):
    pixels = random_pixels((*ODD, 3), np.uint16)
    tifffile.imwrite(tmp_path / "p.tif", np.moveaxis(pixels, 2, 0), photometric="rgb", planarconfig="separate")
    assert np.array_equal(read(tmp_path / "p.tif")[0].pixels, pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_tiff_where_white_is_zero(tmp_path, dtype):
    pixels = random_pixels((*ODD, 1), dtype)
    tifffile.imwrite(tmp_path / "p.tif", pixels[..., 0], photometric="miniswhite")
    full = np.iinfo(dtype).max if dtype != "float32" else np.float32(1)
    assert np.array_equal(read(tmp_path / "p.tif")[0].pixels, full - pixels)


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "float32"])
def test_premultiplied_colours_become_straight(tmp_path, dtype):
    full = {"uint8": 255, "uint16": 65535, "float32": 1.0}[dtype]
    alpha = np.array([0, 0.25, 0.5, 1.0]) * full
    color = np.array([0.8, 0.4, 0.0]) * full
    straight = np.concatenate([np.tile(color, (1, 4, 1)), alpha[None, :, None]], axis=2)
    stored = straight.copy()
    stored[..., :3] *= (alpha / full)[None, :, None]
    stored = (np.rint(stored) if dtype != "float32" else stored).astype(dtype)
    tifffile.imwrite(tmp_path / "p.tif", stored, photometric="rgb", extrasamples=["assocalpha"])
    picture, notes = read(tmp_path / "p.tif")
    assert [note.code for note in notes] == ["premultiplied"]
    assert picture.pixels[0, 1:].astype(float) == pytest.approx(straight[0, 1:], abs=full / 100)
    assert picture.pixels[0, 0].tolist() == [0, 0, 0, 0]


def test_premultiplied_colours_that_pillow_unpacks(tmp_path):
    stored = Image.fromarray(np.full((4, 4, 4), (50, 25, 0, 128), np.uint8))
    path = saved(tmp_path, stored, "p.tif", compression="tiff_lzw")
    with tifffile.TiffFile(path, mode="r+") as file:
        file.pages[0].tags[338].overwrite(1)
    picture, notes = read(path)
    assert picture.pixels[0, 0].tolist() == pytest.approx([100, 50, 0, 128], abs=1)
    assert [note.code for note in notes] == ["premultiplied"]


def test_extra_channels_are_not_transparency(tmp_path):
    pixels = random_pixels((*ODD, 5), np.uint8)
    extras = ["unspecified", "unassalpha"]
    tifffile.imwrite(tmp_path / "p.tif", pixels, photometric="rgb", planarconfig="contig", extrasamples=extras)
    picture, notes = read(tmp_path / "p.tif")
    assert np.array_equal(picture.pixels, pixels[..., [0, 1, 2, 4]])
    assert [note.code for note in notes] == ["extra_channels"]


def test_tiff_of_several_pages_gives_the_first_with_a_note(tmp_path):
    pages = random_pixels((3, *ODD, 3), np.uint8)
    tifffile.imwrite(tmp_path / "p.tif", pages, photometric="rgb", metadata=None)
    picture, notes = read(tmp_path / "p.tif")
    assert np.array_equal(picture.pixels, pages[0])
    assert [note.code for note in notes] == ["first_page"]
    assert "3 pages" in notes[0].message


def test_a_reduced_page_is_not_a_page(tmp_path):
    pixels = random_pixels((*ODD, 3), np.uint8)
    with tifffile.TiffWriter(tmp_path / "p.tif") as writer:
        writer.write(pixels[::2, ::2], photometric="rgb", subfiletype=1)
        writer.write(pixels, photometric="rgb")
    picture, notes = read(tmp_path / "p.tif")
    assert np.array_equal(picture.pixels, pixels)
    assert notes == ()


@pytest.mark.parametrize("mode", ["I;16", "F"])
def test_pillows_wide_modes(tmp_path, mode):
    pixels = random_pixels(ODD, np.uint16 if mode == "I;16" else np.float32)
    picture, _ = read(saved(tmp_path, Image.fromarray(pixels), "p.tif", compression="tiff_lzw"))
    assert np.array_equal(picture.pixels[..., 0], pixels)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_webp(tmp_path, mode):
    pixels = random_pixels((*ODD, len(mode)), np.uint8)
    path = saved(tmp_path, Image.fromarray(pixels), "p.webp", lossless=True, exact=True)
    assert np.array_equal(read(path)[0].pixels, pixels)


@pytest.mark.parametrize(("mode", "kept"), [("1", "L"), ("L", "L"), ("P", "RGB"), ("RGB", "RGB")])
def test_bmp(tmp_path, mode, kept):
    image = Image.fromarray(random_pixels((*ODD, 3), np.uint8)).convert(mode)
    picture, _ = read(saved(tmp_path, image, "p.bmp"))
    assert np.array_equal(picture.pixels, np.asarray(image.convert(kept)).reshape(*ODD, -1))


@pytest.mark.parametrize("transparent", [False, True])
def test_gif(tmp_path, transparent):
    image = Image.fromarray(smooth_pixels(*ODD, 3)).quantize(16)
    how = {"transparency": int(image.getpixel((0, 0)))} if transparent else {}
    path = saved(tmp_path, image, "p.gif", **how)
    picture, _ = read(path)
    assert np.array_equal(picture.pixels, pillows(path, "RGBA" if transparent else "RGB"))
    assert not transparent or picture.alpha[0, 0] == 0


@pytest.mark.parametrize("name", ["p.tga", "p.ppm", "p.jp2", "p.pcx", "p.qoi", "p.dds"])
def test_what_else_pillow_reads(tmp_path, name):
    pixels = random_pixels((24, 32, 3), np.uint8)
    path = saved(tmp_path, Image.fromarray(pixels), name)
    picture, _ = read(path)
    assert np.array_equal(picture.pixels[..., :3], pillows(path, "RGB"))


def test_conversion_by_strips_does_not_show(tmp_path, monkeypatch):
    image = Image.fromarray(random_pixels((40, 30, 3), np.uint8)).convert("P")
    path = saved(tmp_path, image, "p.gif")
    monkeypatch.setattr("cutaway.picture.decode.STRIP_PIXELS", 70)
    assert np.array_equal(read(path)[0].pixels, pillows(path, "RGB"))
    monkeypatch.setattr("cutaway.picture.opencv.STRIP_BYTES", 500)
    path = saved(tmp_path, image.convert("RGB"), "p.png")
    assert np.array_equal(read(path)[0].pixels, np.asarray(image.convert("RGB")))


@pytest.mark.parametrize("name", ["größe.png", "日本.png", "with space.png", "[x]*.png"])
def test_any_name(tmp_path, name):
    pixels = random_pixels((*ODD, 3), np.uint8)
    assert np.array_equal(read(put(tmp_path, png_of(pixels), name))[0].pixels, pixels)


def test_a_wrong_ending_does_not_matter(tmp_path):
    pixels = random_pixels((*ODD, 3), np.uint8)
    assert np.array_equal(read(put(tmp_path, png_of(pixels), "photo.jpg"))[0].pixels, pixels)


def test_a_picture_of_one_pixel(tmp_path):
    for data in (png_of(np.array([[[7]]], np.uint8)), png_of(np.array([[[7, 8, 9, 10]]], np.uint16))):
        assert read(put(tmp_path, data))[0].pixels.shape[:2] == (1, 1)


def test_where_opencv_cannot_fill_an_array(tmp_path, monkeypatch):
    """OpenCV before 4.11 has no second argument; a name that it cannot open leaves the array untouched."""
    pixels = random_pixels((*ODD, 3), np.uint8)
    path = put(tmp_path, png_of(pixels))
    for fake in (lambda name, room, flags: room, lambda name, flags: None):
        monkeypatch.setattr(cv2, "imread", fake)
        assert np.array_equal(read(path)[0].pixels, pixels)


def test_no_room_in_memory_is_not_a_damaged_picture(tmp_path, monkeypatch):
    def decode(_data, _flags):
        error = cv2.error("no room")
        error.code = cv2.Error.StsNoMem
        raise error

    monkeypatch.setattr(cv2, "imread", lambda *_: None)
    monkeypatch.setattr(cv2, "imdecode", decode)
    with pytest.raises(MemoryError):
        read(put(tmp_path, png_of(random_pixels((4, 4, 3), np.uint8))))
