"""One request and its answer, in a thread of its own, so that a cancel never waits for a network.

Nothing of httpx leaves the thread: its requests carry the key in their headers, and its exceptions carry the requests.
What comes out is an :class:`Answer` or a :class:`Lost`.
"""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import httpx

from cutaway.job import Job
from cutaway.topaz import quiet
from cutaway.topaz.lost import Lost, Unreadable, from_error
from cutaway.topaz.secret import Secret

ERROR_BYTES: Final = 64 << 10
"""So much of an error's body is read; the rest is of no use."""

_CAUGHT: Final = (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, Unreadable, OSError, ValueError, ImportError)
"""What httpx raises, ImportError (a SOCKS proxy) and ValueError (a proxy's address) included."""

_CONNECTING: Final = frozenset({
    "connect_tcp", "connect_unix_socket", "start_tls", "retry", "setup_socks5_connection"})
_OTHER: Final = frozenset({"receive_response_headers", "receive_response_body", "response_closed", "close"})


@dataclass(frozen=True)
class Ask:
    """A request. ``upload``: field name, file name and content. The ``url`` may be a signed link: not in the repr."""

    method: str
    url: str = field(repr=False)
    key: Secret | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, str] | None = None
    form: Mapping[str, str] | None = None
    upload: tuple[str, str, bytes | Path] | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Answer:
    """``headers``: names in lower case. ``body``: at most the cap; ``too_large`` where there was more."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    too_large: bool = False


class _Abandoned(Exception):
    """Ends the thread of a request that nobody waits for any more."""


class Exchange:
    """One use: :meth:`run`."""

    def __init__(self, open_client: Callable[[], httpx.Client], ask: Ask, cap: int, timeout: httpx.Timeout) -> None:
        self._open_client = open_client
        self._ask = ask
        self._cap = cap
        self._timeout = timeout
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._done = threading.Event()
        self._outcome: Answer | Lost | None = None
        self._abandoned = False
        self._unsent = True
        self._begun = False
        self._stream: Any = None

    def run(self, job: Job, total_s: float, grace_s: float = 0.0) -> Answer | Lost:
        """Sends and waits for the answer, its end, ``total_s`` seconds or a cancel, whichever is first.

        ``grace_s``: how long a cancelled request that has begun to be sent may still wait for its answer. Raises
        Cancelled only where the job was cancelled before; a cancel in mid-request is a Lost that says so.
        """
        with job.interruptible(self._wake.set):
            threading.Thread(target=self._work, name="topaz-request", daemon=True).start()
            try:
                self._wake.wait(total_s)
                if not self._done.is_set() and job.cancelled and not self._unsent:
                    self._done.wait(grace_s)
            finally:
                outcome = self._leave(job.cancelled)
        return outcome

    def _leave(self, cancelled: bool) -> Answer | Lost:
        """The outcome; without one the thread is told to end, and its connection is cut."""
        with self._lock:
            if self._outcome is not None:
                return self._outcome
            self._abandoned = True
            stream, sent = self._stream, not self._unsent
        if stream is not None:
            with contextlib.suppress(OSError):
                # Not SSLSocket's own shutdown: that takes the TLS object away from under the other thread.
                socket.socket.shutdown(stream.get_extra_info("socket"), socket.SHUT_RDWR)
        return Lost("it was cancelled" if cancelled else "there was no answer in time", sent, cancelled=cancelled)

    def _work(self) -> None:
        quiet.this_thread()
        # Whatever else may happen here, a request that has no known end counts as sent.
        outcome: Answer | Lost = Lost("the request ended unexpectedly", sent=True)
        try:
            outcome = self._talk()
        except _Abandoned:
            outcome = Lost("it was cancelled", sent=not self._unsent, cancelled=True)
        except _CAUGHT as error:
            outcome = from_error(error, sent=not self._unsent)
        finally:
            with self._lock:
                self._outcome = outcome
            self._done.set()
            self._wake.set()

    def _talk(self) -> Answer:
        with contextlib.ExitStack() as stack:
            client = stack.enter_context(self._open_client())
            quiet.mute_libraries()
            request = self._request(stack)
            with self._lock:
                if self._abandoned:
                    raise _Abandoned
                self._unsent = False  # until an event shows that it is only connecting yet
            auth = _KeyHeader(self._ask.key) if self._ask.key is not None else None
            response = client.send(request, stream=True, auth=auth, follow_redirects=False)
            stack.callback(response.close)
            cap = self._cap if response.is_success else min(self._cap, ERROR_BYTES)
            body, too_large = _body(response, cap)
            headers = {name.lower(): value for name, value in response.headers.items()}
            return Answer(response.status_code, headers, body, too_large)

    def _request(self, stack: contextlib.ExitStack) -> httpx.Request:
        ask = self._ask
        files: dict[str, tuple[str, IO[bytes], str]] | None = None
        if ask.upload is not None:
            name, filename, content = ask.upload
            files = {name: (filename, stack.enter_context(_opened(content)), "image/png")}
        return httpx.Request(
            ask.method, ask.url, headers=dict(ask.headers), params=ask.params, data=ask.form, files=files,
            extensions={"timeout": self._timeout.as_dict(), "trace": self._trace})

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Called by httpcore at each step; tells what has been sent, and where to cut."""
        _, step, state = (*event.split("."), "", "")[:3]
        with self._lock:
            if self._abandoned and state == "started" and step not in _OTHER:
                raise _Abandoned
            if state == "complete" and info.get("return_value") is not None and step in _CONNECTING:
                self._stream = info["return_value"]
            if _is_sending(step, state, info):
                self._begun = True
                self._unsent = False
            elif not self._begun:
                self._unsent = True


def _opened(content: bytes | Path) -> IO[bytes]:
    """Raises Unreadable."""
    if isinstance(content, bytes):
        return io.BytesIO(content)
    try:
        return content.open("rb")
    except OSError as error:
        raise Unreadable(error.strerror or "no reason is known") from error


def _is_sending(step: str, state: str, info: Mapping[str, Any]) -> bool:
    """Whether an event shows the request itself on its way. A step that nobody knows counts as that."""
    if step in _CONNECTING or step in _OTHER:
        return False
    if step.startswith("send_request_"):
        # What goes to a proxy first is not our request yet.
        return state == "started" and getattr(info.get("request"), "method", b"") != b"CONNECT"
    return True


class _KeyHeader(httpx.Auth):
    """Puts the key into the one header, at the last moment."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Iterator[httpx.Request]:  # type: ignore[override]
        request.headers["X-API-Key"] = self._key.reveal()
        yield request


def _body(response: httpx.Response, cap: int) -> tuple[bytes, bool]:
    """At most ``cap`` bytes, and whether there were more. Nothing is unpacked: a packed answer was not asked for."""
    said = response.headers.get("Content-Length", "")
    if response.is_success and said.isdigit() and int(said[:20]) > cap:
        return b"", True
    if response.headers.get("Content-Encoding", "identity").lower() not in ("", "identity"):
        raise httpx.DecodingError("packed")
    body = bytearray()
    for block in response.iter_bytes():
        body += block
        if len(body) > cap:
            return bytes(body[:cap]), True
    return bytes(body), False
