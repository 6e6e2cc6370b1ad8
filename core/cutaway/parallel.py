"""Pieces of work on a few threads.

OpenCV, numpy and zlib let other threads run while they compute. Pieces of some 10^5 pixels stay in a processor's cache.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, TypeVar

MOST_THREADS: Final = 4

Piece = TypeVar("Piece")
Answer = TypeVar("Answer")


def threads(most: int = MOST_THREADS) -> int:
    """How many threads are worth starting: the processors that this process may use, at most ``most``."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(most, allowed))


def each(work: Callable[[Piece], Answer], pieces: Iterable[Piece]) -> list[Answer]:
    """``work`` on every piece, several at a time; answers in the order of the pieces. The first error is raised."""
    waiting = list(pieces)
    if len(waiting) < 2 or threads() == 1:
        return [work(piece) for piece in waiting]
    with ThreadPoolExecutor(min(threads(), len(waiting))) as pool:
        return list(pool.map(work, waiting))


def in_order(
    work: Callable[[Piece], Answer], pieces: Iterable[Piece], most: int = MOST_THREADS
) -> Iterator[Answer]:
    """The answers one by one, in the order of the pieces, while the next pieces are worked on.

    Only a few are ahead of the reader at any time, so memory does not grow with their number. What has begun is waited
    for when the reader stops early, or an error is raised.
    """
    count = threads(most)
    waiting: deque[Future[Answer]] = deque()
    with ThreadPoolExecutor(count) as pool:
        try:
            for piece in pieces:
                waiting.append(pool.submit(work, piece))
                if len(waiting) > count + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
