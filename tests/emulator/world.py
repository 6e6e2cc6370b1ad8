"""The state of the service behind the two ports: account, jobs, links, and what came in."""

from __future__ import annotations

import hashlib
import threading
import uuid
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from tests.emulator.clock import Clock
from tests.emulator.faults import Fault, Script, changed
from tests.emulator.jobs import ENDED, Job, Ledger, Plan, Source, ledger
from tests.emulator.profiles import PROFILES, Chance, hostile
from tests.emulator.record import HIDDEN, Leak, Received
from tests.emulator.replies import Wires
from tests.emulator.results import Cutter, cutout_file, mask_file
from tests.emulator.upload import decode, inspect


@dataclass
class Account:
    """Changed by tests at will. ``forbidden``: operations that the key may not do."""

    credits: int
    subscription: bool = True
    top_up: bool = False
    forbidden: set[str] = field(default_factory=set)


@dataclass
class Limits:
    """Times in seconds. ``cancellable``: the states in which a job can still be cancelled."""

    max_bytes: int = 500_000_000
    max_pixels: int = 100_000_000
    max_side: int = 32_000
    link: float = 3600.0
    kept: float = 7 * 86400.0
    cancellable: tuple[str, ...] = ("Pending", "Processing")


@dataclass
class Link:
    """A signed link: to one job's result, for one method. ``dead``: the status with which it is refused for good."""

    process_id: str
    method: str
    signature: str
    expires: float
    dead: int | None = None


class World:
    """Everything that both ports and the tests look at; ``lock`` guards it."""

    def __init__(self, profile: str, seed: int, clock: Clock, cutter: Cutter, plan: Plan, account: Account,
                 limits: Limits, keys: tuple[str, ...]) -> None:
        if profile not in PROFILES:
            raise ValueError(f"no profile {profile!r}; known: {', '.join(PROFILES)}")
        self.profile, self.clock, self.cutter, self.plan = profile, clock, cutter, plan
        self.account, self.limits, self.keys, self.keys_seen = account, limits, set(keys), set(keys)
        self.chance, self.script = Chance(seed), Script()
        self.lock = threading.RLock()
        self.arrived = threading.Condition(self.lock)
        self.jobs: dict[str, Job] = {}
        self.sources: dict[str, Source] = {}
        self.links: dict[str, Link] = {}
        self.received: list[Received] = []
        self.leaks: list[Leak] = []
        self.crashes: list[BaseException] = []
        self.wires: Wires = {}
        # One at a time: a real engine would take every core, and submits must not wait behind it.
        self.kitchen = ThreadPoolExecutor(1, "emulator-cutter")
        self.eager = False
        self.in_flight: Counter[str] = Counter()
        self.most: Counter[str] = Counter()
        self.storage_url = ""
        self._numbers = 0

    def now(self) -> float:
        return self.clock.now()

    def identifier(self, kind: str) -> str:
        """A uuid, the same for the same seed and order."""
        self._numbers += 1
        digest = hashlib.sha256(f"{self.chance.seed}:{kind}:{self._numbers}".encode()).digest()
        return str(uuid.UUID(bytes=digest[:16], version=4))

    def masked(self, text: str) -> str:
        for key in sorted(self.keys_seen, key=len, reverse=True):
            text = text.replace(key, HIDDEN) if key else text
        return text

    def fault(self, operation: str, subjects: tuple[str, ...]) -> Fault | None:
        """What shall go wrong with this request (or this "job"): by the script, else by the profile's chance."""
        def otherwise() -> Fault | None:
            if self.profile != "hostile":
                return None
            return hostile(operation, self.chance.draw(operation, subjects[-1] if subjects else ""))
        return self.script.take(operation, subjects, otherwise)

    def keep_source(self, file_name: str, data: bytes) -> Source:
        """Raises NotAPicture or NoPixels."""
        source = Source(self.identifier("source"), file_name, data, inspect(data), self.now())
        self.sources[source.source_id] = source
        return source

    def make_job(self, source: Source, model: str, mode: str, output_format: str) -> Job:
        """Reserves the credits and starts. The caller has looked whether there are enough."""
        plan = self.plan
        if self.profile == "live" and model == "RemoveBG":
            plan = replace(plan, end="Failed")
        subject = f"{source.sha256}:{model}:{mode}"
        fault = self.fault("job", (source.file_name, subject))
        if fault is not None:
            plan = changed(plan, fault)
        job = Job(self.identifier("process"), source, model, mode, self.now(), plan, output_format)
        with self.arrived:
            self.jobs[job.process_id] = job
            self.arrived.notify_all()
        if self.eager and plan.end == "Completed":
            self.cook(job)
        running = sum(other.state(self.now()) not in ENDED for other in self.jobs.values())
        self.most["jobs"] = max(self.most["jobs"], running)
        return job

    def find(self, process_id: str) -> Job | None:
        """A job whose record is still there."""
        job = self.jobs.get(process_id)
        return job if job is not None and self._there(job) else None

    def listed(self) -> list[Job]:
        """The jobs of the last 7 days that nobody deleted, newest first."""
        return [job for job in reversed(self.jobs.values()) if self._there(job)]

    def _there(self, job: Job) -> bool:
        return job.shown and self.now() < job.created + self.limits.kept

    def ledger(self) -> Ledger:
        return ledger(self.account.credits, self.jobs.values(), self.now())

    def link(self, job: Job, method: str) -> str:
        """A fresh link to the job's result."""
        token = self.identifier("link")
        signature = hashlib.sha256(f"{token}:{method}:{self.chance.seed}".encode()).hexdigest()
        self.links[token] = Link(job.process_id, method, signature, self.now() + self.limits.link)
        expires = int(self.limits.link)
        return f"{self.storage_url}/results/{token}.png?X-Amz-Expires={expires}&X-Amz-Signature={signature}"

    def cook(self, job: Job) -> Future[bytes]:
        """The file of a completed job, made in the background and once; slow where the cutter is a real engine."""
        return self.kitchen.submit(self._render, job)

    def _render(self, job: Job) -> bytes:
        if job.rendered is None:
            rgb = decode(job.source.data)
            mask = self.cutter(rgb)
            size = job.output_size()
            other = None if size == (rgb.shape[1], rgb.shape[0]) else size
            if job.mode == "alpha":
                job.rendered = mask_file(mask, job.plan.layout, other, job.plan.fill)
            else:
                job.rendered = cutout_file(rgb, mask, other, job.plan.fill)
        return job.rendered

    def note(self, received: Received) -> None:
        with self.arrived:
            self.received.append(received)
            self.in_flight[received.operation] += 1
            self.most[received.operation] = max(
                self.most[received.operation], self.in_flight[received.operation])
            self.arrived.notify_all()

    def done(self, received: Received) -> None:
        with self.arrived:
            self.in_flight[received.operation] -= 1
            self.arrived.notify_all()

    def wait(self, ready: Callable[[], Any], seconds: float) -> bool:
        """Waits in real time until ``ready()``, asked again at every request."""
        with self.arrived:
            return bool(self.arrived.wait_for(ready, seconds))
