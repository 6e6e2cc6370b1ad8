"""Keeps httpx and httpcore from logging what they say about our requests.

httpx logs every address at INFO, signed links included, and httpcore logs every response header at DEBUG. The filter
drops their records of our own threads; what others in this process do with httpx is logged as before.
"""

from __future__ import annotations

import logging
from contextvars import ContextVar
from typing import Final

_OURS: Final[ContextVar[bool]] = ContextVar("cutaway_topaz_thread", default=False)
ROOTS: Final = ("httpx", "httpcore", "h11")


class _Ours(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not _OURS.get()


_FILTER: Final = _Ours()


def mute_libraries() -> None:
    """Puts the filter on every logger that the libraries have by now; again and again does no harm.

    A logger's filter is not asked for its children's records, so each needs it. httpcore makes its own when httpx first
    opens a client.
    """
    names = {name for name in list(logging.root.manager.loggerDict) if name.split(".")[0] in ROOTS} | set(ROOTS)
    for name in names:
        logging.getLogger(name).addFilter(_FILTER)


def this_thread() -> None:
    """From now on the calling thread's records are dropped: for a thread that is ours from birth to end."""
    _OURS.set(True)
