"""The two engines as the pipeline and a script use them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cutaway import engines, remove_background
from cutaway.cloud import files
from cutaway.cloud.ask import Cloud
from cutaway.cloud.errand import GONE_S
from cutaway.cutout import Matte
from cutaway.engines.auto import Auto, tried
from cutaway.engines.topaz import Topaz
from cutaway.errors import (
    CloudAnswerBad,
    CloudError,
    CloudJobFailed,
    CloudJobUnknown,
    CloudKeyRefused,
    CloudNotAllowed,
    CloudUnreachable,
)
from cutaway.home import Home
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings
from tests.cloud.fakes import FakeClock, FakeService
from tests.cloud.pictures import picture
from tests.emulator import Emulator


class FakeLocal:
    def __init__(self) -> None:
        self.done: list[str] = []

    def matte(self, source: Picture, settings: RemoveSettings, job: Job) -> Matte:
        return Matte(np.full((source.height, source.width), 9, np.uint8), "local", "fake")

    def load(self, settings: RemoveSettings) -> None:
        self.done.append("load")

    def loaded(self) -> list[dict[str, str]]:
        return [{"name": "fake", "provider": "CPU"}]

    def unload(self) -> None:
        self.done.append("unload")


def test_both_are_found_by_name(home: Home) -> None:
    assert {"topaz", "auto", "local"} <= set(engines.available())
    assert isinstance(engines.create("topaz", home), Topaz) and isinstance(engines.create("auto", home), Auto)
    assert not home.path.exists(), "looking makes nothing"


def test_topaz_keeps_nothing_in_memory(cloud: Cloud) -> None:
    engine = Topaz(cloud)
    engine.load(RemoveSettings())
    assert engine.matte(picture(), RemoveSettings(engine="topaz"), Job()).engine == "topaz"
    engine.unload()
    assert engine.loaded() == []


def test_auto_loads_what_this_computer_would_need(cloud: Cloud) -> None:
    local = FakeLocal()
    auto = Auto(cloud, local)  # type: ignore[arg-type]
    auto.load(RemoveSettings())
    auto.unload()
    assert local.done == ["load", "unload"] and auto.loaded() == local.loaded()


@pytest.mark.parametrize(("call", "error", "may_be_paid"), [
    ("submit", CloudUnreachable("No connection."), False), ("wait", CloudJobFailed("It failed."), False),
    ("wait", CloudKeyRefused("The key is wrong."), True), ("fetch", CloudAnswerBad("The result is damaged."), True),
    ("fetch", CloudUnreachable("No connection."), True), ("wait", CloudJobUnknown("A proxy says 404."), True)])
def test_a_fallback_never_hides_a_job_that_may_be_paid(
    cloud: Cloud, service: FakeService, call: str, error: CloudError, may_be_paid: bool
) -> None:
    service.raises[call] = [error]
    found, (note,) = tried(cloud, picture(), RemoveSettings(engine="auto"), Job())
    assert found is None and error.message in note.message
    assert ("may still finish there: cutaway jobs" in note.message) == may_be_paid


def test_only_a_job_that_is_gone_for_long_owes_nothing(cloud: Cloud, service: FakeService, clock: FakeClock) -> None:
    auto = RemoveSettings(engine="auto")
    service.after["wait"] = [lambda: service.jobs.clear() or CloudJobUnknown("Not known.")]  # type: ignore[list-item]
    found, (note,) = tried(cloud, picture(), auto, Job())
    assert found is None and "may still" in note.message and cloud.journal.entries()[0].state == "submitted"
    clock.at += GONE_S + 1
    found, (note,) = tried(cloud, picture(), auto, Job())
    assert found is None and "may still" not in note.message and cloud.journal.entries()[0].state == "expired"


def test_a_job_whose_name_could_not_be_written_down_may_be_paid(
    cloud: Cloud, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = files.append_private

    def full(path: Path, data: bytes) -> None:
        if b'"submitted"' in data:
            raise OSError(28, "No space left on device")
        append(path, data)

    monkeypatch.setattr("cutaway.cloud.journal.append_private", full)
    found, (note,) = tried(cloud, picture(), RemoveSettings(engine="auto"), Job())
    assert found is None and "No space left" in note.message and "may still finish" in note.message
    monkeypatch.undo()
    assert cloud.matte(picture(), RemoveSettings(engine="topaz"), Job()).credits == 0 and len(service.submits) == 1


@pytest.fixture
def service_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    with Emulator(pending=0.0, processing=0.0) as running:
        monkeypatch.setenv("CUTAWAY_TOPAZ_URL", running.base_url)
        monkeypatch.setenv("CUTAWAY_TOPAZ_API_KEY", running.key)
        yield running


def test_a_script(home: Home, service_here: Emulator) -> None:
    source = picture(64, 48).pixels
    with pytest.raises(CloudNotAllowed):
        remove_background(source, home=home, engine="topaz")
    made = remove_background(source, home=home, engine="topaz", upload="once", refine=False, clean=0)
    assert (made.mask == service_here.mask(service_here.jobs[0])).all()
    assert made.cutout.provenance.credits == 1 and service_here.ledger.charged == 1
    again = remove_background(source, home=home, engine="auto", refine=False, clean=0)
    assert again.cutout.provenance.credits == 0 and len(service_here.jobs) == 1


def test_what_is_sent_is_the_part_in_question(home: Home, service_here: Emulator) -> None:
    """Of a layer that is mostly transparent, no more than what is seen of it, and its surroundings."""
    pixels = np.zeros((200, 300, 4), np.uint8)
    pixels[20:60, 30:90] = (200, 30, 30, 255)
    made = remove_background(pixels, home=home, engine="topaz", upload="once")
    facts = service_here.jobs[0].source.facts
    assert (facts.width, facts.height) == (60 + 2 * 9, 40 + 2 * 9) and made.mask.shape == (200, 300)


def test_importing_cutaway_brings_no_network_and_no_keyring(tmp_path: Path) -> None:
    code = ("import sys, cutaway, cutaway.engines, cutaway.worker.server\n"
            "print([name for name in ('httpx', 'keyring', 'numpy', 'cv2') if name in sys.modules])")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout == "[]\n"
