"""Ways to answer: properly, slowly, without end, or by hanging up. Each is an ASGI application for one response."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Reply = Callable[[Scope, Receive, Send], Awaitable[None]]
Wires = dict[Any, asyncio.Transport]
"""The open connections by the client's address."""

CRUMB = 1 << 16


class Refused(Exception):
    """An error of the contract: status and message."""

    def __init__(self, status: int, message: str, code: int | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code

    def answer(self) -> Answer:
        body: dict[str, Any] = {"message": self.message}
        if self.code is not None:
            body["code"] = self.code
        return Answer(self.status, body)


@dataclass
class Answer:
    """A whole response. ``body``: bytes as they are, None for none, anything else as JSON."""

    status: int = 200
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    media: str = "application/json"

    @property
    def data(self) -> bytes:
        if self.body is None:
            return b""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    def lines(self, length: int | None) -> list[tuple[bytes, bytes]]:
        headers = dict(self.headers)
        if self.body is not None:
            headers.setdefault("Content-Type", self.media)
        if length is not None and self.status != 204:
            headers["Content-Length"] = str(length)
        return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]

    async def begin(self, send: Send, length: int | None) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": self.lines(length)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        data = self.data
        await self.begin(send, len(data))
        await send({"type": "http.response.body", "body": data})


async def gone(receive: Receive) -> None:
    """Returns when the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def unless_gone(receive: Receive, work: Awaitable[None]) -> None:
    """Does the work until it is done or the client has hung up: uvicorn would take bytes for nobody without end."""
    tasks = [asyncio.ensure_future(work), asyncio.ensure_future(gone(receive))]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        if tasks[0].done():
            tasks[0].result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass
class Stream:
    """A body made while it is sent. ``length``: the Content-Length that is said, None for chunks."""

    answer: Answer
    parts: Iterable[bytes] | AsyncIterator[bytes]
    length: int | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self.answer.begin(send, self.length)
        await unless_gone(receive, self._body(send))

    async def _body(self, send: Send) -> None:
        if isinstance(self.parts, AsyncIterator):
            async for part in self.parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        else:
            for part in self.parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
                await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": b""})


async def crumbs(data: bytes, size: int, seconds: float) -> AsyncIterator[bytes]:
    for at in range(0, len(data), size):
        yield data[at:at + size]
        await asyncio.sleep(seconds)


def zeros(first: bytes, length: int) -> Iterable[bytes]:
    """``first`` and then zeros up to ``length`` bytes, never held."""
    yield first[:length]
    left, block = length - len(first), b"\x00" * CRUMB
    while left > 0:
        yield block[:left]
        left -= CRUMB


@dataclass
class HangUp:
    """Ends the connection: without a word, or after ``part`` bytes of an answer whose header promises all of it."""

    wires: Wires
    reset: bool = False
    answer: Answer | None = None
    part: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.answer is not None:
            data = self.answer.data
            await self.answer.begin(send, len(data))
            await send({"type": "http.response.body", "body": data[:self.part], "more_body": True})
        hang_up(self.wires.get(scope["client"]), reset=self.reset)
        await gone(receive)


def hang_up(wire: asyncio.Transport | None, *, reset: bool = False) -> None:
    """Closes a connection, what was written goes out first; ``reset``: at once, by RST."""
    if wire is None:
        return
    if reset:
        wire.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        wire.abort()
    else:
        wire.close()


@dataclass
class Late:
    """Another reply after so many real seconds, unless the client hangs up before."""

    reply: Reply
    seconds: float

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        left = asyncio.ensure_future(gone(receive))
        try:
            done, _ = await asyncio.wait([left], timeout=self.seconds)
        finally:
            left.cancel()
            await asyncio.gather(left, return_exceptions=True)
        if not done:
            await self.reply(scope, receive, send)
