"""Any sequence of faults, cancels and kills from a seed: nothing is lost, nothing is paid twice, the key shows nowhere.

``CUTAWAY_SEEDS=500`` tries more of them.
"""

from __future__ import annotations

import contextlib
import logging
import os
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cutaway.cloud import files
from cutaway.errors import CutawayError
from cutaway.job import Job
from tests.cloud.against import Desk
from tests.emulator import Emulator
from tests.emulator import FakeClock as Time
from tests.emulator.faults import KINDS

SEEDS = int(os.environ.get("CUTAWAY_SEEDS", "10"))
PICTURES = 4
STEPS = 14


class FakeKill(BaseException):
    """The end of the process: nothing after it is run but what frees memory."""


SCRIPTED = [
    (name, on) for name, kind in KINDS.items() for on in kind.on
    if name not in ("stall", "stall_after", "trickle", "huge", "gzip_bomb") and on not in ("head", "delete")]


@contextlib.contextmanager
def killed_at(number: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The ``number``-th write of the journal is the last thing that happens: half of them just before, half just after.
    """
    append, left = files.append_private, [number]

    def dying(path: Path, data: bytes) -> None:
        left[0] -= 1
        if left[0] == 0 and number % 2:
            raise FakeKill
        append(path, data)
        if left[0] == 0:
            raise FakeKill

    with monkeypatch.context() as patch:
        patch.setattr("cutaway.cloud.journal.append_private", dying)
        yield


def act(desk: Desk, chance: random.Random, monkeypatch: pytest.MonkeyPatch) -> None:
    """One thing that a user, the network or the power supply does."""
    kind = chance.choice(["run", "run", "run", "cancel", "kill", "resume", "wait"])
    seed = chance.randrange(PICTURES)
    if kind == "wait":
        desk.emulator.clock.advance(chance.choice([1.0, 60.0, 200.0, 4000.0]))
    elif kind == "resume":
        desk.resume(deadline_s=20.0)
    elif kind == "run":
        desk.matte(seed, deadline_s=90.0)
    elif kind == "cancel":
        job = Job()
        desk.clock.steps = countdown(chance.randrange(1, 6), job.cancel)
        desk.matte(seed, job, deadline_s=90.0)
    else:
        with killed_at(chance.randrange(1, 5), monkeypatch):
            desk.matte(seed, deadline_s=90.0)


def countdown(number: int, then: Callable[[], Any]) -> Callable[[], None]:
    left = [number]

    def step() -> None:
        left[0] -= 1
        if left[0] == 0:
            then()

    return step


def play(desk: Desk, chance: random.Random, monkeypatch: pytest.MonkeyPatch, *, scripted: bool) -> None:
    for _ in range(STEPS):
        if scripted and chance.random() < 0.8:
            name, on = chance.choice(SCRIPTED)
            desk.emulator.control.fault(name, on, times=chance.randrange(1, 4), after=chance.randrange(3))
        with contextlib.suppress(CutawayError, FakeKill):
            act(desk, chance, monkeypatch)
        desk.clock.steps = lambda: None
        desk.check()


def settle(desk: Desk) -> None:
    """The service is well again: everything that can end, ends; then every picture has its result."""
    desk.emulator.control.clear()
    desk.emulator._world.profile = "documented"
    for _ in range(3):
        desk.emulator.clock.advance(4000.0)
        desk.resume(deadline_s=10.0)
        desk.check()
    for_ever = {job.process_id for job in desk.emulator.jobs
                if job.state(desk.emulator.clock.now()) in ("Pending", "Processing")}
    open_ = desk.cloud().journal.open()
    assert {entry.process_id for entry in open_} == for_ever, "what is open is what goes on there, and all of it"
    kept_up = {entry.digest for entry in open_}
    for seed in range(PICTURES):
        paid = desk.emulator.ledger.charged
        with contextlib.suppress(CutawayError):
            desk.matte(seed, deadline_s=60.0)
            assert desk.matte(seed).credits == 0 and desk.emulator.ledger.charged <= paid + 1
        desk.check()
    fetched = [entry for entry in desk.cloud().journal.entries() if entry.state == "fetched"]
    completed = [job for job in desk.emulator.jobs if job.state(desk.emulator.clock.now()) == "Completed"]
    assert {entry.process_id for entry in fetched} == {job.process_id for job in completed}
    assert len(completed) + len(kept_up) == PICTURES and desk.emulator.ledger.charged == len(completed)


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("profile", ["hostile", "documented"])
def test_nothing_is_lost_and_nothing_is_paid_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, profile: str, seed: int, caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    with Emulator(profile, seed=seed, clock=Time(), credits=1000) as emulator:
        desk = Desk(tmp_path / "home", emulator)
        play(desk, random.Random(f"{profile} {seed}"), monkeypatch, scripted=profile == "documented")
        settle(desk)
        desk.check_secrets(caplog.text, *capfd.readouterr())


def test_the_sequences_are_worth_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between them the seeds cancel, kill and lose answers: else the test above would prove little."""
    seen: set[str] = set()
    for seed in range(3):
        with Emulator("hostile", seed=seed, clock=Time(), credits=1000) as emulator:
            desk = Desk(tmp_path / str(seed), emulator)
            play(desk, random.Random(f"hostile {seed}"), monkeypatch, scripted=False)
            seen |= {line.split('"state": "')[1].split('"')[0] for path in desk.home.journal.glob("*.jsonl")
                     for line in path.read_text().splitlines() if line}
    assert {"intent", "submitted", "completed", "fetched", "unknown", "cancelled"} <= seen
