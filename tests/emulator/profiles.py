"""How the service behaves when no script says otherwise."""

from __future__ import annotations

import random
from typing import Any, Final

from tests.emulator.faults import API, Fault

PROFILES: Final = ("documented", "live", "hostile")

RATE: Final = 0.3
"""How many requests, and how many jobs, a hostile service spoils."""

# (weight, name, params). Left out of chance: what takes real time or gigabytes (stall, trickle, huge), since a seed
# may draw it often; ask for those by name.
_ANY: Final[list[tuple[int, str, dict[str, Any]]]] = [
    (4, "rate_limit", {}), (2, "rate_limit", {"retry_after": 3}), (1, "rate_limit", {"retry_date": 5}),
    (1, "rate_limit", {"retry_after": "soon"}),
    (2, "http_error", {"status": 500}), (1, "http_error", {"status": 503}), (1, "http_error", {"status": 504}),
    (2, "html", {}), (1, "html_ok", {}), (1, "not_json", {}), (1, "json_array", {}), (1, "empty", {}),
    (2, "drop", {}), (1, "drop", {"reset": True}), (2, "drop_after", {}), (2, "error_after", {}), (1, "redirect", {}),
]
_STORAGE: Final[list[tuple[int, str, dict[str, Any]]]] = [
    (3, "link_expired", {}), (2, "link_expired", {"status": 410}), (2, "http_error", {"status": 503}),
    (2, "truncated", {}), (1, "truncated", {"short": True}), (1, "empty", {}), (1, "html_ok", {}), (1, "garbage", {}),
    (1, "redirect", {}), (1, "drop", {}), (1, "bomb", {}),
]
_JOB: Final[list[tuple[int, str, dict[str, Any]]]] = [
    (3, "slow", {"pending": 600.0, "processing": 600.0}), (3, "fails", {}), (2, "pending_then_failed", {}),
    (1, "pending_forever", {}), (1, "processing_forever", {}), (1, "ends_cancelled", {}),
    (2, "mask_size", {}), (1, "mask_size", {"size": (1, 1)}), (1, "mask_fill", {"value": 0}),
    (1, "mask_fill", {"value": 255}), (1, "mask_layout", {"layout": "L16"}), (1, "mask_layout", {"layout": "RGBA"}),
    (1, "mask_layout", {"layout": "RGBA_in_alpha"}), (1, "mask_layout", {"layout": "LA"}),
]
_OWN: Final[dict[str, list[tuple[int, str, dict[str, Any]]]]] = {
    "submit": [(2, "no_process_id", {}), (1, "http_error", {"status": 425})],
    "status": [(2, "unknown_status", {}), (2, "progress_missing", {}), (2, "progress_falling", {}),
               (1, "progress_odd", {}), (1, "fields_missing", {})],
    "download": [(3, "url_only", {}), (1, "both_links", {}), (1, "no_link", {})],
}


class Chance:
    """Draws that depend on the seed and on what is asked, not on the order in which threads happen to ask."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._asked: dict[tuple[str, str], int] = {}

    def draw(self, operation: str, subject: str) -> random.Random:
        """For the n-th request of this kind about this subject: the same for the same seed."""
        number = self._asked.get((operation, subject), 0)
        self._asked[operation, subject] = number + 1
        return random.Random(f"{self.seed}:{operation}:{subject}:{number}")


def hostile(operation: str, draw: random.Random, rate: float = RATE) -> Fault | None:
    """A fault for ``operation`` (one of the operations, or "job"), or None."""
    if draw.random() >= rate:
        return None
    table = _ANY + _OWN.get(operation, []) if operation in API else {"storage": _STORAGE, "job": _JOB}.get(operation)
    if not table:
        return None
    _, name, params = draw.choices(table, [weight for weight, _, _ in table])[0]
    return Fault.make(name, operation, **params)
