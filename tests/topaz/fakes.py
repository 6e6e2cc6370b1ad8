"""The service without a network, a clock without time, and pictures."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
from PIL import Image

from cutaway.job import Job
from cutaway.topaz import Client, Clock

KEY = "tz-5ecret-KEY-0123456789"
BASE = "https://api.topaz.test/image/v1"
LINK = "https://storage.test/result.png?X-Signature=5igned"
BALANCE = {"available_credits": 90, "reserved_credits": 10, "total_credits": 100}

Reply = Callable[[httpx.Request], httpx.Response]


class FakeClock(Clock):
    """Waiting takes no time, and is written down. ``steps``: called with the number of each wait."""

    def __init__(self, steps: Callable[[int], None] | None = None) -> None:
        self.at = 1_800_000_000.0
        self.waits: list[float] = []
        self._steps = steps

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    def wait(self, seconds: float, job: Job) -> None:
        self.waits.append(seconds)
        assert len(self.waits) < 5000, "it waits for ever"
        self.at += seconds
        if self._steps is not None:
            self._steps(len(self.waits))
        job.check()


def where(request: httpx.Request) -> str:
    """The request's name in the table of statuses."""
    path, method = request.url.path, request.method
    if request.url.host == "storage.test":
        return "storage"
    if path.endswith("/matting/async"):
        return "submit"
    for part in ("download", "cancel", "estimate", "balance"):
        if part in path:
            return part
    if path.endswith("/status"):
        return "list"
    return "delete" if method == "DELETE" else "status"


class FakeTopaz:
    """Answers by the contract, unless a script says otherwise.

    ``scripts[place]``: what the next requests there get, in order: a status, a Response, an exception, or a callable.
    ``after[place]``: the same, once the request has taken effect.
    """

    def __init__(self) -> None:
        self.scripts: dict[str, list[Any]] = {}
        self.after: dict[str, list[Any]] = {}
        self.seen: list[tuple[str, httpx.Request]] = []
        self.jobs: list[str] = []
        self.names: dict[str, str] = {}
        self.result = png(np.full((30, 40), 200, np.uint8))

    def __call__(self, request: httpx.Request) -> httpx.Response:
        place = where(request)
        self.seen.append((place, request))
        if self.scripts.get(place):
            return _scripted(self.scripts[place].pop(0), request)
        answer: httpx.Response = getattr(self, f"_{place}")(request)
        if self.after.get(place):
            return _scripted(self.after[place].pop(0), request)
        return answer

    def places(self) -> list[str]:
        return [place for place, _ in self.seen]

    def _submit(self, request: httpx.Request) -> httpx.Response:
        self.jobs.append(f"job-{len(self.jobs) + 1}")
        body = request.read()
        self.names[self.jobs[-1]] = body.split(b'filename="')[1].split(b'"')[0].decode()
        return reply({"process_id": self.jobs[-1], "source_id": "s-1", "eta": 1_800_000_060})

    def _status(self, request: httpx.Request) -> httpx.Response:
        return reply(self.row(request.url.path.split("/")[-1]))

    def row(self, name: str, **changes: Any) -> dict[str, Any]:
        return {"process_id": name, "status": "Completed", "progress": 100, "credits": 1, "model": "RemoveBG",
                "filename": self.names.get(name, ""), "eta": 1, "creation_time": 5, **changes}

    def _list(self, request: httpx.Request) -> httpx.Response:
        return reply({"data": [self.row(name) for name in self.jobs], "pagination": {"has_next_page": False}})

    def _download(self, request: httpx.Request) -> httpx.Response:
        return reply({"download_url": LINK, "head_url": LINK, "expiry": 1_800_003_600})

    def _storage(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=self.result)

    def _cancel(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(204)

    _delete = _cancel

    def _estimate(self, request: httpx.Request) -> httpx.Response:
        return reply({"duration": 12.5, "credits": 2})

    def _balance(self, request: httpx.Request) -> httpx.Response:
        return reply(BALANCE)


def client(service: Callable[[httpx.Request], httpx.Response], clock: Clock | None = None, **more: Any) -> Client:
    transport = httpx.MockTransport(service)
    more.setdefault("chance", lambda: 0.5)
    return Client(
        more.pop("key", KEY), base_url=BASE, clock=clock or FakeClock(), transport=transport,
        storage_transport=transport, **more)


def reply(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, content=json.dumps(value).encode(), headers=headers)


def _scripted(step: Any, request: httpx.Request) -> httpx.Response:
    if isinstance(step, BaseException):
        raise step
    if isinstance(step, int):
        return reply({"code": step, "message": f"no {step}"}, step)
    if isinstance(step, httpx.Response):
        return step
    answer: httpx.Response = step(request)
    return answer


def png(pixels: Any = None, **options: Any) -> bytes:
    """A PNG by Pillow; without pixels a small picture."""
    data = io.BytesIO()
    values = np.full((30, 40, 3), 120, np.uint8) if pixels is None else pixels
    Image.fromarray(values).save(data, "PNG", **options)
    return data.getvalue()
