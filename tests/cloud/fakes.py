"""What stands for the system's keyring and for the cloud client."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cutaway.errors import CloudJobUnknown
from cutaway.job import Job
from cutaway.topaz import Balance, Clock, Estimate, JobStatus, Limits, Secret, Submitted
from cutaway.topaz.answers import COMPLETED
from tests.cloud.pictures import size_of


class FakeKeyring:
    """``works=False``: as on a system without one."""

    def __init__(self, *, works: bool = True) -> None:
        self.works = works
        self.kept: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, account: str, text: str) -> None:
        self._check()
        self.kept[service, account] = text

    def get_password(self, service: str, account: str) -> str | None:
        self._check()
        return self.kept.get((service, account))

    def delete_password(self, service: str, account: str) -> None:
        self._check()
        del self.kept[service, account]

    def _check(self) -> None:
        if not self.works:
            raise RuntimeError("No recommended backend was available.")


class FakeClock(Clock):
    """Waiting takes no time."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.at = now

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    def wait(self, seconds: float, job: Job) -> None:
        job.check()
        self.at += seconds


class FakeService:
    """What all its clients share: ``jobs`` by process_id, ``submits`` in order, and what each call raises.

    ``slow``: jobs that do not get done.
    """

    def __init__(self, answer: Callable[[int, int], bytes], credits: int = 100) -> None:
        self.answer = answer
        self.available = credits
        self.spent = 0
        self.jobs: dict[str, JobStatus] = {}
        self.submits: list[tuple[str, str, str]] = []
        self.pictures: list[bytes] = []
        self.calls: list[str] = []
        self.raises: dict[str, list[BaseException | None]] = {}
        self.after: dict[str, list[BaseException | None]] = {}
        self.keys: list[str] = []
        self.slow: set[str] = set()
        self.lock = threading.Lock()

    def connect(self, key: Secret, limits: Limits | None = None) -> FakeClient:
        self.keys.append(key.reveal())
        return FakeClient(self)


class FakeClient:
    """The methods of :class:`cutaway.topaz.Client` that are used, without a network.

    ``service.raises[name]`` is raised before the call has done anything, ``service.after[name]`` once it has.
    """

    def __init__(self, service: FakeService) -> None:
        self.service = service
        self.closed = False

    def __enter__(self) -> FakeClient:
        return self

    def __exit__(self, *_: Any) -> None:
        self.closed = True

    def submit(self, png: Path, *, filename: str, model: str, mode: str, job: Job | None = None) -> Submitted:
        with self._told("submit"):
            service = self.service
            with service.lock:
                service.submits.append((filename, model, mode))
                service.pictures.append(png.read_bytes())
                name = f"p{len(service.submits)}"
                service.jobs[name] = JobStatus(name, "Processing", 0.0, 0.0, 1, filename, model, 0.0, {})
                service.available -= 1
                service.spent += 1
        return Submitted(name)

    def status(self, process_id: str, job: Job | None = None) -> JobStatus:
        with self._told("status"):
            found = self._found(process_id)
            if process_id not in self.service.slow:
                found = self.service.jobs[process_id] = dataclasses.replace(found, status=COMPLETED, progress=100.0)
            return found

    def find(self, filename: str, job: Job | None = None) -> JobStatus | None:
        with self._told("find"):
            return next((one for one in self.service.jobs.values() if one.filename == filename), None)

    def wait(
        self, process_id: str, *, deadline_s: float = 5400.0, job: Job | None = None, on_status: Any = None
    ) -> JobStatus:
        with self._told("wait"):
            found = self._found(process_id)
            done = JobStatus(process_id, COMPLETED, 100.0, 0.0, 1, found.filename, found.model, 0.0, {})
            if on_status:
                on_status(done)
            self.service.jobs[process_id] = done
        return done

    def fetch(self, process_id: str, job: Job | None = None, *, check: Any = None) -> bytes:
        with self._told("fetch"):
            self._found(process_id)
            data = self.service.answer(*size_of(self.service.pictures[int(process_id[1:]) - 1]))
            if check is not None:
                check(data)
            return data

    def cancel(self, process_id: str, job: Job | None = None) -> bool:
        with self._told("cancel"):
            found = self.service.jobs.pop(process_id, None)
            if found is not None and found.status != COMPLETED:
                self.service.available += 1
                self.service.spent -= 1
                return True
        return False

    def estimate(self, width: int, height: int, model: str, job: Job | None = None) -> Estimate:
        with self._told("estimate"):
            return Estimate(3.0, max(1, -(-width * height // 24_000_000)))

    def balance(self, job: Job | None = None) -> Balance:
        with self._told("balance"):
            return Balance(self.service.available, 0, self.service.available)

    def _found(self, process_id: str) -> JobStatus:
        if process_id not in self.service.jobs:
            raise CloudJobUnknown("Topaz does not know this job.", "It is kept for 7 days.")
        return self.service.jobs[process_id]

    def _told(self, name: str) -> _Told:
        return _Told(self.service, name)


class _Told:
    def __init__(self, service: FakeService, name: str) -> None:
        self._service, self._name = service, name

    def __enter__(self) -> None:
        self._service.calls.append(self._name)
        _raise_next(self._service.raises, self._name)

    def __exit__(self, kind: Any, value: Any, trace: Any) -> None:
        if value is None:
            _raise_next(self._service.after, self._name)


def _raise_next(kept: dict[str, list[BaseException | None]], name: str) -> None:
    waiting = kept.get(name)
    if waiting:
        error = waiting.pop(0)
        error = error() if callable(error) else error
        if error is not None:
            raise error
