"""Why there is no answer, in words that hold no address, header or key."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import httpx


@dataclass(frozen=True)
class Lost:
    """No answer. ``sent``: whether the server may have got any of the request. ``lasting``: trying again is useless.
    ``ours``: what was to be sent could not be read.
    """

    reason: str
    sent: bool
    cancelled: bool = False
    lasting: bool = False
    hint: str = ""
    ours: bool = False


class Unreadable(Exception):
    """The file to be sent cannot be opened: no request was made."""


_BEFORE: Final = (
    httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
"""Raised before a byte of the request is sent."""

_REASONS: Final[tuple[tuple[type[BaseException], str], ...]] = (
    (httpx.ConnectTimeout, "it did not answer the call"),
    (httpx.ReadTimeout, "it did not answer in time"),
    (httpx.WriteTimeout, "it stopped taking the upload"),
    (httpx.PoolTimeout, "there was no free connection"),
    (httpx.ProxyError, "the proxy refused to connect"),
    (httpx.UnsupportedProtocol, "the proxy's address is of a kind that is not supported"),
    (httpx.DecodingError, "the answer was packed in a way that was not asked for"),
    (httpx.RemoteProtocolError, "the connection ended before the answer was whole"),
    (httpx.ReadError, "the connection broke"),
    (httpx.WriteError, "the connection broke during the upload"),
    (httpx.ConnectError, "no connection could be made"),
)

_CERTIFICATE = ("Where a company's own certificate authority checks the traffic, set SSL_CERT_FILE to its "
                "certificate file.")
_PROXY = "Check HTTPS_PROXY and ALL_PROXY, or name the service in NO_PROXY."
_FILE = "Check the disk of Cutaway's folder, and that no other program empties it; then try again."
_SETUP = "Check SSL_CERT_FILE, SSL_CERT_DIR, HTTPS_PROXY and ALL_PROXY."


def from_error(error: BaseException, sent: bool) -> Lost:
    """What an error of httpx, or of setting it up, means."""
    if isinstance(error, Unreadable):
        return Lost(f"its file cannot be read: {error}", sent=False, lasting=True, hint=_FILE, ours=True)
    sent = sent and not isinstance(error, _BEFORE)
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Lost("its certificate is not trusted", sent, lasting=True, hint=_CERTIFICATE)
        if isinstance(cause, socket.gaierror):
            return Lost("its name was not found", sent)
        if isinstance(cause, ConnectionRefusedError):
            return Lost("the connection was refused", sent)
    if isinstance(error, httpx.ProxyError | httpx.UnsupportedProtocol):
        return Lost(_reason(error), sent, lasting=isinstance(error, httpx.UnsupportedProtocol), hint=_PROXY)
    if not isinstance(error, httpx.HTTPError) and not sent:
        return Lost("the connection cannot be set up on this computer", sent, lasting=True, hint=_SETUP)
    return Lost(_reason(error), sent)


def _reason(error: BaseException) -> str:
    return next((reason for kind, reason in _REASONS if isinstance(error, kind)), "the connection failed")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it. Bounded, since chains can be circular."""
    step: BaseException | None = error
    for _ in range(10):
        if step is None:
            return
        yield step
        step = step.__cause__ or step.__context__
