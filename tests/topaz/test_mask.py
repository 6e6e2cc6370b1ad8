"""Any layout and size of a result becomes the picture's mask; everything else is refused, bombs undecoded."""

import io
import struct
import zlib

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from cutaway.errors import CloudAnswerBad
from cutaway.topaz import Limits, decode_mask
from tests.topaz.fakes import png

W, H = 40, 30
RAMP = np.arange(W * H, dtype=np.uint32).reshape(H, W)
SOFT8 = (RAMP % 256).astype(np.uint8)
SOFT16 = (RAMP * 50 % 65536).astype(np.uint16)
PHOTO8 = np.random.default_rng(1).integers(0, 256, (H, W, 3), dtype=np.uint8)


def encoded(pixels: np.ndarray, suffix: str = ".png") -> bytes:
    """By OpenCV, which writes 16-bit colours; the channels in RGB order."""
    swapped = pixels if pixels.ndim == 2 else pixels[..., [2, 1, 0, 3][:pixels.shape[2]]]
    return cv2.imencode(suffix, swapped)[1].tobytes()


def gray_alpha_16(gray: np.ndarray, alpha: np.ndarray) -> bytes:
    """By hand: neither OpenCV nor Pillow writes this kind."""
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = np.stack([gray, alpha], axis=2).astype(">u2")
    packed = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    head = struct.pack(">IIBBBBB", gray.shape[1], gray.shape[0], 16, 4, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def stack(*channels: np.ndarray) -> np.ndarray:
    return np.stack(channels, axis=2)


FULL8, FULL16 = np.full_like(SOFT8, 255), np.full_like(SOFT16, 65535)
LAYOUTS = {
    "L8": (png(SOFT8), SOFT8),
    "L16": (encoded(SOFT16), SOFT16),
    "LA8 in alpha": (png(stack(FULL8, SOFT8)), SOFT8),
    "LA8 in gray, opaque": (png(stack(SOFT8, FULL8)), SOFT8),
    "LA16 in alpha": (gray_alpha_16(FULL16, SOFT16), SOFT16),
    "LA16 in gray, opaque": (gray_alpha_16(SOFT16, FULL16), SOFT16),
    "RGB8": (png(stack(SOFT8, SOFT8, SOFT8)), SOFT8),
    "RGB16": (encoded(stack(SOFT16, SOFT16, SOFT16)), SOFT16),
    "RGBA8 cut-out": (png(np.dstack([PHOTO8, SOFT8])), SOFT8),
    "RGBA8 white with alpha": (png(stack(FULL8, FULL8, FULL8, SOFT8)), SOFT8),
    "RGBA8 mask in both": (png(stack(SOFT8, SOFT8, SOFT8, SOFT8)), SOFT8),
    "RGBA8 mask in gray, opaque": (png(stack(SOFT8, SOFT8, SOFT8, FULL8)), SOFT8),
    "RGBA16 cut-out": (encoded(stack(SOFT16[::-1], SOFT16, FULL16, SOFT16)), SOFT16),
    "RGBA16 mask in gray, opaque": (encoded(stack(SOFT16, SOFT16, SOFT16, FULL16)), SOFT16),
    "hard": (png((SOFT8 > 99).astype(np.uint8) * 255), (SOFT8 > 99).astype(np.uint8) * 255),
    "1 bit": (png(SOFT8 > 99), (SOFT8 > 99).astype(np.uint8) * 255),
    "all 0": (png(FULL8 * 0), FULL8 * 0),
    "all 255": (png(FULL8), FULL8),
    "RGBA8 all 0": (png(np.dstack([PHOTO8, FULL8 * 0])), FULL8 * 0),
    "RGBA8 photo, opaque": (png(np.dstack([PHOTO8, FULL8])), FULL8),
    "WebP": (encoded(np.dstack([PHOTO8, SOFT8]), ".webp"), None),
    "JPEG": (encoded(SOFT8, ".jpg"), None),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts(name):
    data, wanted = LAYOUTS[name]
    mask = decode_mask(data, W, H)
    assert mask.shape == (H, W) and mask.flags.c_contiguous
    if wanted is None:
        assert mask.dtype == np.uint8
    else:
        assert mask.dtype == wanted.dtype
        np.testing.assert_array_equal(mask, wanted)


def test_a_palette_is_seen_through():
    data = io.BytesIO()
    Image.fromarray(SOFT8).convert("P").save(data, "PNG")
    np.testing.assert_array_equal(decode_mask(data.getvalue(), W, H), SOFT8)


def test_an_opaque_gray_cut_out_is_all_kept_where_a_cut_out_was_asked_for():
    data = png(stack(SOFT8, SOFT8, SOFT8, FULL8))
    assert decode_mask(data, W, H, mode="segmentation").min() == 255
    np.testing.assert_array_equal(decode_mask(data, W, H, mode="alpha"), SOFT8)


def test_jpegs_gray_is_gray():
    data = encoded(stack(SOFT8, SOFT8, SOFT8), ".jpg")
    assert np.abs(decode_mask(data, W, H).astype(int) - SOFT8).mean() < 40


def test_a_photograph_is_no_mask():
    with pytest.raises(CloudAnswerBad):
        decode_mask(png(PHOTO8), W, H)


@pytest.mark.parametrize("factor", [2, 3, 5])
def test_a_larger_mask_is_averaged(factor):
    large = np.random.default_rng(2).integers(0, 256, (H * factor, W * factor), dtype=np.uint8)
    slow = large.reshape(H, factor, W, factor).astype(float).mean(axis=(1, 3))
    assert np.abs(decode_mask(png(large), W, H) - slow).max() <= 1.0


def test_a_smaller_mask_is_interpolated():
    small = np.array([[0, 200]], np.uint8)
    # By hand: samples sit in the middle of their pixels, and the edge goes on level.
    np.testing.assert_array_equal(decode_mask(png(small), 4, 2), [[0, 50, 150, 200]] * 2)


def test_wider_and_lower_at_once():
    values = np.repeat(np.array([[10], [30]], np.uint8), 8, axis=1)
    np.testing.assert_array_equal(decode_mask(png(values), 20, 1), np.full((1, 20), 20))


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60), st.integers(1, 60), st.sampled_from([8, 16]),
       st.integers(0, 2**32 - 1))
