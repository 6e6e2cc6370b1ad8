"""The reader of XCF files against files written here by hand, in each version's layout and with each compression."""

from __future__ import annotations

import random
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from . import xcf


def words(*values: int) -> bytes:
    return struct.pack(f">{len(values)}I", *values)


def string(text: str) -> bytes:
    data = text.encode() + b"\0"
    return words(len(data)) + data


def prop(kind: int, data: bytes) -> bytes:
    return words(kind, len(data)) + data


def packed(plane: bytes) -> bytes:
    """GIMP's run-length code, every form of it that the data allows: short and long runs, short and long copies."""
    out, at = b"", 0
    while at < len(plane):
        run = 1
        while at + run < len(plane) and plane[at + run] == plane[at] and run < 65535:
            run += 1
        if run > 127:
            out += bytes([127, run >> 8, run & 255, plane[at]])
        elif run > 1:
            out += bytes([run - 1, plane[at]])
        else:
            while at + run < len(plane) and plane[at + run] != plane[at + run - 1] and run < 300:
                run += 1
            copied = plane[at:at + run]
            out += (bytes([128, run >> 8, run & 255]) if run > 127 else bytes([256 - run])) + copied
        at += run
    return out


class Builder:
    """Writes one image. Offsets are filled in by building parts from the end of the file on."""

    def __init__(self, version: int, compression: int, sample: int = 1) -> None:
        self.data = b""
        self.version, self.compression, self.sample = version, compression, sample
        self.pointer = ">Q" if version >= 11 else ">I"

    def at(self, place: int) -> bytes:
        return struct.pack(self.pointer, place)

    def add(self, data: bytes) -> int:
        place = HEAD + len(self.data)
        self.data += data
        return place

    def hierarchy(self, width: int, height: int, pixel: int, data: bytes) -> int:
        tiles = []
        for top in range(0, height, 64):
            for left in range(0, width, 64):
                wide, high = min(64, width - left), min(64, height - top)
                rows = [data[((top + y) * width + left) * pixel:][:wide * pixel] for y in range(high)]
                tiles.append(self.add(self.tile(b"".join(rows), pixel)))
        level = self.add(words(width, height) + b"".join(map(self.at, tiles)) + self.at(0))
        return self.add(words(width, height, pixel) + self.at(level) + self.at(0))

    def tile(self, data: bytes, pixel: int) -> bytes:
        if self.version >= 12 and self.sample > 1:  # big-endian in the file
            step = self.sample
            data = b"".join(data[i:i + step][::-1] for i in range(0, len(data), step))
        if self.compression == 1:
            return b"".join(packed(data[plane::pixel]) for plane in range(pixel))
        return zlib.compress(data) if self.compression == 2 else data

    def file(self, width: int, height: int, precision: int, layers: list[int], channels: list[int]) -> bytes:
        name = b"file" if self.version == 0 else b"v%03d" % self.version
        head = b"gimp xcf " + name + b"\0" + words(width, height, 0)
        head += words(precision) if self.version >= 4 else b""
        head += prop(17, bytes([self.compression])) + prop(21, string("note") + words(1, 3) + b"abc") + prop(0, b"")
        for places in (layers, channels):
            head += b"".join(map(self.at, places)) + self.at(0)
        assert len(head) <= HEAD
        return head.ljust(HEAD, b"\0") + self.data


HEAD = 512


def noise(size: int, seed: int) -> bytes:
    """Bytes with runs and without."""
    generator = random.Random(seed)
    out = b""
    while len(out) < size:
        out += bytes([generator.randrange(256)]) * generator.choice((1, 1, 1, 2, 5, 200, 700))
    return out[:size]


def built(version: int, compression: int, precision: int = 150, sample: int = 1) -> tuple[bytes, bytes, bytes, bytes]:
    width, height, pixel = 150, 70, 4 * sample
    pixels, mask = noise(width * height * pixel, 1), noise(width * height * sample, 2)
    chosen = noise(20 * 10 * sample, 3)
    builder = Builder(version, compression, sample)
    mask_hierarchy = builder.hierarchy(width, height, sample, mask)
    mask_at = builder.add(words(width, height) + string("mask") + prop(0, b"") + builder.at(mask_hierarchy))
    pixels_at = builder.hierarchy(width, height, pixel, pixels)
    said = prop(6, words(102)) + prop(7, words(3)) + prop(8, words(0)) + prop(15, struct.pack(">ii", -7, 9))
    said += prop(11, words(1)) + prop(28, words(1)) + prop(2, b"") + prop(30, words(4, 2)) + prop(29, b"")
    said += prop(21, string("cutaway-matte") + words(3, 4) + b"\0\xff\x80z")
    layer = builder.add(words(width, height, 1) + string("Über") + said + prop(0, b"") + builder.at(pixels_at)
                        + builder.at(mask_at))
    selection = builder.hierarchy(20, 10, sample, chosen)
    said = prop(4, b"") + prop(0, b"")
    channel = builder.add(words(20, 10) + string("Selection Mask") + said + builder.at(selection))
    return builder.file(20, 10, precision, [layer], [channel]), pixels, mask, chosen


