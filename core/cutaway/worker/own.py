"""What one connection has said of itself, beside its jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cutaway.topaz.secret import Secret


@dataclass
class Own:
    """``key``: the API key in the environment of the program at the other end. Never kept, never told."""

    key: Secret | None = None
