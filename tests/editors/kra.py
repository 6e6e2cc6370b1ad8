"""Reads Krita's .kra files, independently of Krita: layer tree, pixels, transparency masks, annotations.

A .kra is a ZIP: ``maindoc.xml`` describes the image, ``<image's name>/layers/<filename>`` holds a layer's pixels in
tiles, ``<filename>.defaultpixel`` what is where no tile is, ``<filename>.pixelselection`` a mask.
The tiles' form is Krita's own, written from libs/image/tiles3/swap/kis_tile_compressor_2.cpp: a line "x,y,LZF,bytes",
then one byte (0: as it is, 1: LZF-compressed planes, first all first bytes of the pixels, then all second, ...).
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

NAMESPACE = "{http://www.calligra.org/DTD/krita}"
SIDE = 64
# Bytes of a pixel and numpy's name of a sample, by Krita's names of colour spaces.
SPACES = {
    "RGBA": (4, "|u1"), "RGBA16": (8, "<u2"), "RGBAF16": (8, "<f2"), "RGBAF32": (16, "<f4"),
    "GRAYA": (2, "|u1"), "GRAYAU16": (4, "<u2"), "GRAYAF32": (8, "<f4"), "CMYK": (5, "|u1"), "LABA": (8, "<u2"),
}
# Nodes that hold values, one byte a pixel, and no colours. The picture's selection is a node at the top.
VALUES = ("transparencymask", "selectionmask")


@dataclass
class Pixels:
    """Tiles by corner, each (SIDE, SIDE, bytes of a pixel), and the default pixel. Coordinates are the image's."""

    tiles: dict[tuple[int, int], np.ndarray]
    default: bytes
    x: int
    y: int

    def read(self, x: int, y: int, width: int, height: int) -> np.ndarray:
        """(height, width, bytes of a pixel) uint8."""
        out = np.empty((height, width, len(self.default)), np.uint8)
        out[:] = np.frombuffer(self.default, np.uint8)
        for (left, top), tile in self.tiles.items():
            left, top = left + self.x - x, top + self.y - y
            x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + SIDE, width), min(top + SIDE, height)
            if x0 < x1 and y0 < y1:
                out[y0:y1, x0:x1] = tile[y0 - top:y1 - top, x0 - left:x1 - left]
        return out


@dataclass
class Node:
    """A layer or a mask. ``children`` and ``masks`` from the top down, as the docker shows them."""

    name: str
    kind: str
    uuid: str
    space: str
    visible: bool
    locked: bool
    opacity: int
    mode: str
    pixels: Pixels | None
    children: list[Node] = field(default_factory=list)
    masks: list[Node] = field(default_factory=list)
    alpha_locked: bool = False

    def samples(self, x: int, y: int, width: int, height: int) -> np.ndarray:
        """(height, width, channels) in Krita's order; a mask's are (height, width) uint8."""
        assert self.pixels is not None, f"{self.name} has no pixels"
        raw = self.pixels.read(x, y, width, height)
        if self.kind in VALUES:
            return raw[..., 0]
        return raw.reshape(height, -1).view(SPACES[self.space][1]).reshape(height, width, -1)


@dataclass
class Kra:
    width: int
    height: int
    layers: list[Node]
    annotations: dict[str, bytes]

    def every(self) -> list[Node]:
        found, waiting = [], list(self.layers)
        while waiting:
            node = waiting.pop(0)
            found.append(node)
            waiting += [*node.children, *node.masks]
        return found

    def layer(self, name: str) -> Node:
        """The one node of that name."""
        (found,) = [node for node in self.every() if node.name == name]
        return found

    def tree(self) -> list[list[object]]:
        """[name, [masks' names], [children]] from the top down."""
        def said(nodes: list[Node]) -> list[list[object]]:
            return [[node.name, [mask.name for mask in node.masks], said(node.children)] for node in nodes]
        return said(self.layers)


