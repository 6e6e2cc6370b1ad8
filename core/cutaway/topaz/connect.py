"""Opens the httpx client of one exchange.

A new one for each: a connection that is kept open and dies silently would turn a submit's outcome unknown, and polls
are further apart than a server keeps connections anyway. The costly part, the certificates, is read once in a process.
"""

from __future__ import annotations

import functools
import os
import ssl
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from cutaway.topaz.addresses import is_loopback


class Connector:
    """HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR are honoured; no proxy for this computer."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self._given = None if transport is None else _Kept(transport)

    def open(self, url: str) -> httpx.Client:
        """For a request to ``url``. Raises OSError, ValueError or ImportError where the environment names what does
        not work.
        """
        if self._given is not None:
            return httpx.Client(transport=self._given, trust_env=False, follow_redirects=False)
        parts = urlsplit(url)
        here = is_loopback(parts.hostname or "")
        return httpx.Client(
            verify=False if here and parts.scheme == "http" else certificates(), trust_env=not here,
            follow_redirects=False, limits=httpx.Limits(max_keepalive_connections=0))

    def close(self) -> None:
        """Closes the transport that was given."""
        if self._given is not None:
            self._given.transport.close()


def certificates() -> ssl.SSLContext:
    """What the environment trusts. Raises OSError where it names what is not there."""
    file, folder = os.environ.get("SSL_CERT_FILE", ""), os.environ.get("SSL_CERT_DIR", "")
    return _read(file, folder, Path(file).stat().st_mtime_ns if file else 0)


@functools.lru_cache(maxsize=4)
def _read(file: str, folder: str, changed: int) -> ssl.SSLContext:
    """``file`` and ``folder`` are httpx's to read; here they tell one environment from another."""
    return httpx.create_ssl_context()


class _Kept(httpx.BaseTransport):
    """A transport that outlives the clients of single exchanges."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self.transport = transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.transport.handle_request(request)
