"""Just enough of the protocol buffers' wire format to copy a message and to change a few of its fields.

Source: "Encoding", Protocol Buffers Documentation. A message is a row of fields, each a key (number and kind) and a
value; fields that are not understood are copied byte by byte.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

VARINT: Final = 0
FIXED64: Final = 1
BYTES: Final = 2
FIXED32: Final = 5

LONGEST_VARINT: Final = 10


class NotAMessage(ValueError):
    """The bytes are not a message of this format."""


@dataclass(frozen=True)
class Field:
    """One field. ``whole``: its bytes with the key. ``value``: an integer (VARINT), else the bytes without length."""

    number: int
    kind: int
    whole: memoryview
    value: int | memoryview

    @property
    def integer(self) -> int:
        """Raises NotAMessage where it is none."""
        if not isinstance(self.value, int):
            raise NotAMessage(f"field {self.number} is no integer")
        return self.value

    @property
    def bytes(self) -> memoryview:
        """Raises NotAMessage where it has none."""
        if isinstance(self.value, int):
            raise NotAMessage(f"field {self.number} is an integer")
        return self.value

    @property
    def text(self) -> str:
        return bytes(self.bytes).decode("utf-8", "replace")


def fields(message: memoryview) -> Iterator[Field]:
    """The fields in their order; nothing is copied. Raises NotAMessage."""
    at = 0
    while at < len(message):
        start = at
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if number == 0:
            raise NotAMessage("a field has the number 0")
        value: int | memoryview
        if kind == VARINT:
            value, at = _varint(message, at)
        else:
            size, at = _size(message, at, kind)
            value = message[at:at + size]
            at += size
            if at > len(message):
                raise NotAMessage("it ends inside a field")
        yield Field(number, kind, message[start:at], value)


def varint_field(number: int, value: int) -> bytes:
    """A field of a whole number, 0 or above."""
    return _written(number << 3 | VARINT) + _written(value)


def bytes_head(number: int, size: int) -> bytes:
    """What stands before the ``size`` bytes of a field of bytes, text or a message."""
    return _written(number << 3 | BYTES) + _written(size)


def bytes_field(number: int, *parts: bytes | memoryview) -> bytes:
    """A field whose value is the parts joined."""
    return b"".join((bytes_head(number, sum(len(part) for part in parts)), *parts))


def _size(message: memoryview, at: int, kind: int) -> tuple[int, int]:
    if kind == BYTES:
        return _varint(message, at)
    if kind in (FIXED64, FIXED32):
        return (8 if kind == FIXED64 else 4), at
    raise NotAMessage(f"there is no kind {kind} of field")


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(LONGEST_VARINT):
        if at >= len(message):
            raise NotAMessage("it ends inside a number")
        byte = message[at]
        at += 1
        value |= (byte & 0x7F) << (7 * shift)
        if byte < 0x80:
            return value, at
    raise NotAMessage("a number does not end")


def _written(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