def read(path: Path) -> Kra:
    with zipfile.ZipFile(path) as pack:
        if pack.read("mimetype") != b"application/x-krita":
            raise ValueError(f"{path} is not a Krita file")
        image = ElementTree.fromstring(pack.read("maindoc.xml")).find(f"{NAMESPACE}IMAGE")
        assert image is not None
        name = image.get("name", "")
        layers = _nodes(image.find(f"{NAMESPACE}layers"), pack, name)
        prefix = f"{name}/annotations/"
        notes = {each[len(prefix):]: pack.read(each) for each in pack.namelist() if each.startswith(prefix)}
    return Kra(int(image.get("width", 0)), int(image.get("height", 0)), layers, notes)


def _nodes(parent: ElementTree.Element | None, pack: zipfile.ZipFile, image: str) -> list[Node]:
    return [] if parent is None else [_node(each, pack, image) for each in parent]


def _node(said: ElementTree.Element, pack: zipfile.ZipFile, image: str) -> Node:
    kind = said.get("nodetype", "")
    entry = f"{image}/layers/{said.get('filename')}" + (".pixelselection" if kind in VALUES else "")
    pixels = None
    if entry in pack.namelist() and f"{entry}.defaultpixel" in pack.namelist():
        tiles = _tiles(pack.read(entry))
        pixels = Pixels(tiles, pack.read(f"{entry}.defaultpixel"), int(said.get("x", 0)), int(said.get("y", 0)))
    inside = _nodes(said.find(f"{NAMESPACE}layers"), pack, image)
    # A group's masks are written among its layers, other layers' in an element of their own.
    masks = [each for each in inside if each.kind.endswith("mask")] + _nodes(
        said.find(f"{NAMESPACE}masks"), pack, image)
    return Node(
        said.get("name", ""), kind, said.get("uuid", ""), said.get("colorspacename", ""), said.get("visible") == "1",
        said.get("locked") == "1", int(said.get("opacity", 255)), said.get("compositeop", ""), pixels,
        [each for each in inside if not each.kind.endswith("mask")], masks,
        said.get("channellockflags", "").endswith("0"))


def _tiles(data: bytes) -> dict[tuple[int, int], np.ndarray]:
    place, said = 0, {}
    while "DATA" not in said:
        end = data.index(b"\n", place)
        key, value = data[place:end].decode("ascii").split(" ")
        said[key], place = int(value), end + 1
    assert (said["VERSION"], said["TILEWIDTH"], said["TILEHEIGHT"]) == (2, SIDE, SIDE)
    size, tiles = said["PIXELSIZE"], {}
    for _ in range(said["DATA"]):
        end = data.index(b"\n", place)
        x, y, form, length = data[place:end].decode("ascii").split(",")
        assert form == "LZF"
        body = data[end + 1:end + 1 + int(length)]
        place = end + 1 + int(length)
        tiles[int(x), int(y)] = _tile(body, size)
    return tiles


def _tile(body: bytes, size: int) -> np.ndarray:
    if body[0] == 0:
        return np.frombuffer(body[1:], np.uint8).reshape(SIDE, SIDE, size)
    planes = np.frombuffer(unpack_lzf(body[1:], SIDE * SIDE * size), np.uint8).reshape(size, SIDE, SIDE)
    return np.moveaxis(planes, 0, -1)


def unpack_lzf(data: bytes, length: int) -> bytes:
    """LZF as in liblzf: a control byte below 32 is followed by that many bytes and one; others point back."""
    out, place = bytearray(), 0
    while place < len(data):
        control = data[place]
        place += 1
        if control < 32:
            out += data[place:place + control + 1]
            place += control + 1
            continue
        count = control >> 5
        if count == 7:
            count += data[place]
            place += 1
        back = ((control & 31) << 8) + data[place] + 1
        place += 1
        start = len(out) - back
        if start < 0:
            raise ValueError("LZF points before the beginning")
        for index in range(start, start + count + 2):
            out.append(out[index])
    if len(out) != length:
        raise ValueError(f"{len(out)} bytes of LZF where {length} were said")
    return bytes(out)
