"""The strings that a test pulls: in Python, and over HTTP where the emulator was started by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from tests.emulator.faults import KINDS, Fault
from tests.emulator.world import Account, Limits, World

ROOT: Final = "/_emulator"


class Control:
    """Faults, account, limits, keys."""

    def __init__(self, world: World) -> None:
        self._world = world

    def fault(self, name: str, on: str | None = None, *, times: int | None = 1, after: int = 0, only: str = "",
              **params: Any) -> Fault:
        """Something goes wrong with the next ``times`` requests (None: with all) of the operation ``on``.

        ``after``: so many of them pass first. ``only``: a part of the file name or the process id. ``handled``: whether
        the request has its effect before its answer is spoilt; every fault has its own default. The names and their
        other choices are in ``faults.KINDS``. Raises ValueError for what is not there.
        """
        return self.script(Fault.make(name, on, times=times, after=after, only=only, **params))

    def script(self, fault: Fault) -> Fault:
        """The same, with a fault that is made already."""
        return self._world.script.add(fault)

    def clear(self) -> None:
        """No more faults by script."""
        self._world.script.clear()

    def left(self) -> list[Fault]:
        """The faults that can still happen."""
        return self._world.script.left()

    @property
    def account(self) -> Account:
        return self._world.account

    @property
    def limits(self) -> Limits:
        return self._world.limits

    @property
    def keys(self) -> set[str]:
        """The keys that are good: take one out, and requests with it answer 401."""
        return self._world.keys

    def layout(self, name: str) -> None:
        """How masks of later jobs lie in their PNG."""
        self._world.plan = replace(self._world.plan, layout=name)

    def source(self, url: str, data: bytes) -> None:
        """Makes ``source_url=url`` known; nothing is fetched from the network."""
        self._world.sources[url] = self._world.keep_source(url.rsplit("/", 1)[-1], data)


def routes(world: World) -> list[BaseRoute]:
    """The same over HTTP, under ``/_emulator``. No key is needed: it is for the one who started the emulator."""
    control = Control(world)

    async def faults(request: Request) -> JSONResponse:
        if request.method == "DELETE":
            control.clear()
        elif request.method == "POST":
            given = await request.json()
            try:
                control.fault(given["name"], given.get("on"), times=given.get("times", 1),
                              after=given.get("after", 0), only=given.get("only", ""), **given.get("params", {}))
            except (KeyError, ValueError, TypeError) as error:
                return JSONResponse({"message": str(error)}, 400)
        catalogue = {name: {"on": kind.on, "text": kind.text, "params": kind.params} for name, kind in KINDS.items()}
        return JSONResponse({"left": [shown(fault) for fault in control.left()], "catalogue": catalogue})

    async def account(request: Request) -> JSONResponse:
        if request.method == "POST":
            for name, value in (await request.json()).items():
                if name not in ("credits", "subscription", "top_up", "forbidden"):
                    return JSONResponse({"message": f"no {name!r}"}, 400)
                setattr(control.account, name, set(value) if name == "forbidden" else value)
        held = world.ledger()
        return JSONResponse({"credits": control.account.credits, "subscription": control.account.subscription,
                             "top_up": control.account.top_up, "forbidden": sorted(control.account.forbidden),
                             "available": held.available, "reserved": held.reserved, "charged": held.charged})

    async def clock(request: Request) -> JSONResponse:
        if request.method == "POST":
            world.clock.advance(float((await request.json())["advance"]))
        return JSONResponse({"now": world.now()})

    async def seen(request: Request) -> JSONResponse:
        rows = [{"number": r.number, "at": r.at, "port": r.port, "method": r.method, "path": r.path,
                 "operation": r.operation, "fields": r.fields, "file_name": r.file_name, "headers": r.headers,
                 "bytes": r.body_size, "status": r.status, "sent": r.sent, "fault": r.fault,
                 "wrongs": r.upload.wrongs if r.upload else []} for r in world.received]
        return JSONResponse({"requests": rows, "jobs": [job.to_dict(world.now()) for job in world.jobs.values()],
                             "leaks": [vars(leak) for leak in world.leaks]})

    return [Route(f"{ROOT}/faults", faults, methods=["GET", "POST", "DELETE"]),
            Route(f"{ROOT}/account", account, methods=["GET", "POST"]),
            Route(f"{ROOT}/clock", clock, methods=["GET", "POST"]), Route(f"{ROOT}/seen", seen)]


def shown(fault: Fault) -> dict[str, Any]:
    left = None if fault.times is None else fault.times - fault.used
    return {"name": fault.name, "on": fault.on, "left": left, "after": fault.after, "only": fault.only,
            "params": fault.params}
