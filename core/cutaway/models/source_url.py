"""Fetches the file itself by https, and goes on where a broken connection stopped."""

from __future__ import annotations

import contextlib
import http.client
import queue
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError

from cutaway.errors import ModelDownloadFailed
from cutaway.job import Job
from cutaway.models.catalogue import UrlSource, Weights
from cutaway.models.outside import Outside

BLOCK: Final = 1 << 18
TRIES: Final = 3
"""Broken connections in a row without a byte gained."""

POLL_S: Final = 0.1


def fetch(source: UrlSource, weights: Weights, part: Path, scratch: Path, job: Job, outside: Outside) -> None:
    """Writes the file to ``part``. Raises ModelDownloadFailed, Cancelled, OSError of the own disk."""
    failures = 0
    part.write_bytes(b"")
    while (have := part.stat().st_size) < weights.bytes:
        reason = _some(source, weights, part, have, job, outside)
        gained = part.stat().st_size > have
        failures = 0 if gained else failures + 1
        if failures >= TRIES:
            raise ModelDownloadFailed(f"The connection broke again and again: {reason}")
        if reason:
            _pause(outside.pause_s * 2 ** failures, job)


def _some(source: UrlSource, weights: Weights, part: Path, have: int, job: Job, outside: Outside) -> str:
    """One connection's worth. The answer is why it ended, empty for the end of the file."""
    with _Connection(source.url, have, outside) as connection, part.open("r+b") as out:
        try:
            for kind, value in connection.heard(job):
                if kind == "from":
                    _check_length(value, weights)
                    out.seek(value[0])
                    out.truncate()
                    continue
                out.write(value)
                if out.tell() > weights.bytes:
                    raise ModelDownloadFailed(f"It sends more than the {weights.bytes} bytes that it should.")
                job.progress("download", out.tell() / weights.bytes)
        except HTTPError as error:
            error.close()
            if error.code < 500 and error.code not in (408, 416, 429):
                raise ModelDownloadFailed(f"The server answered {error.code} {error.reason}.") from error
            return f"the server answered {error.code}"
        except (http.client.HTTPException, ConnectionLost) as error:
            return str(error) or type(error).__name__
        return "" if out.tell() == weights.bytes else "it ended early"


def _check_length(told: tuple[int, int | None], weights: Weights) -> None:
    start, length = told
    if length is not None and start + length != weights.bytes:
        raise ModelDownloadFailed(f"It is {start + length} bytes long, not {weights.bytes}.")


def _pause(seconds: float, job: Job) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job.check()
        time.sleep(POLL_S)


class ConnectionLost(Exception):
    """The network's own failure, told apart from the disk's."""


class _Connection:
    """One request, read by a thread of its own: a name look-up or a silent server must not delay a cancel.

    A thread that is left behind ends by itself when its connection times out.
    """

    def __init__(self, url: str, start: int, outside: Outside) -> None:
        self._url = url
        self._start = start
        self._open = outside.open_url
        self._said: queue.Queue[tuple[str, Any]] = queue.Queue(maxsize=16)
        self._left = threading.Event()

    def __enter__(self) -> _Connection:
        threading.Thread(target=self._read, name="model-download", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._left.set()

    def heard(self, job: Job) -> Iterator[tuple[str, Any]]:
        """("from", (position, length or None)), then ("bytes", block) until the end."""
        while True:
            job.check()
            try:
                kind, value = self._said.get(timeout=POLL_S)
            except queue.Empty:
                continue
            if kind == "end":
                return
            if kind == "error":
                raise value if isinstance(value, HTTPError) else ConnectionLost(_why(value)) from value
            yield kind, value

    def _say(self, kind: str, value: Any) -> None:
        while not self._left.is_set():
            with contextlib.suppress(queue.Full):
                self._said.put((kind, value), timeout=POLL_S)
                return

    def _read(self) -> None:
        headers = {"User-Agent": "cutaway", "Accept-Encoding": "identity"}
        if self._start:
            headers["Range"] = f"bytes={self._start}-"
        try:
            with self._open(self._url, headers) as response:
                self._say("from", _position(response, self._start))
                while not self._left.is_set() and (block := response.read(BLOCK)):
                    self._say("bytes", block)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._say("error", error)
        finally:
            self._say("end", None)


def _position(response: Any, asked: int) -> tuple[int, int | None]:
    """Where the bytes start that come now: a server may ignore the wish to go on and start anew."""
    length = response.headers.get("Content-Length")
    start = asked if response.status == http.client.PARTIAL_CONTENT else 0
    if start and not str(response.headers.get("Content-Range", "")).startswith(f"bytes {start}-"):
        raise http.client.HTTPException("the server sends another part than it was asked for")
    return start, int(length) if length is not None and length.isdigit() else None


def _why(error: BaseException) -> str:
    reason = getattr(error, "reason", None)
    return str(reason or error or type(error).__name__)[:200]
