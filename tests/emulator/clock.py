"""Time, given from outside: a job's state is a function of the clock, so 90 minutes pass in no time."""

from __future__ import annotations

import threading
import time
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Unix seconds."""
        ...

    def advance(self, seconds: float) -> None:
        """Lets that much time pass at once."""
        ...


class RealClock:
    """The computer's time, plus what was advanced by hand."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def now(self) -> float:
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds


class FakeClock:
    """Stands still until told. ``sleep`` is for the code under test: it waits by letting the time pass.

    ``slept`` holds every wait that went through :meth:`sleep`, in seconds.
    """

    def __init__(self, start: float = 1_800_000_000.0) -> None:
        self._now = start
        self._lock = threading.Lock()
        self.slept: list[float] = []

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError(f"time does not run backwards: {seconds}")
        with self._lock:
            self._now += seconds

    def sleep(self, seconds: float) -> None:
        self.advance(max(0.0, seconds))
        self.slept.append(seconds)
