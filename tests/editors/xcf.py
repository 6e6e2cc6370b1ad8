"""An independent reader of GIMP's XCF files, to judge what GIMP has saved. Standard library only.

Format: https://developer.gimp.org/core/standards/xcf/ . Versions 0 to 25, tiles plain, RLE and zlib.
"""

from __future__ import annotations

import array
import struct
import sys
import zlib
from dataclasses import dataclass, field
from pathlib import Path

TILE = 64
RGB, GRAY, INDEXED = 0, 1, 2

_END, _COLORMAP, _ACTIVE, _SELECTION, _OPACITY, _MODE, _VISIBLE = 0, 1, 2, 4, 6, 7, 8
_LOCK_ALPHA, _APPLY_MASK, _EDIT_MASK, _SHOW_MASK, _OFFSETS, _COMPRESSION = 10, 11, 12, 13, 15, 17
_PARASITES, _LOCK_CONTENT, _GROUP, _ITEM_PATH = 21, 28, 29, 30
_LOCK_POSITION, _FLOAT_OPACITY, _LOCK_VISIBILITY, _LINK = 32, 33, 42, 48

# Precision codes since version 7: bytes of a sample, name.
_PRECISIONS = {
    100: (1, "u8-linear"), 150: (1, "u8-non-linear"), 175: (1, "u8-perceptual"),
    200: (2, "u16-linear"), 250: (2, "u16-non-linear"), 275: (2, "u16-perceptual"),
    300: (4, "u32-linear"), 350: (4, "u32-non-linear"), 375: (4, "u32-perceptual"),
    500: (2, "half-linear"), 550: (2, "half-non-linear"), 575: (2, "half-perceptual"),
    600: (4, "float-linear"), 650: (4, "float-non-linear"), 675: (4, "float-perceptual"),
    700: (8, "double-linear"), 750: (8, "double-non-linear"), 775: (8, "double-perceptual"),
}
# Versions 5 and 6 wrote other codes for floats; version 4 small numbers.
_OLD_PRECISIONS = {
    0: 150, 1: 250, 2: 300, 3: 500, 4: 600, 400: 500, 450: 550,
}


class Damaged(ValueError):
    """Not an XCF file, or one that contradicts itself."""


@dataclass
class Parasite:
    name: str
    flags: int
    data: bytes


@dataclass
class Raster:
    """Samples row by row, little-endian. ``pixel``: bytes of a pixel."""

    width: int
    height: int
    pixel: int
    data: bytes

    def rows(self, x: int, y: int, width: int, height: int) -> bytes:
        """The bytes of a rectangle inside."""
        row = self.width * self.pixel
        left, right = x * self.pixel, (x + width) * self.pixel
        return b"".join(self.data[line * row + left:line * row + right] for line in range(y, y + height))


@dataclass
class Layer:
    """``type``: 0 RGB, 1 RGBA, 2 gray, 3 gray + alpha, 4 indexed, 5 indexed + alpha. ``path``: positions from the top
    of the tree to this layer."""

    name: str
    width: int
    height: int
    type: int
    x: int
    y: int
    opacity: float
    mode: int
    visible: bool
    active: bool
    is_group: bool
    apply_mask: bool
    edit_mask: bool
    show_mask: bool
    lock_content: bool
    lock_alpha: bool
    lock_position: bool
    lock_visibility: bool
    path: tuple[int, ...]
    parasites: dict[str, Parasite]
    pixels: Raster
    mask: Raster | None


@dataclass
class Xcf:
    """``layers``: top first, a group before its children."""

    version: int
    width: int
    height: int
    base: int
    precision: str
    sample: int
    compression: int
    colormap: bytes
    parasites: dict[str, Parasite]
    layers: list[Layer] = field(default_factory=list)
    selection: Raster | None = None

    def layer(self, name: str) -> Layer:
        """The layer of that name. Raises KeyError where there is not exactly one."""
        found = [layer for layer in self.layers if layer.name == name]
        if len(found) != 1:
            raise KeyError(f"{len(found)} layers named {name!r} among {[layer.name for layer in self.layers]}")
        return found[0]

    def children(self, parent: Layer | None) -> list[Layer]:
        """The layers of a group, or those at the top, top first."""
        path = parent.path if parent else ()
        return [layer for layer in self.layers if layer.path[:-1] == path]


