"""Strips worked on by several threads, handed out in order."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

Made = TypeVar("Made")

STRIP_BYTES: Final = 1 << 20
MOST_THREADS: Final = 8


def strips(height: int, row_bytes: int, work: Callable[[int, int], Made]) -> Iterator[Made]:
    """``work(start, stop)`` for strips of about a megabyte that cover ``height`` rows, in order.

    Only a few strips are ahead of the reader at any time, so memory does not grow with the picture. zlib and numpy let
    other threads run, which makes this faster with threads alone.
    """
    rows = max(1, STRIP_BYTES // row_bytes)
    threads = min(MOST_THREADS, os.cpu_count() or 1)
    waiting: deque[Future[Made]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="cutaway-strip") as pool:
        try:
            for start in range(0, height, rows):
                waiting.append(pool.submit(work, start, min(height, start + rows)))
                if len(waiting) > threads + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
