"""One client's socket: lines in, messages out."""

from __future__ import annotations

import contextlib
import json
import select
import socket
import threading
from collections.abc import Iterator
from typing import Any, Final

from cutaway.errors import ProtocolError
from cutaway.worker.protocol import MAX_LINE

CHUNK: Final = 65536
SEND_S: Final = 5.0
"""A client that takes no answer for so long has gone for all that matters."""


class Connection:
    """Lines are read by one thread; any thread may send."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._sending = threading.Lock()
        self._open = True
        self._link.settimeout(SEND_S)

    def lines(self, first_within_s: float) -> Iterator[bytes]:
        """Each line without its end, until the client goes. A client that says nothing at first is let go.

        Raises ProtocolError for a line over MAX_LINE bytes.
        """
        rest = bytearray()
        patience: float | None = first_within_s
        while self._open:
            if not self._wait(patience):
                return
            try:
                data = self._link.recv(CHUNK)
            except TimeoutError:
                continue
            except OSError:
                return
            if not data:
                return
            rest += data
            *lines, tail = bytes(rest).split(b"\n")
            rest = bytearray(tail)
            if max(map(len, (*lines, tail))) > MAX_LINE:
                raise ProtocolError("A message is too long.", f"A line has at most {MAX_LINE} bytes.")
            for line in lines:
                if line.strip():
                    patience = None
                    yield line

    def send(self, message: dict[str, Any]) -> None:
        """Sends one message. A client that has gone is no error here: its thread will see it."""
        line = json.dumps(message).encode("ascii") + b"\n"
        with self._sending:
            self._send(line)

    def notify(self, message: dict[str, Any]) -> None:
        """As :meth:`send`, but dropped where the client does not keep up: nobody waits for it."""
        line = json.dumps(message).encode("ascii") + b"\n"
        with self._sending:
            if self._open and self._writable():
                self._send(line)

    def hang_up(self) -> None:
        """Ends the conversation, from any thread; the reading thread then returns."""
        self._open = False
        with contextlib.suppress(OSError):  # the client was faster
            self._link.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """For the reading thread, when it is done."""
        self.hang_up()
        with self._sending:
            self._link.close()

    def _send(self, line: bytes) -> None:
        try:
            self._link.sendall(line)
        except OSError:
            self.hang_up()

    def _wait(self, seconds: float | None) -> bool:
        try:
            return bool(select.select([self._link], [], [], seconds)[0])
        except (OSError, ValueError):
            return False

    def _writable(self) -> bool:
        try:
            return bool(select.select([], [self._link], [], 0)[1])
        except (OSError, ValueError):
            return False
