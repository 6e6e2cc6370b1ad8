from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from cutaway.picture import exif
from tests.picture.make import exif_block


def by_pillow(block):
    found = Image.Exif()
    found.load(b"Exif\0\0" + block)
    return found


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("prefix", [b"", b"Exif\0\0"])
def test_reads_and_resets_the_orientation(order, prefix):
    for orientation in range(1, 9):
        block = exif_block(order, orientation=orientation, resolution=(300, 150))
        found = exif.parse(prefix + block)
        assert found.orientation == orientation
        assert found.resolution == (300, 150)
        assert len(found.block) == len(block)  # nothing moved
        assert by_pillow(found.block)[0x0112] == 1


def test_centimetres():
    assert exif.parse(exif_block(resolution=(100, 50), unit=3)).resolution == pytest.approx((254, 127))
    assert exif.parse(exif_block(resolution=(100, 50), unit=1)).resolution is None
    assert exif.parse(exif_block(resolution=(0, 50))).resolution is None


@pytest.mark.parametrize("order", ["<", ">"])
def test_the_thumbnail_is_blanked_and_unlinked(order):
    secret = b"\xff\xd8 the old background \xff\xd9"
    block = exif_block(order, orientation=6, thumbnail=secret)
    assert secret in block
    found = exif.parse(block)
    assert secret not in found.block
    assert by_pillow(found.block).get_ifd(1) == {}
    assert found.orientation == 6


@pytest.mark.parametrize("value", [0, 9, 65535])
def test_an_impossible_orientation_is_none(value):
    found = exif.parse(exif_block(orientation=value))
    assert found.orientation == 1
    assert by_pillow(found.block)[0x0112] == 1


@pytest.mark.parametrize("raw", [
    None, b"", b"Exif\0\0", b"II*\0", b"II*\0\xff\xff\xff\xff", b"nonsense", b"MM\0*" + b"\xff" * 40,
])
def test_what_is_no_block_gives_none(raw):
    assert exif.parse(raw) is None


@given(st.binary(max_size=120), st.sampled_from([b"II*\0", b"MM\0*"]), st.integers(0, 40))
def test_any_bytes_are_survived(body, head, offset):
    exif.parse(head + offset.to_bytes(4, "little" if head[0] == 73 else "big") + body)


@given(st.integers(0, 200), st.integers(0, 255))
def test_any_changed_byte_is_survived(at, value):
    block = bytearray(exif_block(orientation=3, resolution=(72, 72), thumbnail=b"x" * 20))
    block[at % len(block)] = value
    exif.parse(bytes(block))


def test_a_resolution_can_be_added():
    for block in (b"", exif_block(orientation=1)):
        made = exif.with_resolution(block, (300.0, 144.5))
        assert exif.parse(made).resolution == pytest.approx((300, 144.5))
        assert (0x0112 in by_pillow(made)) == bool(block)
    said = exif_block(resolution=(72, 72))
    assert exif.with_resolution(said, (300, 300)) == said


def test_a_made_block_is_read_by_pillow():
    stream = io.BytesIO()
    Image.new("RGB", (4, 4)).save(stream, "WEBP", exif=exif.with_resolution(b"", (200.0, 100.0)))
    found = Image.open(stream).getexif()
    assert (found[0x011A], found[0x011B], found[0x0128]) == (200, 100, 2)
