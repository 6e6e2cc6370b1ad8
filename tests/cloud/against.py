"""The engine's parts and the emulator in one place: a user's folder, a clock that both share, a service."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cutaway.cloud.ask import Cloud
from cutaway.cloud.key import KeyStore
from cutaway.cloud.resume import resume
from cutaway.cutout import Matte
from cutaway.errors import CloudError, CutawayError
from cutaway.home import Home
from cutaway.job import Job
from cutaway.settings import RemoveSettings
from cutaway.topaz import Client, Clock, Limits, Secret
from tests.cloud.fakes import FakeKeyring
from tests.cloud.pictures import picture
from tests.emulator import Emulator
from tests.emulator import FakeClock as Time

QUICK = {"read_s": 2.0, "answer_s": 6.0, "fetch_s": 6.0, "upload_s": 6.0, "grace_s": 0.2, "result_bytes": 1 << 20}
"""Of the real clock, for servers that hang."""

TOPAZ = RemoveSettings(engine="topaz")


class SharedClock(Clock):
    """The emulator's time: waiting makes it pass. ``steps``: called before each wait; may cancel, or raise."""

    def __init__(self, time: Time) -> None:
        self.time = time
        self.steps: Callable[[], None] = lambda: None

    def now(self) -> float:
        return self.time.now()

    def monotonic(self) -> float:
        return self.time.now()

    def wait(self, seconds: float, job: Job) -> None:
        self.steps()
        job.check()
        self.time.advance(seconds)


class Desk:
    """A user with a key and consent. Every method may be called after a "kill": nothing is kept but the folder."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self.home = Home(folder)
        self.emulator = emulator
        self.clock = SharedClock(emulator.clock)  # type: ignore[arg-type]
        self.keyring = FakeKeyring()
        KeyStore(self.home, self.keyring).set(Secret(emulator.key))
        self.cloud().consent.remember(True)
        self.told: list[str] = []

    def cloud(self) -> Cloud:
        return Cloud(self.home, keys=KeyStore(self.home, self.keyring), clock=self.clock, connect=self._connect)

    def matte(self, seed: int = 0, job: Job | None = None, deadline_s: float = 300.0, **settings: Any) -> Matte:
        chosen = dataclasses.replace(TOPAZ, **settings)
        try:
            return self.cloud().matte(picture(48, 36, seed), chosen, job or Job(), deadline_s)
        except CutawayError as error:
            self.told.append(str(error))
            raise

    def resume(self, deadline_s: float = 60.0) -> list[CloudError]:
        """What could not be fetched."""
        cloud = self.cloud()
        errors = [error for _, error in resume(cloud, cloud.journal.open(), Job(), deadline_s) if error is not None]
        self.told += map(str, errors)
        return errors

    @property
    def states(self) -> list[str]:
        return [entry.state for entry in self.cloud().journal.entries()]

    @property
    def open(self) -> list[str]:
        return [entry.state for entry in self.cloud().journal.open()]

    def wanted(self, number: int = 0) -> np.ndarray:
        return self.emulator.mask(self.emulator.jobs[number])

    def check(self) -> None:
        """What must be true at any moment: nothing paid twice, nothing paid that nobody knows of, no key anywhere."""
        emulator, now = self.emulator, self.emulator.clock.now()
        assert not emulator.paid_twice() and not emulator.leaks and not emulator.strays
        entries = self.cloud().journal.entries()
        assert len({entry.filename for entry in entries}) == len(entries)
        known = {entry.process_id: entry for entry in entries if entry.process_id}
        names = {entry.filename: entry for entry in entries if not entry.process_id and not entry.ended}
        owed = 0
        for made in emulator.jobs:
            if made.state(now) in ("Failed", "Cancelled"):
                continue
            entry = known.get(made.process_id) or names.get(made.source.file_name)
            assert entry is not None, "a job that nobody knows of"
            assert not entry.ended or entry.state == "fetched", f"a paid job was called {entry.state}"
            owed += entry.credits if made.state(now) == "Completed" else 0
        assert emulator.ledger.charged == owed, "the journal says what the service has charged"
        self.check_secrets()

    def check_secrets(self, *said: str) -> None:
        """``said``: what the process has logged and printed."""
        words = [self.emulator.key, self.emulator.storage_url]
        files = [path for path in self.home.path.rglob("*") if path.is_file()]
        texts = [*said, *self.told, *(path.read_bytes().decode("latin-1") for path in files)]
        assert not [text for text in texts if any(word in text for word in words)]

    def _connect(self, key: Secret, limits: Limits) -> Client:
        return Client(
            key, base_url=self.emulator.base_url, clock=self.clock, chance=lambda: 0.5,
            limits=dataclasses.replace(limits, **QUICK))
