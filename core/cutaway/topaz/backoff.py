"""How long to wait before the next try."""

from __future__ import annotations

import math
from collections.abc import Callable
from email.utils import parsedate_to_datetime

from cutaway.topaz.limits import Limits


def retry_after(said: str | None, now: float, longest: float) -> float | None:
    """Seconds from a ``Retry-After`` header (seconds or an HTTP date, RFC 9110 10.2.3), 0..longest; None for none.

    >>> retry_after("7", 0.0, 120.0), retry_after("Thu, 01 Jan 1970 00:01:00 GMT", 50.0, 120.0), retry_after("x", 0, 9)
    (7.0, 10.0, None)
    """
    text = (said or "").strip()
    if not text or len(text) > 64:
        return None
    try:
        seconds = float(text) if text.replace(".", "", 1).isdecimal() else parsedate_to_datetime(text).timestamp() - now
    except (ValueError, TypeError, OverflowError, IndexError, OSError):
        return None
    return min(longest, max(0.0, seconds)) if math.isfinite(seconds) else None


class Backoff:
    """Waits that double, half of each by chance, so that many clients do not come back at the same moment."""

    def __init__(self, limits: Limits, chance: Callable[[], float]) -> None:
        self._limits = limits
        self._chance = chance
        self._tries = 0

    def next(self, said: float | None, slowly: bool = False) -> float:
        """Seconds. ``said``: what the server asked for, which counts, plus up to a second."""
        if said is not None:
            self._tries += 1
            return said + self._chance() + 0.1
        first = self._limits.backoff_slow_s if slowly else self._limits.backoff_first_s
        whole = min(self._limits.backoff_longest_s, first * 2.0 ** self._tries)
        self._tries += 1
        return whole * (0.5 + 0.5 * self._chance())


class Polls:
    """The waits between looks at a job: 2, 3, 4.5, ... 15 seconds."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._next = limits.poll_first_s

    def next(self, said: float | None) -> float:
        """Seconds; at least what the server asked for."""
        wait = self._next
        self._next = min(self._limits.poll_longest_s, wait * self._limits.poll_factor)
        return wait if said is None else max(wait, said)
