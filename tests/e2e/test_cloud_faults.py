"""Everything that the service may do, to one call of the command each: what is said, left behind and paid."""

from __future__ import annotations

import hashlib
import io
import re
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cutaway.cloud.journal import Entry
from cutaway.cloud.results import digest
from cutaway.cloud.upload import SentRows
from cutaway.job import Job
from cutaway.picture.encode_png import Extras, encode
from cutaway.picture.read import read
from cutaway.topaz.addresses import base_address
from cutaway.topaz.statuses import DOCUMENTED
from tests.cli.installed import Outcome
from tests.e2e.fault_table import ROWS, Row
from tests.e2e.shop import Shop, pictures, topaz
from tests.emulator import api, jobs
from tests.emulator.faults import KINDS
from tests.emulator.profiles import Chance

pytestmark = pytest.mark.model

AT_ONCE = 6
"""More only wait for the processor."""

QUICK = topaz("--no-refine", "--clean", "0")


@dataclass(frozen=True)
class Done:
    """What came of a row. ``jobs``: at the service; ``entries``: in the journal."""

    outcome: Outcome
    jobs: list[jobs.Job]
    entries: list[Entry]
    target: Path


class Case:
    """One row with a picture of its own, by whose upload its faults know it."""

    def __init__(self, folder: Path, service: str, number: int, row: Row) -> None:
        self.row = row
        self.source, self.target = folder / f"p{number}.png", folder / f"p{number}_cutout.png"
        noise = np.random.default_rng(number).integers(0, 256, (6, 8, 3), np.uint8)
        Image.fromarray(noise).resize((32, 24), Image.Resampling.BICUBIC).save(self.source)
        rows, sent = SentRows(read(self.source)[0]), io.BytesIO()
        encode(sent, rows, Extras())
        self.sha256 = hashlib.sha256(sent.getvalue()).hexdigest()
        self.digest = digest(rows, service, "RemoveBG", "alpha", Job())

    def jobs(self, shop: Shop) -> list[jobs.Job]:
        return [job for job in shop.service.jobs if job.source.sha256 == self.sha256]

    def run(self, shop: Shop) -> Outcome:
        for fault in self.row.script(self.sha256):
            shop.service.control.script(fault)
        process = shop.started("remove", self.source, *QUICK)
        if self.row.stop:
            assert shop.service.wait(lambda: {job.process_id for job in self.jobs(shop)} & {
                status.process_id for status in shop.service.of("status")}, 60)
            process.send_signal(signal.SIGINT)
        return shop.ended(process)


@pytest.fixture(scope="module")
def done(market: Shop, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Done]:
    """Every row, a few at a time: nearly all of the time is waiting."""
    market.reset()
    folder = tmp_path_factory.mktemp("rows")
    service = base_address(market.service.base_url)
    cases = {name: Case(folder, service, number, row) for number, (name, row) in enumerate(ROWS.items())}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(lambda case: case.run(market), cases.values()))
    market.wait_for_rest()  # what was cancelled is taken back when the command has ended
    entries = market.jobs()
    left = market.service.control.left()
    market.service.control.clear()
    assert not [fault for fault in left if fault.times is not None], "every fault has happened"
    market.check(str(folder))
    return {
        name: Done(outcome, case.jobs(market), [entry for entry in entries if entry.digest == case.digest], case.target)
        for (name, case), outcome in zip(cases.items(), outcomes, strict=True)}


@pytest.mark.parametrize("name", ROWS)
def test_what_the_service_does(done: dict[str, Done], market: Shop, name: str) -> None:
    row, found = ROWS[name], done[name]
    assert found.outcome.code == row.code, found.outcome.err
    assert row.says in found.outcome.err and found.outcome.err.count("error:") == (1 if row.code == 1 else 0)
    assert "1 picture will be sent to Topaz for 1 credit at most." in found.outcome.err
    now = market.service.clock.now()
    assert sum(job.credits for job in found.jobs if job.state(now) == "Completed") == row.paid
    assert [entry.state for entry in found.entries] == [row.state], found.outcome.err
    assert len(found.jobs) <= 1 and found.target.exists() == (row.code == 0)
    if row.code == 0 and not row.says:
        (job,) = found.jobs
        with Image.open(found.target) as cut:
            if job.output_size() == cut.size:
                assert (np.asarray(cut.getchannel("A")) == expected(market, job)).all()