@pytest.mark.parametrize("compression", [0, 1, 2])
@pytest.mark.parametrize(("version", "precision", "sample"), [
    (0, 150, 1), (3, 150, 1), (7, 150, 1), (11, 150, 1), (12, 250, 2), (13, 600, 4), (20, 700, 8), (22, 150, 1)])
def test_everything_is_read_back(version: int, precision: int, sample: int, compression: int) -> None:
    data, pixels, mask, chosen = built(version, compression, precision, sample)
    image = xcf.parse(data)
    assert (image.version, image.width, image.height, image.compression) == (version, 20, 10, compression)
    assert image.sample == sample and image.parasites["note"].data == b"abc"
    layer = image.layer("Über")
    assert (layer.width, layer.height, layer.x, layer.y, layer.type, layer.mode) == (150, 70, -7, 9, 1, 3)
    assert layer.opacity == pytest.approx(0.4) and not layer.visible and layer.active and layer.is_group
    assert (layer.apply_mask, layer.edit_mask, layer.show_mask) == (True, False, False)
    assert layer.lock_content and not layer.lock_alpha and layer.path == (4, 2)
    assert layer.parasites["cutaway-matte"] == xcf.Parasite("cutaway-matte", 3, b"\0\xff\x80z")
    assert layer.pixels.data == pixels and layer.mask.data == mask
    assert image.selection.data == chosen
    assert layer.pixels.rows(3, 68, 2, 2) == b"".join(
        pixels[(y * 150 + 3) * 4 * sample:(y * 150 + 5) * 4 * sample] for y in (68, 69))


@pytest.mark.parametrize("compression", [0, 1, 2])
def test_parts_of_a_big_one(compression: int) -> None:
    data, pixels, mask, chosen = built(12, compression, 250, 2)
    image = xcf.parse(data, (1,))
    layer = image.layer("\u00dcber")
    assert (layer.pixels.width, layer.pixels.height) == (150, 6)  # of 70 rows those of the second row of tiles
    assert layer.pixels.data == pixels[64 * 150 * 4 * 2:] and layer.mask.data == mask[64 * 150 * 2:]
    assert image.selection.data == b""
    image = xcf.parse(data, (0, 1))
    assert image.layers[0].pixels.data == pixels and image.selection.data == chosen


def test_the_older_codes_of_precision() -> None:
    assert xcf.parse(built(4, 1, 0)[0]).precision == "u8-non-linear"
    assert xcf.parse(built(6, 1, 450, 2)[0]).precision == "half-non-linear"


def test_the_property_of_linked_layers_says_a_wrong_size() -> None:
    link = words(0) + string("../cat.png") + words(451, 300)
    parser = xcf._Parser(words(48, len(link) - 4) + link + prop(8, words(1)) + words(0, 0))
    assert parser._properties() == {48: link, 8: words(1)}


def test_names_and_children() -> None:
    image = xcf.parse(built(11, 1)[0])
    with pytest.raises(KeyError, match="0 layers named 'x'"):
        image.layer("x")
    assert image.children(None) == []
    image.layers[0].path = (0,)
    assert image.children(None) == image.layers


@pytest.mark.parametrize("compression", [0, 1, 2])
@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.3, 0.9, 0.99])
def test_a_cut_file_is_damaged(share: float, compression: int) -> None:
    data = built(11, compression)[0]
    with pytest.raises(xcf.Damaged):
        xcf.parse(data[:int(len(data) * share)])


@given(st.binary(max_size=300))
def test_anything_else_is_damaged(rest: bytes) -> None:
    with pytest.raises(xcf.Damaged):
        xcf.parse(b"gimp xcf v011\0" + rest)
