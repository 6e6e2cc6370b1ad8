"""The files that are answered, read by other decoders than the emulator's."""

import io

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from tests.emulator import LAYOUTS, Emulator, FakeClock, ellipse, luminance
from tests.emulator.caller import Caller, opened, picture, pixels
from tests.emulator.png import bomb, chunk, encode
from tests.emulator.results import changed

MASK = luminance(pixels())
SHAPES = {"L": (), "LA": (2,), "RGB": (3,), "RGBA": (4,), "LA_in_alpha": (2,), "RGBA_in_alpha": (4,), "L16": (),
          "LA16": (2,), "RGB16": (3,), "RGBA16": (4,), "hard": ()}


def by_opencv(data: bytes) -> np.ndarray:
    """16 bits kept, as (H, W) or (H, W, 3 or 4) RGB."""
    found = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return found if found.ndim == 2 else found[..., [2, 1, 0, 3][:found.shape[2]]]


def test_every_layout_is_listed():
    assert set(LAYOUTS) == set(SHAPES)


@pytest.mark.parametrize("layout", SHAPES)
def test_a_mask_in_every_layout(layout):
    with Emulator(clock=FakeClock(), layout=layout) as e, Caller(e) as call:
        data = call.result()
    bits, colour = data[24], data[25]
    assert bits == (16 if layout.endswith("16") else 8)
    assert colour == {(): 0, (3,): 2, (2,): 4, (4,): 6}[SHAPES[layout]]
    expected = np.where(MASK >= 128, 255, 0) if layout == "hard" else MASK
    assert MASK.min() == 0 and MASK.max() == 255 and len(np.unique(MASK)) > 2
    array = by_opencv(data)
    if bits == 16:
        assert array.dtype == np.uint16
        expected, full = expected.astype(int) * 257, 65535
    else:
        assert opened(data).shape == (40, 60, *SHAPES[layout])
        full = 255
    planes = np.atleast_3d(array)  # OpenCV gives gray and alpha as four channels
    inside = layout.endswith("_in_alpha")
    assert (planes[..., 0] == (full if inside else expected)).all()
    if planes.shape[2] == 4:
        assert (planes[..., 3] == (expected if inside else full)).all()


def test_a_segmentation_is_the_picture_with_straight_alpha(call):
    array = opened(call.result(mode="segmentation"))
    assert array.shape == (40, 60, 4) and array.dtype == np.uint8
    assert (array[..., :3] == pixels()).all() and (array[..., 3] == MASK).all()


def test_a_layout_says_nothing_about_a_segmentation():
    with Emulator(clock=FakeClock(), layout="L16") as e, Caller(e) as call:
        assert opened(call.result(mode="segmentation")).shape == (40, 60, 4)
        e.control.layout("RGB")
        assert opened(call.result()).shape == (40, 60, 3)


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "JPEG"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_every_kind_of_upload_is_cut(call, kind, mode):
    out = io.BytesIO()
    Image.fromarray(pixels()).convert(mode).save(out, kind)
    mask = opened(call.result(out.getvalue()))
    assert np.abs(mask.astype(int) - MASK).mean() < (3 if kind == "PNG" and mode == "RGB" else 12)


def test_a_cutter_of_the_test(clock):
    with Emulator(clock=clock, cutter=lambda rgb: rgb[..., 0]) as e, Caller(e) as call:
        assert (opened(call.result()) == pixels()[..., 0]).all()
        assert (e.mask(e.jobs[0]) == pixels()[..., 0]).all()


def test_the_cut_is_made_once(clock):
    cuts = []
    with Emulator(clock=clock, cutter=lambda rgb: cuts.append(1) or ellipse(rgb)) as e, Caller(e) as call:
        job = call.done()
        assert len({call.bare.get(call.link(job)).content for _ in range(3)}) == 1 and len(cuts) == 1


def test_luminance_by_hand():
    gray = np.array([[0, 95, 96, 112, 128, 160, 161, 255]], np.uint8)
    assert luminance(np.dstack([gray] * 3)).tolist() == [[0, 0, 0, 64, 128, 255, 255, 255]]


def test_ellipse_covers_its_area():
    mask = ellipse(np.zeros((200, 300, 3), np.uint8)) / 255
    assert abs(mask.sum() / (np.pi * 120 * 80) - 1) < 0.01
    assert mask[100, 150] == 1 and mask[0, 0] == 0 and mask[100, 20] == 0
    assert ellipse(np.zeros((1, 1, 3), np.uint8)).shape == (1, 1)


def test_a_changed_mask():
    mask = np.full((4, 6), 9, np.uint8)
    assert changed(mask, None, None) is mask
    assert changed(mask, (3, 2), None).tolist() == [[9] * 3] * 2
    assert changed(mask, (1, 2), 255).tolist() == [[255]] * 2


@given(st.sampled_from([np.uint8, np.uint16]), st.sampled_from([(), (1,), (3,), (4,)]), st.data())
def test_the_png_writer_against_opencv(dtype, channels, data):
    height, width = data.draw(st.tuples(st.integers(1, 9), st.integers(1, 9)))
    pixels = data.draw(arrays(dtype, (height, width, *channels)))
    found = by_opencv(encode(pixels, extra=((b"tEXt", b"a\x00b"),)))
    assert found.dtype == dtype and (found.reshape(pixels.shape) == pixels).all()


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1023, 1024), (1024, 1023), (4096, 700), (70_000, 31)])
def test_a_bomb_is_sound(width, height):
    """Pillow checks every CRC, and zlib the Adler-32."""
    array = opened(bomb(width, height))
    assert array.shape == (height, width) and not array.any()


def test_a_chunk_by_hand():
    assert chunk(b"IEND", b"").hex() == "0000000049454e44ae426082"


def test_an_upload_of_one_pixel(call):
    assert opened(call.result(picture(1, 1))).shape == (1, 1)
