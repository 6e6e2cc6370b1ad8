"""The reader of .kra files, with files made by hand."""

from __future__ import annotations

import random
import zipfile
from pathlib import Path

import numpy as np
import pytest

from . import kra

MAIN = """<DOC xmlns="http://www.calligra.org/DTD/krita"><IMAGE name="pic" width="80" height="70"><layers>
<layer name="photo" filename="layer2" nodetype="paintlayer" colorspacename="RGBA" visible="1" locked="0" opacity="200"
 compositeop="normal" x="-5" y="3" uuid="{1}">
 <masks><mask name="m" filename="mask3" nodetype="transparencymask" visible="0" x="0" y="0" uuid="{2}"/></masks></layer>
<layer name="set" filename="layer4" nodetype="grouplayer" visible="1" uuid="{3}"><layers>
 <mask name="on the group" filename="mask5" nodetype="transparencymask" visible="1" uuid="{4}"/>
 <layer name="inner" filename="layer6" nodetype="paintlayer" colorspacename="RGBA16" visible="1" uuid="{5}"/>
</layers></layer></layers></IMAGE></DOC>"""


def tiles(size: int, *body: bytes) -> bytes:
    head = f"VERSION 2\nTILEWIDTH 64\nTILEHEIGHT 64\nPIXELSIZE {size}\nDATA {len(body)}\n".encode()
    return head + b"".join(f"{64 * n},0,LZF,{len(each)}\n".encode() + each for n, each in enumerate(body))


@pytest.fixture
def picture(tmp_path: Path) -> kra.Kra:
    rng = random.Random(1)
    raw = b"\x00" + bytes(rng.randrange(256) for _ in range(64 * 64 * 4))
    flat = b"\x01" + pack_run(77, 64 * 64)
    with zipfile.ZipFile(tmp_path / "p.kra", "w") as pack:
        pack.writestr("mimetype", "application/x-krita")
        pack.writestr("maindoc.xml", MAIN)
        pack.writestr("pic/layers/layer2", tiles(4, raw))
        pack.writestr("pic/layers/layer2.defaultpixel", b"\x01\x02\x03\x04")
        pack.writestr("pic/layers/mask3.pixelselection", tiles(1, flat))
        pack.writestr("pic/layers/mask3.pixelselection.defaultpixel", b"\x09")
        pack.writestr("pic/annotations/kept", b"words")
    return kra.read(tmp_path / "p.kra")


def pack_run(value: int, count: int) -> bytes:
    """LZF of ``count`` times the same byte: one literal, then references one back."""
    out, left = bytes([0, value]), count - 1
    while left:
        part = min(left, 264) if left == 264 or left - min(left, 264) != 1 else 262
        assert part >= 9
        out += bytes([7 << 5, part - 9, 0])
        left -= part
    return out


def test_the_tree_and_what_it_says(picture: kra.Kra) -> None:
    assert (picture.width, picture.height) == (80, 70)
    assert picture.tree() == [["photo", ["m"], []], ["set", ["on the group"], [["inner", [], []]]]]
    photo, mask = picture.layer("photo"), picture.layer("m")
    assert (photo.visible, photo.opacity, photo.mode, photo.uuid) == (True, 200, "normal", "{1}")
    assert not mask.visible and picture.layer("set").pixels is None
    assert picture.annotations == {"kept": b"words"}


def test_tiles_lie_where_the_layer_is_moved_to(picture: kra.Kra) -> None:
    got = picture.layer("photo").samples(-6, 2, 70, 70)
    rng = random.Random(1)
    want = np.array([rng.randrange(256) for _ in range(64 * 64 * 4)], np.uint8).reshape(64, 64, 4)
    np.testing.assert_array_equal(got[1:65, 1:65], want)
    np.testing.assert_array_equal(got[0], np.tile(np.array([1, 2, 3, 4], np.uint8), (70, 1)))
    assert got[0, 0].tolist() == got[69, 69].tolist() == [1, 2, 3, 4]


def test_a_packed_mask(picture: kra.Kra) -> None:
    got = picture.layer("m").samples(-1, 0, 66, 64)
    assert (got[:, 1:65] == 77).all() and (got[:, [0, 65]] == 9).all()


@pytest.mark.parametrize(("data", "want"), [
    (b"\x02abc", b"abc"), (b"\x00a\x20\x00", b"aaaa"), (b"\x01ab\x40\x01", b"ababab"),
    (b"\x00a\xe0\x00\x00", b"a" * 10)])
def test_lzf(data: bytes, want: bytes) -> None:
    assert kra.unpack_lzf(data, len(want)) == want


def test_damaged_lzf() -> None:
    with pytest.raises(ValueError, match="before the beginning"):
        kra.unpack_lzf(b"\x00a\x20\x05", 4)
    with pytest.raises(ValueError, match="3 bytes"):
        kra.unpack_lzf(b"\x02abc", 4)


def test_another_kind_of_file(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "p.kra", "w") as pack:
        pack.writestr("mimetype", "application/zip")
    with pytest.raises(ValueError, match="not a Krita file"):
        kra.read(tmp_path / "p.kra")
