"""Two real HTTP servers on the loopback address, in a thread of their own."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from tests.emulator.replies import Wires, hang_up

HOST: Final = "127.0.0.1"
PATIENCE: Final = 10.0


def tracked(wires: Wires) -> type[H11Protocol]:
    """uvicorn's protocol, which also keeps the open connections in ``wires``: an application cannot hang up."""
    class Tracked(H11Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            wires[self.client] = transport

        def connection_lost(self, exc: Exception | None) -> None:
            wires.pop(self.client, None)
            super().connection_lost(exc)

    return Tracked


class Port:
    """One application on one port. The port is taken, but nobody listens, until :meth:`open`."""

    def __init__(self, application: ASGIApp, wires: Wires, port: int = 0) -> None:
        self._config = uvicorn.Config(
            application, http=tracked(wires), ws="none", lifespan="off", interface="asgi3", log_config=None,
            access_log=False, server_header=False, date_header=False, timeout_keep_alive=60)
        self._server = uvicorn.Server(self._config)
        self._socket: socket.socket | None = bound(port)
        self.number: int = self._socket.getsockname()[1]

    async def open(self) -> None:
        if self._socket is None:
            self._socket = bound(self.number)
        if not self._config.loaded:
            self._config.load()
        self._server.lifespan = self._config.lifespan_class(self._config)
        await self._server.startup(sockets=[self._socket])

    async def close(self) -> None:
        """Nobody listens any more: a connection is refused."""
        for listening in self._server.servers:
            listening.close()
        self.free()

    def free(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    async def finish(self) -> None:
        """Ends what is still running; connections are closed already."""
        tasks = list(self._server.server_state.tasks)
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=1.0)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)


def bound(port: int) -> socket.socket:
    # asyncio switches Nagle's delay off only where the protocol is named: 40 ms an answer.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((HOST, port))
    except OSError:
        sock.close()
        raise
    return sock


class Thread:
    """Runs the ports from :meth:`start` to :meth:`stop`."""

    def __init__(self, ports: list[Port], wires: Wires) -> None:
        self._ports, self._wires = ports, wires
        self._thread = threading.Thread(target=self._run, name="emulator", daemon=True)
        self._ready: Future[asyncio.AbstractEventLoop] = Future()
        self._end: asyncio.Event | None = None

    def start(self) -> None:
        self._thread.start()
        self._ready.result(PATIENCE)

    def stop(self) -> None:
        """Hangs up on everybody and waits for the thread's end."""
        loop, end = self._ready.result(PATIENCE), self._end
        if self._thread.is_alive() and end is not None:
            loop.call_soon_threadsafe(end.set)
        self._thread.join(PATIENCE)

    def offline(self) -> None:
        """From now on connections are refused, and the open ones are reset."""
        self._do(self._close())

    def online(self) -> None:
        self._do(self._open())

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._ready.result(PATIENCE)).result(PATIENCE)

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    async def _serve(self) -> None:
        self._end = asyncio.Event()
        await self._open()
        self._ready.set_result(asyncio.get_running_loop())
        await self._end.wait()
        await self._close()
        for port in self._ports:
            await port.finish()

    async def _open(self) -> None:
        for port in self._ports:
            await port.open()

    async def _close(self) -> None:
        for port in self._ports:
            await port.close()
        for wire in list(self._wires.values()):
            hang_up(wire, reset=True)
        while self._wires:
            await asyncio.sleep(0.001)
