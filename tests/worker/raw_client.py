"""A client that can say anything."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

from cutaway.worker.address import socket_path


class RawClient:
    """Lines out, messages in. Reading waits ten seconds at most, and raises EOFError at the connection's end."""

    def __init__(self, run: Path, *, port: int | None = None) -> None:
        if port is None:
            self.link = socket.socket(socket.AF_UNIX)
            self.link.connect(str(socket_path(run)))
        else:
            self.link = socket.create_connection(("127.0.0.1", port))
        self.link.settimeout(10)
        self._rest = b""

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *error: object) -> None:
        self.link.close()

    def say(self, line: bytes) -> None:
        self.link.sendall(line + b"\n")

    def ask(self, id: Any, method: str, /, **params: Any) -> None:
        self.say(json.dumps({"jsonrpc": "2.0", "id": id, "method": method, "params": params}).encode())

    def hear(self) -> dict[str, Any]:
        while b"\n" not in self._rest:
            data = self.link.recv(65536)
            if not data:
                raise EOFError
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        message: dict[str, Any] = json.loads(line)
        return message

    def answer(self, id: Any) -> dict[str, Any]:
        """The terminal answer to ``id``; what comes before it is passed over."""
        while True:
            message = self.hear()
            if "id" in message and message["id"] == id:
                return message

    def call(self, id: Any, method: str, /, **params: Any) -> Any:
        """The result of a request that must succeed."""
        self.ask(id, method, **params)
        return self.answer(id)["result"]

    def hello(self, **more: Any) -> dict[str, Any]:
        self.ask(0, "hello", **{"protocol": 1, "version": "0.1.0", "client": "test", **more})
        return self.answer(0)

    def is_ended(self) -> bool:
        """Whether the server ends the connection without another message."""
        try:
            self.hear()
        except (EOFError, ConnectionError):
            return True
        return False
