"""The endpoints of the contract on the first port: every row of its requests and errors tables."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any, Final

from starlette.applications import Starlette
from starlette.routing import BaseRoute, Route

from tests.emulator.gate import Call, Gate, Part
from tests.emulator.jobs import LONGEST, MODELS, MODES, Job, Source, price
from tests.emulator.replies import Answer, Refused
from tests.emulator.upload import NoPixels, NotAPicture, decode, inspect
from tests.emulator.world import World

IMAGE: Final = "/image/v1"
ACCOUNT: Final = "/account/v1"
LONGEST_SIDE: Final = 32_000
METHODS: Final = ["GET", "POST", "PUT", "PATCH", "DELETE"]


def application(world: World, more: list[BaseRoute]) -> Starlette:
    """The ASGI application of the first port. ``more``: routes outside the contract's paths."""
    gate = Gate(world, "api")
    table = [
        ("POST", f"{IMAGE}/matting/async", "submit", submit), ("GET", f"{IMAGE}/status", "list", listing),
        ("DELETE", f"{IMAGE}/status", "delete", delete_all),
        ("GET", f"{IMAGE}/status/{{process_id}}", "status", status),
        ("DELETE", f"{IMAGE}/status/{{process_id}}", "delete", delete),
        ("GET", f"{IMAGE}/download/{{process_id}}", "download", download),
        ("DELETE", f"{IMAGE}/cancel/{{process_id}}", "cancel", cancel),
        ("POST", f"{IMAGE}/estimate", "estimate", estimate),
        ("GET", f"{ACCOUNT}/credits/balance", "balance", balance),
    ]
    routes: list[BaseRoute] = [
        Route(path, gate.endpoint(operation, handle, secured=True), methods=[method])
        for method, path, operation, handle in table]
    return Starlette(routes=[*more, *routes, Route("/{rest:path}", gate.endpoint("unknown", unknown), methods=METHODS)])


async def unknown(call: Call) -> Answer:
    raise Refused(404, f"No such path: {call.request.method} {call.received.path}")


def _job(call: Call) -> Job:
    job = call.world.find(call.process_id)
    if job is None:
        raise Refused(404, "Process not found", 404)
    return job


async def submit(call: Call) -> Answer:
    world = call.world
    if not world.account.subscription:
        raise Refused(412, "No active API subscription")
    if call.too_big:
        raise Refused(413, f"The request is over {world.limits.max_bytes} bytes")
    model, mode, output = _choices(call)
    source = _source(call)
    await asyncio.to_thread(_decodable, source)
    if world.account.top_up:
        raise Refused(425, "A credit top-up is in progress, please try again later")
    cost = price(source.facts.width, source.facts.height)
    if cost > world.ledger().available:
        raise Refused(402, f"Insufficient credits: {cost} needed, {world.ledger().available} available", 402)
    job = world.make_job(source, model, mode, output)
    call.received.process_id = job.process_id
    said: dict[str, Any] = {"process_id": job.process_id, "source_id": source.source_id, "eta": job.eta}
    return Answer(200, said, {"X-Process-ID": job.process_id, "X-Source-ID": source.source_id, "X-ETA": str(job.eta)})


def _choices(call: Call) -> tuple[str, str, str]:
    """Model, mode and output format. Fields that the contract does not know are ignored."""
    if call.media != "multipart/form-data" or call.form.wrong:
        raise Refused(400, call.form.wrong or "the body is not multipart/form-data", 400)
    model, mode = call.received.field("model"), call.received.field("mode") or "segmentation"
    if model not in MODELS:
        raise Refused(400, f"model must be one of: {', '.join(map(repr, MODELS))}", 400)
    if mode not in MODES:
        raise Refused(400, f"mode must be one of: {', '.join(map(repr, MODES))}", 400)
    output = call.received.field("output_format")
    if output is not None and model == "RemoveBG":
        raise Refused(400, "output_format must be one of: 'rgba'/'alpha'", 400)
    if output not in (None, "png"):
        raise Refused(400, "output_format must be one of: 'png'", 400)
    return model, mode, output or "png"


def _source(call: Call) -> Source:
    """The one picture that the form names."""
    images: list[Part] = [part for part in call.form.files if part.name == "image"]
    links = [(name, value) for name in ("source_url", "source_id") for value in call.form.fields.get(name, [])]
    if len(images) + len(links) != 1:
        raise Refused(400, f"one of image, source_url, source_id is needed, not {len(images) + len(links)}", 400)
    world = call.world
    if images:
        return _kept(world, images[0].file_name, images[0].data)
    name, value = links[0]
    known = world.sources.get(value)
    if known is None or (name == "source_id" and world.now() >= known.arrived + world.limits.kept):
        raise Refused(400, f"{name} is not known", 400)
    return known