def expected(market: Shop, job: jobs.Job) -> np.ndarray:
    mask = market.service.mask(job)
    return np.where(mask >= 128, 255, 0) if job.plan.layout == "hard" else mask


def test_nothing_is_missing() -> None:
    faults = [fault for row in ROWS.values() for fault in row.faults]
    assert set(KINDS) - {name for name, _, _ in faults} == set()
    assert set(DOCUMENTED) - {said["status"] for _, _, said in faults if "status" in said} == set()


@pytest.mark.parametrize("on", ["estimate", "balance"])
@pytest.mark.parametrize(("fault", "said"), [
    ("html", {}), ("not_json", {}), ("json_array", {}), ("http_error", {"status": 422})])
def test_price_and_balance_are_only_good_to_know(
    shop: Shop, cat: Path, on: str, fault: str, said: dict[str, int]
) -> None:
    shop.service.control.fault(fault, on, times=None, **said)
    done = shop("remove", cat, *QUICK)
    assert done.code == 0, done.err
    assert shop.service.ledger.charged == 1 and shop.states() == ["fetched"]


@pytest.mark.parametrize(("status", "words"), [(401, "does not accept the API key"), (403, "may not do this")])
@pytest.mark.parametrize("on", ["estimate", "balance"])
def test_a_key_that_is_refused_is_not_tried_with_a_picture(
    shop: Shop, cat: Path, on: str, status: int, words: str
) -> None:
    shop.service.control.fault("http_error", on, times=None, status=status)
    done = shop("remove", cat, *QUICK)
    assert done.code == 1 and words in done.err and not shop.service.of("submit") and shop.jobs() == []


def test_a_price_above_the_one_that_was_said_is_not_paid(
    shop: Shop, cat: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api, "price", lambda width, height: 3)
    done = shop("remove", cat, *QUICK)
    assert done.code == 1 and "for 1 credit at most." in done.err and "would cost 3 credits" in done.err
    assert not shop.service.of("submit")
    done = shop("remove", cat, *QUICK, "--credits", "4")
    assert done.code == 0 and "for 1 credit, 4 at most." in done.err


def test_an_answer_that_is_lost_while_the_list_is_silent(shop: Shop, cat: Path) -> None:
    shop.service.control.fault("no_process_id", "submit")
    shop.service.control.fault("http_error", "list", times=None, status=400)
    lost = shop("remove", cat, *QUICK)
    assert lost.code == 1 and "cannot be found out now" in lost.err and shop.states() == ["unknown"]
    assert shop("jobs", "resume").code == 1 and shop.states() == ["unknown"]
    shop.service.control.clear()
    assert shop("jobs", "resume").code == 0 and shop.states() == ["fetched"]
    assert shop("remove", cat, *QUICK).code == 0 and len(shop.service.of("submit")) == 1


def test_a_hostile_service(shop: Shop, tmp_path: Path) -> None:
    world = shop.service._world
    world.profile, world.chance = "hostile", Chance(11)
    sources = pictures(tmp_path / "in", 10)
    words = ("remove", *sources, "-o", f"{tmp_path}/out/", "--at-once", "5", *QUICK)
    process = shop.started(*words)
    deadline = time.monotonic() + 120
    while process.poll() is None:
        assert time.monotonic() < deadline
        shop.let_go()  # a job that takes for ever is none that can be waited for
        time.sleep(0.2)
    first = shop.ended(process)
    assert first.code == 1 and re.search(r"\d of 10 done", first.err) and "Traceback" not in first.err
    world.profile = "documented"
    shop("jobs", "resume")
    shop(*words)
    charged = {job.process_id for job in shop.service.jobs if shop.service.state(job.process_id) == "Completed"}
    names = {job.process_id: job.source.file_name for job in shop.service.jobs}
    fetched = {entry.process_id for entry in shop.jobs() if entry.state == "fetched"}
    unknown = {entry.filename for entry in shop.jobs() if entry.state == "unknown"}
    assert fetched <= charged and {names[lost] for lost in charged - fetched} <= unknown, "no paid job is lost"
    assert len(list((tmp_path / "out").glob("*.png"))) == len(fetched) >= 5
