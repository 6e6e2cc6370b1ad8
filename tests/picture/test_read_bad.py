"""Bad input: each one gets a sentence with the file's name, and a hint."""

from __future__ import annotations

import io
import os
import struct

import numpy as np
import pytest
import tifffile
from PIL import Image

from cutaway.errors import InputError, PictureUnreadable, PictureUnsupported
from cutaway.picture.read import read
from tests.picture.make import as_other_user, chunk, png, png_of, random_pixels, smooth_pixels


def refused(path, kind=PictureUnreadable, *, says=""):
    with pytest.raises(InputError) as caught:
        read(path)
    error = caught.value
    assert type(error) is kind
    assert path.name in error.message
    assert error.message.endswith(".") and error.hint.endswith(".")
    assert says in error.message + error.hint
    return error


def put(tmp_path, data, name="picture.png"):
    path = tmp_path / name
    path.write_bytes(bytes(data))
    return path


def encoded(kind, image=None, **how):
    stream = io.BytesIO()
    (image or Image.fromarray(smooth_pixels(60, 80, 3))).save(stream, kind, **how)
    return stream.getvalue()


def test_there_is_no_file(tmp_path):
    refused(tmp_path / "missing.png", says="no file")
    refused(tmp_path / "folder" / "missing.png", says="folder")


def test_a_folder(tmp_path):
    refused(tmp_path, says="is a folder")


def test_an_empty_file(tmp_path):
    refused(put(tmp_path, b""), says="0 bytes")


def test_no_permission(tmp_path):
    path = put(tmp_path, png_of(random_pixels((4, 4, 3), np.uint8)))
    path.chmod(0)
    with as_other_user():
        refused(path, says="permission")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no pipes with names")
def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    refused(tmp_path / "pipe.png", says="not a file")


@pytest.mark.parametrize("name", ["a\0b.png", "x" * 400 + ".png"])
def test_an_impossible_name(tmp_path, name):
    refused(tmp_path / name)


@pytest.mark.parametrize("text", ["just text", "/* C */ int x;", "BM", "P6", "%!PS-Adobe-3.0 EPSF-3.0", "\n", "<svg/>"])
def test_text_named_png(tmp_path, text):
    refused(put(tmp_path, text.encode()))


def test_text_is_called_what_it_is(tmp_path):
    error = refused(put(tmp_path, b"Dear Sir or Madam, please find attached the photograph."), says="not a picture")
    assert "PNG" in error.hint


def test_postscript_starts_no_other_program(tmp_path, monkeypatch):
    monkeypatch.setattr("subprocess.Popen", lambda *_a, **_k: pytest.fail("a program was started"))
    data = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n%%EndComments\nshowpage\n"
    refused(put(tmp_path, data, "p.eps"), says="not a picture")


