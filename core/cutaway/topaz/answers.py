"""What the service answers, as types. Read tolerantly: fields that are missing or new do no harm; see ``client.py``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

PENDING: Final = "Pending"
PROCESSING: Final = "Processing"
COMPLETED: Final = "Completed"
CANCELLED: Final = "Cancelled"
FAILED: Final = "Failed"
ENDED: Final = (COMPLETED, CANCELLED, FAILED)
"""A status word that is none of these means: wait."""


@dataclass(frozen=True)
class Submitted:
    """``eta``: Unix time in seconds, 0 where it was not said."""

    process_id: str
    source_id: str = ""
    eta: float = 0.0


@dataclass(frozen=True)
class JobStatus:
    """``status``: the service's own word. ``progress``: 0..100. ``credits``: what it says the job costs, None unknown.

    ``filename``: the name under which the picture was sent. ``raw``: the answer as it came.
    """

    process_id: str
    status: str
    progress: float
    eta: float
    credits: int | None
    filename: str
    model: str
    created: float
    raw: dict[str, Any]

    @property
    def ended(self) -> bool:
        return self.status in ENDED


@dataclass(frozen=True)
class JobPage:
    jobs: tuple[JobStatus, ...]
    next_cursor: str
    """"" on the last page."""


@dataclass(frozen=True)
class Links:
    """Signed links of a result, good for an hour; never to be logged."""

    download_url: str = field(repr=False)
    head_url: str = field(repr=False)
    expiry: float


@dataclass(frozen=True)
class Estimate:
    seconds: float
    credits: int


@dataclass(frozen=True)
class Balance:
    available: int
    reserved: int
    total: int
