"""The second port: what the signed links lead to. Nobody may bring the key here."""

from __future__ import annotations

import asyncio

from starlette.applications import Starlette
from starlette.routing import Route

from tests.emulator.effects import refused_link
from tests.emulator.gate import Call, Gate
from tests.emulator.jobs import Job
from tests.emulator.replies import Answer
from tests.emulator.world import Link, World

METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]


def application(world: World) -> Starlette:
    gate = Gate(world, "storage")
    return Starlette(routes=[
        # HEAD first: a route for GET would take HEAD too.
        Route("/results/{token}.png", gate.endpoint("head", result), methods=["HEAD"]),
        Route("/results/{token}.png", gate.endpoint("storage", result), methods=["GET"]),
        Route("/elsewhere/{token:path}", gate.endpoint("elsewhere", elsewhere), methods=METHODS),
        Route("/{rest:path}", gate.endpoint("unknown", unknown), methods=METHODS),
    ])


async def unknown(call: Call) -> Answer:
    return refused_link(404)


async def result(call: Call) -> Answer:
    world = call.world
    link = world.links.get(call.request.path_params["token"])
    if link is None or not _signed(call, link) or world.now() >= link.expires:
        return refused_link(403)
    if link.dead is not None:
        return refused_link(link.dead)
    job = world.jobs[link.process_id]
    call.received.process_id = job.process_id
    if world.now() >= job.created + world.limits.kept:
        return refused_link(404)
    return await _file(world, job)


def _signed(call: Call, link: Link) -> bool:
    query = call.request.query_params
    return query.get("X-Amz-Signature") == link.signature and call.request.method == link.method


async def _file(world: World, job: Job) -> Answer:
    return Answer(200, await asyncio.wrap_future(world.cook(job)), media="image/png")


async def elsewhere(call: Call) -> Answer:
    """Where redirects lead: whoever comes is written down. The file is good, so that only the record tells."""
    link = call.world.links.get(call.request.path_params["token"])
    if link is None:
        return Answer(200, {})
    return await _file(call.world, call.world.jobs[link.process_id])
