"""Strips worked on by several threads, handed out in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final, TypeVar

from cutaway.parallel import in_order

Made = TypeVar("Made")

STRIP_BYTES: Final = 1 << 20
MOST_THREADS: Final = 8


def strips(height: int, row_bytes: int, work: Callable[[int, int], Made]) -> Iterator[Made]:
    """``work(start, stop)`` for strips of about a megabyte that cover ``height`` rows, in order, a few ahead."""
    rows = max(1, STRIP_BYTES // row_bytes)
    return in_order(lambda start: work(start, min(height, start + rows)), range(0, height, rows), MOST_THREADS)
