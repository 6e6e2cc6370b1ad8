"""What one connection has said of itself, beside its jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cutaway.topaz.secret import Secret


@dataclass
class Own:
    """From the environment of the program at the other end: the API key, never kept, never told, and ``url``, the
    address of the service, "" for the usual one.
    """

    key: Secret | None = None
    url: str = ""
