from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cutaway.home import Home
from cutaway.worker import transport
from cutaway.worker.address import private_folder
from cutaway.worker.limits import Limits
from cutaway.worker.log import Log
from cutaway.worker.server import Server
from tests.worker.fake_core import FakeCore
from tests.worker.raw_client import RawClient


class Running:
    """A server in a thread of this process. ``deaths``: the exit statuses it would have ended the process with."""

    def __init__(self, home: Path, limits: Limits, grace_s: float, environment: dict[str, str]) -> None:
        self.home = Home(home)
        private_folder(self.home.run)
        self.core = FakeCore()
        self.core.home = self.home
        self.deaths: list[int] = []
        self.log = Log(self.home.run / "worker.log")
        self.listener = transport.listen(self.home.run, environment)
        self.server = Server(
            self.home, self.core, self.log, self.listener, limits, grace_s=grace_s, die=self.deaths.append)
        self.status: list[int] = []
        self.ended = False
        self.thread = threading.Thread(target=lambda: self.status.append(self.server.serve()))
        self.thread.start()

    @property
    def jobs_folder(self) -> Path:
        return self.home.run / "jobs"

    def client(self, **more: Any) -> RawClient:
        client = RawClient(self.home.run)
        assert "result" in client.hello(**more)
        return client

    def end(self) -> None:
        if self.ended:
            return
        self.ended = True
        self.server.stop("now")
        self.thread.join(10)
        assert not self.thread.is_alive()
        self.listener.close()
        self.log.close()


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    """Starts servers; they are stopped at the end of the test."""
    started: list[Running] = []

    def start(limits: Limits | None = None, grace_s: float = 5.0, tcp: bool = False) -> Running:
        environment = {"CUTAWAY_TRANSPORT": "tcp"} if tcp else {}
        started.append(Running(tmp_path / f"home{len(started)}", limits or Limits(), grace_s, environment))
        return started[-1]

    yield start
    for running in started:
        running.end()


@pytest.fixture
def server(serving: Callable[..., Running]) -> Running:
    return serving()
