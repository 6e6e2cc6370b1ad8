"""What time it is, and waiting: given from outside, so that a job of 90 minutes can be tested in milliseconds."""

from __future__ import annotations

import time

from cutaway.job import Job


class Clock:
    """The computer's own."""

    def now(self) -> float:
        """Unix time in seconds: for what is written down."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds from some moment on, which nobody sets back: for deadlines."""
        return time.monotonic()

    def wait(self, seconds: float, job: Job) -> None:
        """Sleeps. Raises Cancelled as soon as ``job`` is cancelled."""
        job.wait(seconds)