FILES = {
    "p.jpg": encoded("JPEG"), "progressive.jpg": encoded("JPEG", progressive=True), "p.png": encoded("PNG"),
    "cmyk.jpg": encoded("JPEG", Image.new("CMYK", (40, 30))),
    "deep.png": png_of(random_pixels((40, 30, 4), np.uint16)), "p.gif": encoded("GIF"), "p.bmp": encoded("BMP"),
    "p.webp": encoded("WEBP"), "p.tif": encoded("TIFF"), "lzw.tif": encoded("TIFF", compression="tiff_lzw"),
    "g4.tif": encoded("TIFF", Image.new("1", (50, 50)), compression="group4"), "p.jp2": encoded("JPEG2000"),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("part", [0.03, 0.4, 0.8, 0.97])
def test_a_file_that_was_cut_off(tmp_path, name, part):
    data = FILES[name]
    refused(put(tmp_path, data[:max(4, int(part * len(data)))], name))


def test_jpeg_that_lacks_only_its_end_mark_is_whole(tmp_path):
    path = put(tmp_path, FILES["p.jpg"][:-2], "p.jpg")
    with Image.open(path) as image:
        assert np.array_equal(read(path)[0].pixels, np.asarray(image))


@pytest.mark.parametrize("name", ["p.jpg", "p.png", "deep.png", "p.gif", "p.webp", "p.tif"])
def test_every_length_of_a_header_is_survived(tmp_path, name):
    for length in range(1, 60):
        refused(put(tmp_path, FILES[name][:length], name))


@pytest.mark.parametrize("name", ["p.jpg", "p.png", "deep.png"])
def test_the_missing_tail_filled_with_zeros(tmp_path, name):
    """As an interrupted download leaves it."""
    data = FILES[name]
    refused(put(tmp_path, data[:len(data) // 2] + bytes(len(data) - len(data) // 2), name), says="damaged")


@pytest.mark.parametrize("kind", [b"IHDR", b"IDAT", b"tEXt", b"IEND"])
def test_png_with_a_wrong_checksum(tmp_path, kind):
    data = bytearray(png_of(random_pixels((9, 9, 3), np.uint8), extra=chunk(b"tEXt", b"Author\0me")))
    size = struct.unpack(">I", data[data.index(kind) - 4:data.index(kind)])[0]
    data[data.index(kind) + 4 + size] ^= 1
    refused(put(tmp_path, data), says="damaged")


@pytest.mark.parametrize("dtype", ["uint8", "uint16"])
def test_png_whose_rows_end_early(tmp_path, dtype):
    """Right checksums and an end, but not all rows: Pillow alone would show half a picture."""
    pixels = random_pixels((40, 30, 3), dtype)
    big = pixels.astype(pixels.dtype.newbyteorder(">"))
    data = png([row.tobytes() for row in big[:20]], 30, 8 * pixels.dtype.itemsize, 2, height=40)
    refused(put(tmp_path, data), says="damaged")


def test_png_with_a_key_of_the_wrong_length(tmp_path):
    refused(put(tmp_path, png_of(random_pixels((4, 4, 1), np.uint8), extra=chunk(b"tRNS", b"\0"))))


def test_tiff_with_broken_data(tmp_path):
    stream = io.BytesIO()
    tifffile.imwrite(stream, random_pixels((40, 30, 3), np.uint16), photometric="rgb", compression="zlib")
    stream.seek(0)
    with tifffile.TiffFile(stream) as file:
        at = file.pages[0].dataoffsets[0]
    data = bytearray(stream.getvalue())
    data[at + 20:at + 200] = bytes(180)
    refused(put(tmp_path, data, "p.tif"), says="damaged")


def test_tiff_that_points_past_its_end(tmp_path):
    stream = io.BytesIO()
    tifffile.imwrite(stream, random_pixels((40, 30), np.uint16))
    refused(put(tmp_path, stream.getvalue()[:-10], "p.tif"), says="damaged")


def animation(kind, **how):
    frames = [Image.fromarray(smooth_pixels(20, 30, 3)[:, ::step].copy()).resize((30, 20)) for step in (1, -1)]
    return encoded(kind, frames[0], save_all=True, append_images=frames[1:], **how)


@pytest.mark.parametrize(("name", "kind"), [("p.gif", "GIF"), ("p.webp", "WEBP"), ("p.png", "PNG")])
def test_an_animation(tmp_path, name, kind):
    error = refused(put(tmp_path, animation(kind), name), PictureUnsupported, says="animation")
    assert "Save the one you want" in error.hint


def test_an_animation_of_one_picture_is_a_picture(tmp_path):
    data = png_of(random_pixels((4, 4, 3), np.uint8), extra=chunk(b"acTL", struct.pack(">II", 1, 0)))
    assert read(put(tmp_path, data))[0].width == 4
    assert read(put(tmp_path, encoded("GIF"), "p.gif"))[0].width == 80


@pytest.mark.parametrize(("width", "height"), [(32001, 1), (1, 32001), (25000, 25000), (2**31 - 1, 2**31 - 1)])
def test_png_beyond_the_limits_is_refused_by_its_header(tmp_path, width, height):
    data = png([b"\0"], width, 8, 0, height=height)
    refused(put(tmp_path, data), PictureUnsupported, says="32000")


@pytest.mark.parametrize(("width", "height"), [(32001, 2), (25000, 25000)])
def test_other_formats_beyond_the_limits(tmp_path, width, height):
    bmp = bytearray(encoded("BMP", Image.new("1", (8, 8))))
    struct.pack_into("<ii", bmp, 18, width, height)
    refused(put(tmp_path, bmp, "p.bmp"), PictureUnsupported, says="500 megapixels")
    stream = io.BytesIO()
    tifffile.imwrite(stream, np.zeros((8, 8), np.uint8))
    stream.seek(0)
    with tifffile.TiffFile(stream, mode="r+") as file:
        file.pages[0].tags[256].overwrite(width)
        file.pages[0].tags[257].overwrite(height)
    refused(put(tmp_path, stream.getvalue(), "p.tif"), PictureUnsupported, says="500 megapixels")


def test_pictures_of_a_hundred_megapixels_are_read_without_a_warning(tmp_path):
    """Pillow's own limit would warn at 89 and refuse at 179."""
    wide, high = 13500, 13400
    refused(put(tmp_path, png([b"\0"], 32000, 1, 0, height=15700), "p.png"), PictureUnsupported)
    path = put(tmp_path, encoded("GIF", Image.new("1", (wide, high // 2))), "p.gif")
    picture, notes = read(path)
    assert (picture.width, picture.height, notes) == (wide, high // 2, ())


def test_pillows_own_refusal_is_ours(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    refused(put(tmp_path, encoded("WEBP"), "p.webp"), PictureUnsupported, says="too large")


@pytest.mark.parametrize("dtype", ["int16", "uint64", "int8", "complex64"])
def test_numbers_that_no_picture_has(tmp_path, dtype):
    tifffile.imwrite(tmp_path / "p.tif", np.full((8, 9, 3), 1).astype(dtype), photometric="rgb")
    refused(tmp_path / "p.tif", PictureUnsupported, says="PNG")


def test_whole_numbers_beyond_16_bits(tmp_path):
    tifffile.imwrite(tmp_path / "p.tif", np.array([[-5, 70000]], np.int32))
    refused(tmp_path / "p.tif", PictureUnsupported, says="beyond 16 bits")


def test_a_cameras_raw_file(tmp_path):
    preview = random_pixels((8, 9, 3), np.uint8)
    tifffile.imwrite(tmp_path / "p.dng", preview, photometric="rgb", extratags=[(50706, 1, 4, b"\1\4\0\0", True)])
    refused(tmp_path / "p.dng", PictureUnsupported, says="raw")


def test_tiff_with_a_compression_that_nothing_undoes(tmp_path):
    stream = io.BytesIO()
    tifffile.imwrite(stream, random_pixels((8, 9, 3), np.uint16), photometric="rgb")
    stream.seek(0)
    with tifffile.TiffFile(stream, mode="r+") as file:
        file.pages[0].tags[259].overwrite(34712)
    refused(put(tmp_path, stream.getvalue(), "p.tif"), PictureUnsupported, says="compressed TIFF")


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's own words on some of them
def test_any_changed_byte_gives_a_picture_or_a_sentence(tmp_path):
    rng = np.random.default_rng(5)
    for name, data in FILES.items():
        for _ in range(12):
            broken = bytearray(data)
            at = int(rng.integers(0, min(len(data), 400)))
            broken[at] = int(rng.integers(0, 256))
            try:
                picture, _ = read(put(tmp_path, broken, name))
            except InputError as error:
                assert name in error.message
            else:
                assert picture.pixels.size