def read(path: Path, bands: tuple[int, ...] | None = None) -> Xcf:
    """The file's content. Raises Damaged.

    ``bands``: of big pictures, the rows of tiles that are read: every raster is then those alone, one below the other.
    """
    return parse(path.read_bytes(), bands)


def parse(data: bytes, bands: tuple[int, ...] | None = None) -> Xcf:
    """The same from bytes."""
    try:
        return _Parser(data, bands).image()
    except (struct.error, IndexError, zlib.error, UnicodeDecodeError) as error:
        raise Damaged(f"The file ends too early or contradicts itself: {error}") from error


class _Parser:
    def __init__(self, data: bytes, bands: tuple[int, ...] | None = None) -> None:
        self._data = data
        self._bands = bands
        self._at = 0
        self._pointer = "I"
        self._sample = 1
        self._compression = 1
        self._swap = False

    def image(self) -> Xcf:
        if self._data[:9] != b"gimp xcf " or len(self._data) < 30:
            raise Damaged("This is not an XCF file.")
        word = self._data[9:13]
        version = 0 if word == b"file" else int(word[1:])
        self._at = 14
        self._pointer = "Q" if version >= 11 else "I"
        width, height, base = self._words(3)
        precision = self._words(1)[0] if version >= 4 else 150
        if version < 7 or precision not in _PRECISIONS:
            precision = _OLD_PRECISIONS.get(precision, precision)
        if precision not in _PRECISIONS:
            raise Damaged(f"Unknown precision {precision}.")
        self._sample, name = _PRECISIONS[precision]
        # Before version 12 samples of more than a byte were written in the machine's own order.
        self._swap = self._sample > 1 and (version >= 12 or sys.byteorder == "big")
        said = self._properties()
        self._compression = said.get(_COMPRESSION, b"\1")[0]
        found = Xcf(
            version, width, height, base, name, self._sample, self._compression, said.get(_COLORMAP, b"")[4:],
            self._parasites(said.get(_PARASITES, b"")))
        layers, channels = self._pointers(), self._pointers()
        found.layers = [self._layer(at, number) for number, at in enumerate(layers)]
        for at in channels:
            self._at = at
            self._words(2)
            self._string()
            if _SELECTION in self._properties():
                found.selection = self._hierarchy(self._one_pointer())
        return found

    def _layer(self, at: int, number: int) -> Layer:
        self._at = at
        width, height, kind = self._words(3)
        name = self._string()
        said = self._properties()
        pixels_at, mask_at = self._one_pointer(), self._one_pointer()
        x, y = struct.unpack(">ii", said[_OFFSETS]) if _OFFSETS in said else (0, 0)
        opacity = _word(said, _OPACITY, 255) / 255.0
        if _FLOAT_OPACITY in said:
            (opacity,) = struct.unpack(">f", said[_FLOAT_OPACITY])
        path = said.get(_ITEM_PATH, b"")

        def flag(kind: int, default: int = 0) -> bool:
            return bool(_word(said, kind, default))

        return Layer(
            name=name, width=width, height=height, type=kind, x=x, y=y, opacity=opacity, mode=_word(said, _MODE),
            visible=flag(_VISIBLE, 1), active=_ACTIVE in said, is_group=_GROUP in said, apply_mask=flag(_APPLY_MASK),
            edit_mask=flag(_EDIT_MASK), show_mask=flag(_SHOW_MASK), lock_content=flag(_LOCK_CONTENT),
            lock_alpha=flag(_LOCK_ALPHA), lock_position=flag(_LOCK_POSITION), lock_visibility=flag(_LOCK_VISIBILITY),
            path=struct.unpack(f">{len(path) // 4}I", path) if path else (number,),
            parasites=self._parasites(said.get(_PARASITES, b"")),
            pixels=self._hierarchy(pixels_at) if pixels_at else Raster(0, 0, 0, b""),  # a linked file's are not stored
            mask=self._mask(mask_at) if mask_at else None)

    def _mask(self, at: int) -> Raster:
        self._at = at
        self._words(2)
        self._string()
        self._properties()
        return self._hierarchy(self._one_pointer())

    def _hierarchy(self, at: int) -> Raster:
        self._at = at
        width, height, pixel = self._words(3)
        self._at = self._one_pointer()
        if tuple(self._words(2)) != (width, height):
            raise Damaged("A level has another size than its hierarchy.")
        tiles, across = self._pointers(), -(-width // TILE)
        wanted = [top for top in range(0, height, TILE) if self._bands is None or top // TILE in self._bands]
        out = bytearray(width * sum(min(TILE, height - top) for top in wanted) * pixel)
        begin = 0
        for top in wanted:
            high = min(TILE, height - top)
            for number, left in enumerate(range(0, width, TILE), start=top // TILE * across):
                wide = min(TILE, width - left)
                tile = self._tile(tiles[number] if number < len(tiles) else 0, wide * high, pixel)
                for y in range(high):
                    start = begin + (y * width + left) * pixel
                    out[start:start + wide * pixel] = tile[y * wide * pixel:(y + 1) * wide * pixel]
            begin += high * width * pixel
        return Raster(width, len(out) // (width * pixel) if width else 0, pixel, self._little(bytes(out)))

    def _tile(self, at: int, pixels: int, pixel: int) -> bytes:
        if at == 0:
            raise Damaged("A tile is missing.")
        size = pixels * pixel
        if self._compression == 0:
            tile = self._data[at:at + size]
        elif self._compression == 2:
            tile = zlib.decompressobj().decompress(self._data[at:at + size + (size >> 3) + 1024], size)
        else:
            tile = self._unpacked(at, pixels, pixel)
        if len(tile) != size:
            raise Damaged("A tile is too short.")
        return tile

    def _unpacked(self, at: int, pixels: int, pixel: int) -> bytes:
        """GIMP's run-length code: one stream after the other for each byte of a pixel."""
        data, out = self._data, bytearray(pixels * pixel)
        for plane in range(pixel):
            values = bytearray()
            while len(values) < pixels:
                code = data[at]
                if code <= 127:
                    count, head = (code + 1, 1) if code < 127 else (data[at + 1] << 8 | data[at + 2], 3)
                    values += data[at + head:at + head + 1] * count
                    at += head + 1
                else:
                    count, head = (256 - code, 1) if code > 128 else (data[at + 1] << 8 | data[at + 2], 3)
                    values += data[at + head:at + head + count]
                    at += head + count
                if count == 0 or at > len(data):
                    raise Damaged("A run of no length.")
            out[plane::pixel] = values[:pixels]
        return bytes(out)

    def _little(self, data: bytes) -> bytes:
        if not self._swap:
            return data
        samples = array.array({2: "H", 4: "I", 8: "Q"}[self._sample], data)
        samples.byteswap()
        return samples.tobytes()

    def _parasites(self, data: bytes) -> dict[str, Parasite]:
        inner = _Parser(data)
        found = {}
        while inner._at < len(data):
            name = inner._string()
            flags, size = inner._words(2)
            found[name] = Parasite(name, flags, data[inner._at:inner._at + size])
            inner._at += size
        return found

    def _properties(self) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        while True:
            kind, size = self._words(2)
            if kind == _END:
                return found
            if kind == _LINK:  # flags, a path, width and height; GIMP 3.2.6 says four bytes too few
                size = 16 + int(struct.unpack_from(">I", self._data, self._at + 4)[0])
            found[kind] = self._data[self._at:self._at + size]
            self._at += size

    def _pointers(self) -> list[int]:
        found = []
        while at := self._one_pointer():
            found.append(at)
        return found

    def _one_pointer(self) -> int:
        (at,) = struct.unpack_from(">" + self._pointer, self._data, self._at)
        self._at += struct.calcsize(self._pointer)
        return int(at)

    def _words(self, count: int) -> list[int]:
        found = struct.unpack_from(f">{count}I", self._data, self._at)
        self._at += 4 * count
        return list(found)

    def _string(self) -> str:
        (size,) = self._words(1)
        text = self._data[self._at:self._at + size - 1].decode("utf-8") if size else ""
        self._at += size
        return text


def _word(said: dict[int, bytes], kind: int, default: int = 0) -> int:
    return int(struct.unpack(">I", said[kind][:4])[0]) if kind in said else default
