"""The socket that the worker listens on. Only the holder of the worker's lock may open it."""

from __future__ import annotations

import contextlib
import hmac
import json
import os
import secrets
import socket
import struct
import sys
from pathlib import Path
from typing import Any, Final

from cutaway.errors import WorkerError
from cutaway.worker.address import LOOPBACK, TCP, private_folder, socket_path

BACKLOG: Final = 32


def listen(run: Path, environment: dict[str, str] | os._Environ[str]) -> Listener:
    """A Unix socket, or TCP on Windows and where CUTAWAY_TRANSPORT is "tcp". Raises WorkerError."""
    if not hasattr(socket, "AF_UNIX") or environment.get("CUTAWAY_TRANSPORT", "") == "tcp":
        return TcpListener(run)
    return UnixListener(run)


class Listener:
    """``door``: the socket to wait on. ``token``: what a client must know, None where the folder guards the door."""

    door: socket.socket
    token: str | None = None

    def accept(self) -> socket.socket | None:
        """The next connection, or None where it was another user's or has gone again."""
        try:
            link, _ = self.door.accept()
        except OSError:
            return None
        if not self.admits(link):
            link.close()
            return None
        link.setblocking(True)  # it inherits nothing of the listener's
        return link

    def admits(self, link: socket.socket) -> bool:
        """Whether the other end may be listened to at all."""
        return True

    def knows(self, token: str) -> bool:
        """Whether this is the right token."""
        return self.token is None or hmac.compare_digest(self.token.encode(), token.encode("utf-8", "replace"))

    def close(self) -> None:
        """Stops listening and removes what clients find it by."""
        raise NotImplementedError


class UnixListener(Listener):
    def __init__(self, run: Path) -> None:
        self._run = run
        self._path = socket_path(run)
        private_folder(self._path.parent)
        self._path.unlink(missing_ok=True)  # a dead worker's: this process holds the lock
        (run / TCP).unlink(missing_ok=True)
        self.door = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self.door.bind(str(self._path))
            self._path.chmod(0o600)
            self.door.listen(BACKLOG)
            self.door.setblocking(False)
        except OSError as error:
            self.door.close()
            raise WorkerError(
                f"The background process cannot listen at {self._path}: {error.strerror}.",
                "Check the rights of that folder.") from error

    def admits(self, link: socket.socket) -> bool:
        """The folder is private already; where the system tells the peer's user, that must fit as well."""
        user = peer_user(link)
        return user is None or (sys.platform != "win32" and user == os.getuid())

    def close(self) -> None:
        self.door.close()
        self._path.unlink(missing_ok=True)
        if self._path.parent != self._run:
            with contextlib.suppress(OSError):
                self._path.parent.rmdir()


class TcpListener(Listener):
    def __init__(self, run: Path) -> None:
        self._file = run / TCP
        if hasattr(socket, "AF_UNIX"):
            socket_path(run).unlink(missing_ok=True)
        self.token = secrets.token_hex(32)
        self.door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            exclusive = getattr(socket, "SO_EXCLUSIVEADDRUSE", None)
            if exclusive is not None:
                self.door.setsockopt(socket.SOL_SOCKET, exclusive, 1)
            self.door.bind((LOOPBACK, 0))
            self.door.listen(BACKLOG)
            self.door.setblocking(False)
            _write_secret(self._file, {"port": self.door.getsockname()[1], "token": self.token})
        except OSError as error:
            self.door.close()
            raise WorkerError(
                f"The background process cannot listen on {LOOPBACK}: {error.strerror}.",
                "Check the firewall's rules for this computer's own connections.") from error

    def close(self) -> None:
        self.door.close()
        self._file.unlink(missing_ok=True)


def peer_user(link: socket.socket) -> int | None:
    """The user at the other end of a Unix socket, where the system (Linux) tells."""
    option: Any = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    said = link.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i"))
    return int(struct.unpack("3i", said)[1])


def _write_secret(path: Path, said: dict[str, Any]) -> None:
    """Readable by this user alone from the first moment, and never seen half-written."""
    new = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(said, stream)
        new.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink()
        raise