def _kept(world: World, file_name: str, data: bytes) -> Source:
    try:
        facts = inspect(data)
    except NotAPicture as error:
        raise Refused(415, f"Unsupported media type: {error}", 415) from error
    except NoPixels as error:
        raise Refused(422, f"Bad dimensions: {error}", 422) from error
    if max(facts.width, facts.height) > world.limits.max_side:
        raise Refused(422, f"Bad dimensions: {facts.width} x {facts.height}", 422)
    if facts.width * facts.height > world.limits.max_pixels:
        raise Refused(413, f"Too many pixels: {facts.width} x {facts.height}", 413)
    return world.keep_source(file_name, data)


def _decodable(source: Source) -> None:
    try:
        decode(source.data)
    except NotAPicture as error:
        raise Refused(415, f"Unsupported media type: {error}", 415) from error


async def status(call: Call) -> Answer:
    job = _job(call)
    job.polls += 1
    return Answer(200, job.to_dict(call.world.now()))


async def listing(call: Call) -> Answer:
    jobs, now = call.world.listed(), call.world.now()
    query = call.request.query_params
    if query.get("paginated", "false").lower() != "true":
        return Answer(200, [job.to_dict(now) for job in jobs])
    limit = query.get("limit", "20")
    if not limit.isdecimal() or not 1 <= int(limit) <= 100:
        raise Refused(400, "limit must be 1 to 100", 400)
    first, cursor = 0, query.get("cursor", "")
    if cursor:
        places = [place for place, job in enumerate(jobs) if job.process_id == cursor]
        if not places:
            raise Refused(400, "cursor is not valid", 400)
        first = places[0] + 1
    page = jobs[first:first + int(limit)]
    more = len(jobs) > first + len(page)
    pagination: dict[str, Any] = {"has_next_page": more}
    if more:
        pagination["next_cursor"] = page[-1].process_id
    return Answer(200, {"data": [job.to_dict(now) for job in page], "pagination": pagination})


async def delete(call: Call) -> Answer:
    _job(call).shown = False
    return Answer(204)


async def delete_all(call: Call) -> Answer:
    jobs = call.world.listed()
    for job in jobs:
        job.shown = False
    return Answer(200, {"deleted_count": len(jobs)})


async def download(call: Call) -> Answer:
    job, world = _job(call), call.world
    if job.state(world.now()) != "Completed":
        raise Refused(409, "The result is not ready", 409)
    return Answer(200, {"download_url": world.link(job, "GET"), "head_url": world.link(job, "HEAD"),
                        "expiry": int(world.now() + world.limits.link)})


async def cancel(call: Call) -> Answer:
    job, world = _job(call), call.world
    state = job.state(world.now())
    if state not in world.limits.cancellable:
        raise Refused(409, f"The process cannot be cancelled: it is {state}", 409)
    job.cancelled = world.now()
    return Answer(204)


async def estimate(call: Call) -> Answer:
    if call.media == "application/json":
        try:
            given = json.loads(call.body)
        except ValueError as error:
            raise Refused(400, "the body is not JSON", 400) from error
        if not isinstance(given, dict):
            raise Refused(400, "the body is not a JSON object", 400)
        call.received.fields = {name: [str(value)] for name, value in given.items()}
    elif call.form.wrong:
        raise Refused(400, call.form.wrong, 400)
    read = call.received.field
    if read("category") != "Matting":
        raise Refused(400, "category must be 'Matting'", 400)
    if read("model") not in MODELS:
        raise Refused(400, f"model must be one of: {', '.join(map(repr, MODELS))}", 400)
    sides = [_side(read(name), name) for name in ("input_width", "input_height")]
    takes = call.world.plan.pending + call.world.plan.processing
    return Answer(200, {"duration": math.ceil(min(takes, LONGEST)), "credits": price(*sides)})


def _side(text: str | None, name: str) -> int:
    if text is None or not text.isdecimal() or not 1 <= int(text) <= LONGEST_SIDE:
        raise Refused(400, f"{name} must be 1 to {LONGEST_SIDE}", 400)
    return int(text)


async def balance(call: Call) -> Answer:
    return Answer(200, call.world.ledger().to_dict())
