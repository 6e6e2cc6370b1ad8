"""The emulator as a test sees it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final

from tests.emulator import api, storage
from tests.emulator.clock import Clock, RealClock
from tests.emulator.control import Control, routes
from tests.emulator.jobs import Job, Ledger, Plan
from tests.emulator.record import KeyLeaked, Leak, Received
from tests.emulator.results import CUTTERS, LAYOUTS, Cutter, Pixels, changed, luminance
from tests.emulator.server import HOST, Port, Thread
from tests.emulator.upload import decode
from tests.emulator.world import Account, Limits, World

KEY: Final = "emulator-key-3f9c2d71"


class Emulator:
    """Topaz's matting endpoint on the loopback address; a context manager.

        with Emulator(profile="documented", clock=FakeClock()) as e:
            Client(e.key, base_url=e.base_url, account_url=e.account_url, ...)

    ``profile``: "documented" (every job completes), "live" (RemoveBG ends Failed), "hostile" (chance, by ``seed``).
    ``pending`` and ``processing``: seconds of the clock that a job takes. ``layout``: of masks (``results.LAYOUTS``).
    ``port`` and ``storage_port``: 0 takes a free one. ``strict``: on leaving, a leaked key and a defect of the emulator
    itself are errors (KeyLeaked, RuntimeError). ``eager``: the cut begins at the submit and not at the download.
    """

    def __init__(self, profile: str = "documented", *, seed: int = 0, clock: Clock | None = None,
                 credits: int = 100, cutter: Cutter | str = luminance, layout: str = "L", pending: float = 2.0,
                 processing: float = 6.0, limits: Limits | None = None, keys: tuple[str, ...] = (KEY,), port: int = 0,
                 storage_port: int = 0, strict: bool = True, eager: bool = False) -> None:
        if layout not in LAYOUTS:
            raise ValueError(f"no layout {layout!r}; known: {', '.join(LAYOUTS)}")
        self.clock: Clock = clock or RealClock()
        self.cutter: Cutter = CUTTERS[cutter] if isinstance(cutter, str) else cutter
        self._strict = strict
        self._world = world = World(profile, seed, self.clock, self.cutter, Plan(pending, processing, layout=layout),
                                    Account(credits), limits or Limits(), keys)
        world.eager = eager
        self.control = Control(world)
        self.key = keys[0]
        self._ports = [Port(api.application(world, routes(world)), world.wires, port)]
        try:
            self._ports.append(Port(storage.application(world), world.wires, storage_port))
        except OSError:
            self._ports[0].free()
            raise
        self.root_url = f"http://{HOST}:{self._ports[0].number}"
        self.base_url = self.root_url + api.IMAGE
        self.account_url = self.root_url + api.ACCOUNT
        self.storage_url = world.storage_url = f"http://{HOST}:{self._ports[1].number}"
        self._thread = Thread(self._ports, world.wires)

    def __enter__(self) -> Emulator:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        if kind is None and self._strict:
            self.check()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._thread.stop()
        self._world.kitchen.shutdown(cancel_futures=True)

    def check(self) -> None:
        """Raises KeyLeaked where the key was seen at a wrong place, RuntimeError where the emulator itself failed."""
        if self.leaks:
            raise KeyLeaked("; ".join(f"{leak.where} of {leak.request} ({leak.port})" for leak in self.leaks))
        if self._world.crashes:
            raise RuntimeError("the emulator has a defect") from self._world.crashes[0]

    @contextmanager
    def offline(self) -> Iterator[None]:
        """No network: in the block, both ports refuse connections; those that were open are reset."""
        self._thread.offline()
        try:
            yield
        finally:
            self._thread.online()

    # What happened.

    @property
    def jobs(self) -> list[Job]:
        """Every job that was ever made, deleted records too, oldest first."""
        return list(self._world.jobs.values())

    @property
    def ledger(self) -> Ledger:
        return self._world.ledger()

    @property
    def requests(self) -> list[Received]:
        """Every request on both ports, but not those of the control, in order of arrival."""
        return list(self._world.received)

    @property
    def leaks(self) -> list[Leak]:
        return list(self._world.leaks)

    def forgive(self) -> list[Leak]:
        """Gives the leaks out and forgets them: for a test that wanted them."""
        found, self._world.leaks = self._world.leaks, []
        return found

    @property
    def strays(self) -> list[Received]:
        """Requests of those who followed a redirect."""
        return self.of("elsewhere")

    @property
    def most(self) -> Counter[str]:
        """The most requests of each operation that were under way at once; "jobs": the most jobs."""
        return Counter(self._world.most)

    def of(self, operation: str) -> list[Received]:
        """The requests of one operation: "submit", "status", "list", "delete", "download", "cancel", "estimate",
        "balance" on the first port, "storage", "head", "elsewhere" on the second, "unknown" on both."""
        return [received for received in self.requests if received.operation == operation]

    def paid_twice(self) -> list[tuple[str, str, str]]:
        """(SHA-256, model, mode) of every picture with more than one job that was or will be charged."""
        now = self.clock.now()
        paid = Counter((job.source.sha256, job.model, job.mode) for job in self.jobs
                       if job.state(now) not in ("Failed", "Cancelled"))
        return [what for what, times in paid.items() if times > 1]

    def state(self, process_id: str) -> str:
        return self._world.jobs[process_id].state(self.clock.now())

    def wait(self, ready: Callable[[], Any], seconds: float = 10.0) -> bool:
        """Waits in real time for something that requests bring about: ``e.wait(lambda: e.jobs)``. False: it did not."""
        return self._world.wait(ready, seconds)

    def mask(self, job: Job) -> Pixels:
        """(H, W) uint8, what the job's result holds, before its layout: 255 keeps."""
        mask = self.cutter(decode(job.source.data))
        size = job.output_size()
        return changed(mask, None if size == mask.shape[::-1] else size, job.plan.fill)
