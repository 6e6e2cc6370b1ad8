"""What every request goes through on both ports: written down, searched for the key, spoilt by the script."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from urllib.parse import parse_qs

from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from tests.emulator.effects import EFFECTS, Spoiling
from tests.emulator.record import KEY_HEADER, Received, leaks_in, masked
from tests.emulator.replies import Answer, Message, Receive, Refused, Reply, Scope, Send
from tests.emulator.upload import NoPixels, NotAPicture, inspect
from tests.emulator.world import World


@dataclass
class Part:
    """A file of a form."""

    name: str
    file_name: str
    media: str
    data: bytes


@dataclass
class Form:
    """``wrong`` says why the body is no form; empty where it is one."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    files: list[Part] = field(default_factory=list)
    wrong: str = ""


@dataclass
class Call:
    """One request, read to its end. ``too_big``: the body was over the limit, and dropped."""

    world: World
    request: Request
    operation: str
    received: Received
    body: bytes
    form: Form
    too_big: bool

    @property
    def media(self) -> str:
        return self.request.headers.get("content-type", "").split(";")[0].strip().lower()

    @property
    def process_id(self) -> str:
        return str(self.request.path_params.get("process_id", ""))


Handle = Callable[[Call], Awaitable[Answer]]
Endpoint = Callable[[Request], Awaitable[Reply]]


class Gate:
    """Makes endpoints for one port ("api" or "storage")."""

    def __init__(self, world: World, port: str) -> None:
        self.world, self.port = world, port

    def endpoint(self, operation: str, handle: Handle, *, secured: bool = False) -> Endpoint:
        """``secured``: needs the key."""
        async def secure(call: Call) -> Answer:
            if secured:
                check_key(call)
            return await handle(call)

        async def serve(request: Request) -> Reply:
            received = self._received(request, operation)
            self.world.note(received)
            try:
                return Recorded(self.world, received, await self._reply(request, received, secure))
            except (ClientDisconnect, asyncio.CancelledError):  # cancelled: the emulator stops
                self.world.done(received)
                return nobody
            except Exception as error:
                self.world.crashes.append(error)
                self.world.done(received)
                raise
        return serve

    def _received(self, request: Request, operation: str) -> Received:
        world = self.world
        key = request.headers.get(KEY_HEADER, "")
        if key:
            world.keys_seen.add(key)
        return Received(
            len(world.received), world.now(), self.port, request.method, world.masked(request.url.path),
            world.masked(request.url.query), masked(request.headers.raw, world.keys_seen), operation,
            process_id=world.masked(str(request.path_params.get("process_id", ""))))

    async def _reply(self, request: Request, received: Received, handle: Handle) -> Reply:
        world = self.world
        body, too_big = await read(request, world.limits.max_bytes)
        received.body_size = len(body)
        found = leaks_in(self.port, request.method, request.url.path, request.url.query.encode(), request.headers.raw,
                         body, world.keys_seen)
        world.leaks += [type(leak)(leak.port, leak.where, world.masked(leak.request)) for leak in found]
        call = Call(world, request, received.operation, received, body, await parse(request, body), too_big)
        write_down(call)

        async def answer() -> Answer:
            try:
                return await handle(call)
            except Refused as refused:
                return refused.answer()

        async def normal(scope: Scope, receive: Receive, send: Send) -> None:
            await (await answer())(scope, receive, send)

        fault = world.fault(received.operation, subjects(call))
        if fault is None:
            return await answer()
        received.fault = fault.name
        true = await answer() if fault.handled else None
        if fault.name == "link_expired":
            world.links[request.path_params["token"]].dead = fault.params["status"]
        elsewhere = world.storage_url.replace("127.0.0.1", "localhost") + "/elsewhere/"
        elsewhere += request.path_params.get("token", received.operation)
        return EFFECTS[fault.name](Spoiling(fault, true, normal, world.now(), world.wires, elsewhere))


def check_key(call: Call) -> None:
    if call.request.headers.get(KEY_HEADER) not in call.world.keys:
        raise Refused(401, "Invalid API key", 401)
    if call.operation in call.world.account.forbidden:
        raise Refused(403, "This API key may not do this", 403)


def subjects(call: Call) -> tuple[str, ...]:
    """What the request is about: names to match a fault's ``only`` with; the last is the same in every run."""
    received = call.received
    if call.operation == "submit" and received.picture is not None:
        sha256 = hashlib.sha256(received.picture).hexdigest()
        return received.file_name, f"{sha256}:{received.field('model')}:{received.field('mode') or 'segmentation'}"
    link = call.world.links.get(str(call.request.path_params.get("token", "")))
    job = call.world.jobs.get(link.process_id if link else call.process_id)
    if job is None:
        return ()
    return job.source.file_name, job.process_id, f"{job.source.sha256}:{job.model}:{job.mode}"


def write_down(call: Call) -> None:
    received, files = call.received, call.form.files
    received.fields = {name: [call.world.masked(value) for value in values]
                       for name, values in call.form.fields.items()}
    if files:
        first = next((part for part in files if part.name == "image"), files[0])
        received.file_name, received.file_type = call.world.masked(first.file_name), call.world.masked(first.media)
        received.picture = first.data
        try:
            received.upload = inspect(first.data)
        except (NotAPicture, NoPixels):
            received.upload = None


async def read(request: Request, limit: int) -> tuple[bytes, bool]:
    """The body, and whether it was over the limit; what is over is read and dropped, so that the client hears of it."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size <= limit:
            parts.append(part)
        else:
            parts.clear()
    return b"".join(parts), size > limit


async def parse(request: Request, body: bytes) -> Form:
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media == "application/x-www-form-urlencoded":
        return Form(parse_qs(body.decode("latin-1"), keep_blank_values=True))
    if media != "multipart/form-data":
        return Form(wrong="the body is not multipart/form-data")

    async def parts() -> AsyncGenerator[bytes, None]:
        yield body

    try:
        found = await MultiPartParser(request.headers, parts()).parse()
    except (MultiPartException, KeyError) as error:
        return Form(wrong=f"the form cannot be read: {error}")
    form = Form()
    try:
        for name, value in found.multi_items():
            if isinstance(value, str):
                form.fields.setdefault(name, []).append(value)
            else:
                form.files.append(Part(name, value.filename or "", value.content_type or "", await value.read()))
    finally:
        await found.close()
    return form


async def nobody(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer to a client that has hung up."""


@dataclass
class Recorded:
    """Writes down what really went out, and a crash of the emulator's own."""

    world: World
    received: Received
    reply: Reply

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.received.status = message["status"]
                date = formatdate(self.world.now(), usegmt=True).encode()
                message = {**message, "headers": [*message["headers"], (b"date", date)]}
            else:
                self.received.sent += len(message.get("body", b""))
            await send(message)

        try:
            await self.reply(scope, receive, counted)
        except asyncio.CancelledError:
            pass  # the emulator stops; everybody has been hung up on
        except Exception as error:
            self.world.crashes.append(error)
            raise
        finally:
            self.world.done(self.received)
