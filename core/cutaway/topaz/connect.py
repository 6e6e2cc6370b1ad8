"""Opens the httpx client of one exchange.

A new one for each: a connection that is kept open and dies silently would turn a submit's outcome unknown, and polls
are further apart than a server keeps connections anyway. The costly part, the certificates, is read once.
"""

from __future__ import annotations

import ssl
import threading

import httpx

_DIRECT = ("all://localhost", "all://127.0.0.1", "all://[::1]")


class Connector:
    """HTTPS_PROXY, ALL_PROXY, NO_PROXY, SSL_CERT_FILE and SSL_CERT_DIR are honoured, and never for this computer."""

    def __init__(self, transport: httpx.BaseTransport | None = None) -> None:
        self._given = None if transport is None else _Kept(transport)
        self._context: ssl.SSLContext | None = None
        self._lock = threading.Lock()

    def open(self) -> httpx.Client:
        """Raises OSError, ValueError or ImportError where the environment names what does not work."""
        if self._given is not None:
            return httpx.Client(transport=self._given, trust_env=False, follow_redirects=False)
        return httpx.Client(
            verify=self._certificates(), trust_env=True, follow_redirects=False,
            mounts=dict.fromkeys(_DIRECT),
            limits=httpx.Limits(max_keepalive_connections=0))

    def close(self) -> None:
        """Closes the transport that was given."""
        if self._given is not None:
            self._given.transport.close()

    def _certificates(self) -> ssl.SSLContext:
        with self._lock:
            if self._context is None:
                self._context = httpx.create_ssl_context()
            return self._context


class _Kept(httpx.BaseTransport):
    """A transport that outlives the clients of single exchanges."""

    def __init__(self, transport: httpx.BaseTransport) -> None:
        self.transport = transport

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.transport.handle_request(request)
