"""JPEG: whether the file is whole."""

from __future__ import annotations

import re
from typing import Final

START_OF_SCAN: Final = 0xDA
END: Final = 0xD9
ALONE: Final = (0x01, *range(0xD0, 0xD9))
"""Markers without a length."""
# Inside a scan FF00 is a byte of data, FFD0..FFD7 are restart marks, FFFF is filling (ITU-T T.81, B.1.1).
NEXT_MARKER: Final = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]", re.DOTALL)


def is_whole(data: bytes) -> bool:
    """Whether the file's first picture reaches its end-of-image mark.

    Some decoders fill the missing part of a cut file with gray and say nothing. False is not yet the verdict: some
    programs leave the mark out, so a strict decoder must try.
    """
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        kind = data[at + 1]
        if kind == 0xFF:
            at += 1
            continue
        if kind == END:
            return True
        if kind in ALONE:
            at += 2
            continue
        at += 2 + int.from_bytes(data[at + 2:at + 4], "big")
        if kind == START_OF_SCAN:
            found = NEXT_MARKER.search(data, at)
            if found is None:
                return False
            at = found.start()
    return data[at:at + 2] == b"\xff\xd9"
