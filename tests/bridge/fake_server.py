"""A worker that follows a script: for each request what it answers. It listens where the real one would."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cutaway.worker.address import private_folder, socket_path

Reply = Callable[["FakeServer", dict[str, Any]], None]


class FakeServer:
    """``replies``: a function (server, request) for each method. ``heard``: every request in order."""

    def __init__(self, home: Path, replies: dict[str, Reply], *, version: str = "0.1.0") -> None:
        self.home = home
        self.heard: list[dict[str, Any]] = []
        self.failures: list[str] = []
        self.replies: dict[str, Reply] = {
            "hello": result({"protocol": 1, "version": version, "pid": 1}), "job.open": FakeServer.open_job,
            "job.close": result({}), **replies}
        run = home / "run"
        private_folder(run)
        self._links: list[socket.socket] = []
        self._door = socket.socket(socket.AF_UNIX)
        self._path = socket_path(run)
        self._path.unlink(missing_ok=True)
        self._door.bind(str(self._path))
        self._door.listen(8)
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def __enter__(self) -> FakeServer:
        return self

    def __exit__(self, *error: object) -> None:
        self._path.unlink(missing_ok=True)
        self._door.shutdown(socket.SHUT_RDWR)
        self.hang_up()
        self._thread.join(10)
        self._door.close()
        assert not self.failures, self.failures

    def say(self, **message: Any) -> None:
        self.say_bytes(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")

    def say_bytes(self, data: bytes) -> None:
        self._links[-1].sendall(data)

    def hang_up(self) -> None:
        for link in self._links:
            with contextlib.suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)

    def methods(self) -> list[str]:
        return [request["method"] for request in self.heard]

    def open_job(self, request: dict[str, Any]) -> None:
        folder = self.home / "run" / "jobs" / "j1"
        folder.mkdir(parents=True, exist_ok=True)
        self.say(id=request["id"], result={"job": "j1", "folder": str(folder)})

    def _serve(self) -> None:
        while True:
            try:
                link, _ = self._door.accept()
            except OSError:
                return
            self._links.append(link)
            with link, link.makefile("rb") as lines:
                try:
                    for line in lines:
                        self._take(json.loads(line))
                except OSError:
                    pass

    def _take(self, request: dict[str, Any]) -> None:
        self.heard.append(request)
        reply = self.replies.get(request["method"])
        if reply is None:
            self.failures.append(f"not expected: {request}")
            self.hang_up()
        else:
            reply(self, request)


def result(value: Any) -> Reply:
    """Answers with ``value``."""
    return lambda server, request: server.say(id=request["id"], result=value)


def error(code: str, message: str = "It failed.", hint: str = "Try again.") -> Reply:
    """Answers with an error."""
    return lambda server, request: server.say(
        id=request["id"], error={"code": -32000, "message": message, "data": {"code": code, "hint": hint}})


def several(*replies: Reply) -> Reply:
    """One reply after the other, for the first request, the second ..."""
    left = list(replies)
    return lambda server, request: left.pop(0)(server, request)


def nothing(server: FakeServer, request: dict[str, Any]) -> None:
    """Does not answer."""


def hang_up(server: FakeServer, request: dict[str, Any]) -> None:
    """As a worker that crashes."""
    server.hang_up()