def test_the_mask_has_the_pictures_size_and_stays_within_its_values(wide, high, width, height, depth, seed):
    kind = np.uint8 if depth == 8 else np.uint16
    values = np.random.default_rng(seed).integers(0, 2**depth, (high, wide), dtype=kind)
    mask = decode_mask(encoded(values), width, height)
    assert mask.shape == (height, width) and mask.dtype == kind
    assert values.min() <= mask.min() and mask.max() <= values.max()


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
@pytest.mark.parametrize("name", ["L8", "RGBA8 cut-out", "WebP", "JPEG"])
def test_a_result_that_ends_early(name, share):
    data = LAYOUTS[name][0]
    with pytest.raises(CloudAnswerBad):
        decode_mask(data[:int(len(data) * share)], W, H)


def test_a_flipped_bit():
    data = bytearray(png(SOFT8))
    data[len(data) // 2] ^= 4
    with pytest.raises(CloudAnswerBad):
        decode_mask(bytes(data), W, H)


@pytest.mark.parametrize("data", [
    b"", b"<!doctype html><html>", b"{}", b"\x89PNG\r\n\x1a\n", b"GIF89a" + bytes(50), b"%!PS-Adobe-3.0 EPSF-3.0\n",
    b"\xff\xd8\xff\xe0" + bytes(90), b"RIFF\0\0\0\0WEBPVP8 " + bytes(50), encoded(SOFT16, ".tiff")])
def test_no_picture(data):
    with pytest.raises(CloudAnswerBad) as refused:
        decode_mask(data, W, H)
    assert refused.value.hint


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims many pixels, and would be decoded to them."""
    small = bytearray(png(np.zeros((1, 1), np.uint8)))
    small[16:24] = struct.pack(">II", width, height)
    small[29:33] = struct.pack(">I", zlib.crc32(bytes(small[12:29])))
    return bytes(small)


@pytest.mark.parametrize("size", [(30_000, 30_000), (9_000, 9_000), (2**31 - 1, 2**31 - 1)])
def test_bombs_are_not_decoded(size, monkeypatch):
    monkeypatch.setattr("cutaway.topaz.mask.read", lambda path: pytest.fail("it was decoded"))
    with pytest.raises(CloudAnswerBad) as refused:
        decode_mask(bomb(*size), W, H)
    assert "megapixels" in str(refused.value)


def test_the_cap_grows_with_the_picture():
    large = png(np.zeros((100, 120), np.uint8))
    limits = Limits(result_pixels=100)
    assert decode_mask(large, 60, 50, limits=limits).shape == (50, 60)
    with pytest.raises(CloudAnswerBad):
        decode_mask(large, 59, 50, limits=limits)


def test_an_animation_is_no_mask():
    data = io.BytesIO()
    frames = [Image.fromarray(SOFT8), Image.fromarray(255 - SOFT8)]
    frames[0].save(data, "PNG", save_all=True, append_images=frames[1:])
    with pytest.raises(CloudAnswerBad):
        decode_mask(data.getvalue(), W, H)


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-1, 5)])
def test_a_picture_without_pixels(size):
    with pytest.raises(ValueError):
        decode_mask(png(SOFT8), *size)


def test_nothing_is_left_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    decode_mask(png(SOFT8), W, H)
    with pytest.raises(CloudAnswerBad):
        decode_mask(png(SOFT8)[:-9], W, H)
    assert list(tmp_path.iterdir()) == []


def test_no_room_for_the_file(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    with pytest.raises(CloudAnswerBad) as refused:
        decode_mask(png(SOFT8), W, H)
    assert "temporary" in str(refused.value)
