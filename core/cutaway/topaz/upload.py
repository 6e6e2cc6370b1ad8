"""What may be sent: a whole PNG within the service's limits, looked at before a byte of it leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from cutaway.errors import CloudRefused, PictureUnreadable
from cutaway.picture import png
from cutaway.topaz.limits import Limits

HEADER: Final = 33
ENVELOPE: Final = 4096
"""Bytes of a request around the picture: boundaries, field names, the other fields."""


def check(content: bytes | Path, filename: str, limits: Limits) -> None:
    """Raises CloudRefused for what the service would refuse, and PictureUnreadable for a file that cannot be read."""
    if not filename or len(filename) > 200 or not filename.isascii() or not filename.isprintable():
        raise CloudRefused(
            "The name under which the picture is sent is not a plain one.", "Use letters and digits, like 7f3a.png.")
    start, size = _look(content)
    if not start.startswith(png.SIGNATURE):
        raise CloudRefused("What should be sent is not a PNG.", "Save the picture as PNG first.")
    if size + ENVELOPE > limits.request_bytes:
        raise CloudRefused(
            f"The picture is too large for Topaz: {size / 1e6:.0f} MB.",
            f"A picture may have {limits.request_bytes // 1_000_000} MB. Make it smaller, or use another engine.")
    head = png.header(start, "The picture")
    if min(head.width, head.height) < 1:
        raise CloudRefused("The picture has no pixels.", "Choose a layer or a file with something in it.")
    if max(head.width, head.height) > limits.side:
        raise CloudRefused(
            f"The picture is too large for Topaz: {head.width} x {head.height} pixels.",
            f"A side may have {limits.side} pixels. Make it smaller, or use another engine.")


def _look(content: bytes | Path) -> tuple[bytes, int]:
    if isinstance(content, bytes):
        return content[:HEADER], len(content)
    try:
        with content.open("rb") as stream:
            return stream.read(HEADER), content.stat().st_size
    except OSError as error:
        reason = error.strerror or "no reason is known"
        raise PictureUnreadable(f"{content.name} cannot be read: {reason}.", "Check the name and the disk.") from error
