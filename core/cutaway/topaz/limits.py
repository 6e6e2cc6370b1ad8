"""How long is waited, how often is tried, and how much is taken."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Seconds, bytes, pixels and numbers of tries.

    ``connect_s``, ``read_s`` and ``write_s`` are for one step of a connection; ``answer_s``, ``upload_s`` and
    ``fetch_s`` are for the whole of a request, a submit and a result, so that a server that sends a byte a minute does
    not hold anyone. ``request_bytes`` and ``side`` are the service's own limits; ``result_bytes`` is where a result is
    cut off; ``result_pixels`` bounds the pixels of a mask where four times the picture's are fewer.
    ``grace_s``: how long a cancelled submit still waits for its answer.
    """

    connect_s: float = 10.0
    read_s: float = 60.0
    write_s: float = 120.0
    answer_s: float = 120.0
    upload_s: float = 1800.0
    fetch_s: float = 1800.0
    grace_s: float = 0.5

    request_bytes: int = 500_000_000
    side: int = 32_000
    answer_bytes: int = 32 << 20
    result_bytes: int = 512 << 20
    result_pixels: int = 64_000_000

    submit_tries: int = 8
    read_tries: int = 5
    cancel_tries: int = 2
    ready_tries: int = 8
    bad_polls: int = 10
    unknown_polls: int = 8

    poll_first_s: float = 2.0
    poll_factor: float = 1.5
    poll_longest_s: float = 15.0
    backoff_first_s: float = 1.0
    backoff_slow_s: float = 5.0
    backoff_longest_s: float = 30.0
    retry_after_longest_s: float = 120.0
