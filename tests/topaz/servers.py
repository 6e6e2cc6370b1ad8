"""Little servers on this computer: of plain connections, of HTTP, perhaps behind TLS, and a proxy."""

from __future__ import annotations

import contextlib
import http.server
import select
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from typing import Any


class FakeServer:
    """Takes connections and gives each to ``serve(socket)`` in a thread. ``open``: those that have not ended."""

    def __init__(self, serve: Callable[[socket.socket], None]) -> None:
        self._serve = serve
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listening.getsockname()[1]
        self.taken = 0
        self.open: set[socket.socket] = set()
        self.lock = threading.Lock()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/image/v1"

    def _accept(self) -> None:
        while True:
            try:
                link, _ = self._listening.accept()
            except OSError:
                return
            with self.lock:
                self.taken += 1
                self.open.add(link)
            threading.Thread(target=self._run, args=(link,), daemon=True).start()

    def _run(self, link: socket.socket) -> None:
        with contextlib.suppress(OSError), link:
            self._serve(link)
        with self.lock:
            self.open.discard(link)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        with self.lock:
            links = list(self.open)
        for link in links:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def serving(serve: Callable[[socket.socket], None]) -> Iterator[FakeServer]:
    server = FakeServer(serve)
    try:
        yield server
    finally:
        server.close()


def read_head(link: socket.socket) -> bytes:
    """Up to the empty line, or the end; what came of the body with it."""
    data = b""
    while b"\r\n\r\n" not in data and (block := link.recv(65536)):
        data += block
    return data


def until_gone(link: socket.socket) -> None:
    """Reads until the other end closes."""
    while link.recv(65536):
        pass


def body(value: bytes, status: str = "200 OK", more: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(value)}\r\n{more}\r\n".encode() + value


class FakeProxy:
    """Takes CONNECT and leads every name to this computer. ``asked``: the targets; ``heads``: what it could read."""

    def __init__(self, refuse: bytes = b"") -> None:
        self.asked: list[str] = []
        self.heads: list[bytes] = []
        self.refuse = refuse

    def __call__(self, link: socket.socket) -> None:
        head = read_head(link)
        self.heads.append(head)
        method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
        self.asked.append(target)
        if self.refuse or method != "CONNECT":
            link.sendall(self.refuse or body(b"", "405 No"))
            return
        with socket.create_connection(("127.0.0.1", int(target.split(":")[1]))) as beyond:
            link.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
            pair = {link: beyond, beyond: link}
            while True:
                ready, _, _ = select.select(list(pair), [], [], 30)
                for end in ready:
                    data = end.recv(65536)
                    if not data:
                        return
                    pair[end].sendall(data)
                if not ready:
                    return


@contextlib.contextmanager
def web(answer: Callable[[http.server.BaseHTTPRequestHandler], tuple[int, bytes]],
        tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A real HTTP server, perhaps behind TLS; the port."""
    class Handler(http.server.BaseHTTPRequestHandler):
        def _do(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, value = answer(self)
            self.send_response(status)
            self.send_header("Content-Length", str(len(value)))
            self.end_headers()
            self.wfile.write(value)

        do_GET = do_POST = do_DELETE = _do

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing."""

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that does not trust the certificate goes away: no news."""

    server = Server(("127.0.0.1", 0), Handler)
    if tls is not None:
        # The handshake belongs to the connection's own thread, not to the one that accepts.
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
