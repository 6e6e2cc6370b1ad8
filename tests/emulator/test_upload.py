"""What is found out about an uploaded file."""

import io
import zlib

import numpy as np
import pytest
from PIL import Image, ImageCms, TiffImagePlugin

from tests.emulator.caller import picture, pixels
from tests.emulator.png import SIGNATURE, chunk, encode
from tests.emulator.upload import NoPixels, NotAPicture, chunks, decode, inspect

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
LAB = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def saved(kind: str, mode: str = "RGB", **choices) -> bytes:
    out = io.BytesIO()
    Image.fromarray(pixels()).convert(mode).save(out, kind, **choices)
    return out.getvalue()


def exif() -> Image.Exif:
    found = Image.Exif()
    found[0x0112] = 6
    return found


def tiff_with_exif() -> bytes:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[0x8769] = {0x9003: "2026:01:01 00:00:00"}
    return saved("TIFF", tiffinfo=tags)


@pytest.mark.parametrize(("data", "wrongs"), [
    (picture(), []), (saved("PNG"), []), (saved("PNG", "L"), []), (saved("PNG", icc_profile=SRGB), []),
    (saved("PNG", "RGBA"), ["RGBA, not flattened RGB"]), (saved("PNG", "LA"), ["LA, not flattened RGB"]),
    (saved("PNG", "P"), ["P, not flattened RGB"]),
    (saved("PNG", "1"), ["1 bits a channel, not 8"]),
    (encode(np.zeros((4, 4, 3), np.uint16)), ["16 bits a channel, not 8"]),
    (saved("PNG", icc_profile=LAB), ["a profile that is not sRGB"]),
    (saved("PNG", exif=exif()), ["EXIF"]),
    (encode(pixels(), ((b"tEXt", b"Author\x00me"),)), ["a tEXt chunk"]),
    (encode(pixels(), ((b"tIME", b"\x07\xea\x01\x01\x00\x00\x00"), (b"iTXt", b"x"))),
     ["a tIME chunk", "a iTXt chunk"]),
    (saved("JPEG"), ["a jpeg, not a PNG"]), (saved("JPEG", exif=exif()), ["a jpeg, not a PNG", "EXIF"]),
    (saved("TIFF"), ["a tiff, not a PNG"]), (tiff_with_exif(), ["a tiff, not a PNG", "EXIF"]),
])
def test_what_a_client_should_not_send_is_told(data, wrongs):
    assert inspect(data).wrongs == wrongs


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_the_facts(kind):
    facts = inspect(saved(kind, icc_profile=SRGB))
    assert (facts.kind, facts.width, facts.height, facts.mode, facts.bits) == (kind.lower(), 60, 40, "RGB", 8)
    assert facts.profile == SRGB and facts.srgb


def test_a_damaged_profile_is_not_srgb():
    data = encode(pixels(), ((b"iCCP", b"name\x00\x00" + zlib.compress(SRGB)[:-9]),))
    assert not inspect(data).srgb


def test_what_is_no_picture():
    for data in (b"GIF89a", SIGNATURE, SIGNATURE + chunk(b"IDAT", b""), b"\xff\xd8\xff", b"II*\x00"):
        with pytest.raises(NotAPicture):
            inspect(data)
    with pytest.raises(NoPixels):
        inspect(b"")


def test_chunks_stop_where_the_file_does():
    names = ["IHDR", "IDAT", "IEND"]
    assert [name for name, _ in chunks(picture())] == names
    assert [name for name, _ in chunks(picture()[:-1])] == names[:2]


def test_decoding_drops_alpha_and_keeps_colours():
    assert (decode(picture()) == pixels()).all()
    assert (decode(encode(np.dstack([pixels(), np.zeros((40, 60), np.uint8)]))) == pixels()).all()
    with pytest.raises(NotAPicture):
        decode(picture()[:-1])


def test_the_record_has_the_file_and_its_facts(call, e):
    call.submit(picture(), name="layer.png")
    seen = e.of("submit")[0]
    assert (seen.file_name, seen.file_type, seen.picture) == ("layer.png", "image/png", picture())
    assert seen.upload.wrongs == [] and seen.fields == {"model": ["Object"], "mode": ["alpha"]}
    call.submit(b"no picture")
    assert e.of("submit")[1].upload is None and e.of("submit")[1].picture == b"no picture"
