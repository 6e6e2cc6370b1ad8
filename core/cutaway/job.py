"""What a running job offers to every part of the pipeline: progress out, cancel in."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cutaway.errors import Cancelled

Progress = Callable[[str, float], None]


class Job:
    """One run. Parts call :meth:`progress` and :meth:`check` between tiles; another thread may call :meth:`cancel`.

    ``on_progress(stage, fraction)`` is told the stage's name ("reading", "model", "edges", "colours", "writing", ...)
    and how much of that stage is done, 0..1.
    """

    def __init__(self, on_progress: Progress | None = None) -> None:
        self._on_progress = on_progress
        self._cancelled = threading.Event()
        self._stops: list[Callable[[], None]] = []
        self._lock = threading.Lock()

    def progress(self, stage: str, fraction: float = 0.0) -> None:
        """Says how far the job is. Raises Cancelled where the user has cancelled."""
        self.check()
        if self._on_progress is not None:
            self._on_progress(stage, min(1.0, max(0.0, fraction)))

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raises Cancelled where the user has cancelled."""
        if self._cancelled.is_set():
            raise Cancelled()

    def wait(self, seconds: float) -> None:
        """Sleeps; a cancel ends the sleep. Raises Cancelled."""
        self._cancelled.wait(max(0.0, seconds))
        self.check()

    def cancel(self) -> None:
        """Asks the job to stop; safe from any thread, any number of times."""
        with self._lock:
            self._cancelled.set()
            stops = list(self._stops)
        for stop in stops:
            stop()

    @contextmanager
    def interruptible(self, stop: Callable[[], None]) -> Iterator[None]:
        """While the block runs, a cancel calls ``stop``, which must make the block's blocking call return."""
        with self._lock:
            self._stops.append(stop)
            late = self._cancelled.is_set()
        try:
            if late:
                raise Cancelled()
            yield
        finally:
            with self._lock:
                self._stops.remove(stop)
