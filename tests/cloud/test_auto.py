"""The policy: Topaz where it can, else this computer, and why."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cutaway.api import _Shared
from cutaway.cloud.ask import Cloud
from cutaway.cloud.results import digest
from cutaway.cloud.upload import SentRows
from cutaway.cutout import Matte
from cutaway.engines import auto
from cutaway.engines.auto import Auto, tried
from cutaway.errors import (
    Cancelled,
    CloudDeadline,
    CloudError,
    CloudJobFailed,
    CloudNoCredits,
    CloudOutcomeUnknown,
    CloudUnreachable,
)
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings
from cutaway.topaz import addresses
from tests.cloud.fakes import FakeService
from tests.cloud.pictures import picture


class FakeLocal:
    def __init__(self) -> None:
        self.asked = 0

    def matte(self, source: Picture, settings: RemoveSettings, job: Job) -> Matte:
        self.asked += 1
        return Matte(np.full((source.height, source.width), 9, np.uint8), "local", "fake")


@pytest.mark.parametrize("error", [
    CloudUnreachable("No network."), CloudNoCredits("Out of credits."), CloudJobFailed("It failed."),
    CloudDeadline("Too long."), CloudOutcomeUnknown("Topaz's answer was lost")])
def test_auto_falls_back_and_says_why_in_one_sentence(cloud: Cloud, service: FakeService, error: CloudError) -> None:
    after_submit = isinstance(error, CloudJobFailed | CloudDeadline)
    service.raises["wait" if after_submit else "submit"] = [error]
    local = FakeLocal()
    matte = Auto(cloud, local).matte(picture(), RemoveSettings(engine="auto"), Job())  # type: ignore[arg-type]
    (note,) = matte.notes
    assert (matte.engine, local.asked, note.code) == ("local", 1, "cloud_fallback")
    assert error.message[:-1] in note.message
    may_be_paid = isinstance(error, CloudDeadline | CloudOutcomeUnknown)
    assert ("cutaway jobs" in note.message) == may_be_paid


def test_auto_without_consent_or_key_sends_nothing(cloud: Cloud, service: FakeService) -> None:
    cloud.consent.remember(False)
    assert Auto(cloud, FakeLocal()).matte(  # type: ignore[arg-type]
        picture(), RemoveSettings(engine="auto"), Job()).engine == "local"
    cloud.keys.forget()
    found, notes = tried(cloud, picture(), RemoveSettings(engine="auto", upload="once"), Job())
    assert found is None and "key" in notes[0].message and service.calls == []


def test_auto_uses_the_cloud_where_it_works(cloud: Cloud) -> None:
    local = FakeLocal()
    matte = Auto(cloud, local).matte(picture(), RemoveSettings(engine="auto"), Job())  # type: ignore[arg-type]
    assert (matte.engine, local.asked) == ("topaz", 0)


def test_the_whole_attempt_is_bounded_also_where_it_only_waits_for_its_turn(
    cloud: Cloud, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auto, "PATIENCE_S", 0.1)
    monkeypatch.setattr(auto, "LAST_LOOK_S", 0.1)
    name = digest(SentRows(picture()), addresses.BASE, "RemoveBG", "alpha", Job())
    with cloud.journal.turn(name, Job()):
        found, (note,) = tried(cloud, picture(), RemoveSettings(engine="auto"), Job())
    assert found is None and "took too long" in note.message and "paid" not in note.message and not service.submits


def test_an_upload_that_takes_too_long_is_taken_back(
    cloud: Cloud, service: FakeService, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: list[Job] = []
    monkeypatch.setattr(cloud, "_sent", _remembering(cloud._sent, kept))
    service.after["submit"] = [lambda: kept[0].cancel() or CloudOutcomeUnknown("It was cancelled.")]  # type: ignore
    found, (note,) = tried(cloud, picture(), RemoveSettings(engine="auto"), Job())
    assert found is None and "took too long" in note.message and "paid" not in note.message
    assert service.spent == 0


def _remembering(sent: Any, kept: list[Job]) -> Any:
    def send(*args: Any) -> Any:
        kept.append(args[-1])
        return sent(*args)

    return send


def test_a_cancel_of_the_user_reaches_the_bounded_attempt(cloud: Cloud, service: FakeService) -> None:
    job = Job()
    service.after["submit"] = [lambda: job.cancel() or CloudOutcomeUnknown("It was cancelled.")]  # type: ignore
    with pytest.raises(Cancelled):
        tried(cloud, picture(), RemoveSettings(engine="auto"), job)
    assert service.spent == 0


def test_a_second_look_is_this_computers_alone(cloud: Cloud, service: FakeService) -> None:
    local = FakeLocal()
    local.closer = local.matte  # type: ignore[attr-defined]
    both = Auto(cloud, local)  # type: ignore[arg-type]
    assert both.closer is None
    service.raises["submit"] = [CloudUnreachable("No network.")]
    assert both.matte(picture(), RemoveSettings(engine="auto"), Job()).engine == "local"
    assert both.closer == local.closer  # type: ignore[attr-defined]
    assert both.matte(picture(), RemoveSettings(engine="auto"), Job()).engine == "topaz" and both.closer is None
    service.raises["submit"] = [CloudUnreachable("No network.")]
    plain = Auto(cloud, FakeLocal())  # type: ignore[arg-type]
    plain.matte(picture(seed=1), RemoveSettings(engine="auto"), Job())
    assert plain.closer is None, "a local engine need not have one"


def test_the_second_look_reaches_the_pipeline_also_by_way_of_a_script(cloud: Cloud, service: FakeService) -> None:
    local = FakeLocal()
    local.closer = lambda picture, settings, job: "looked"  # type: ignore[attr-defined]
    shared = _Shared(Auto(cloud, local))  # type: ignore[arg-type]
    assert shared.closer is None
    service.raises["submit"] = [CloudUnreachable("No network.")]
    shared.matte(picture(), RemoveSettings(engine="auto"), Job())
    assert shared.closer is not None and shared.closer(picture(), RemoveSettings(), Job()) == "looked"


def test_a_cancel_is_no_reason_to_fall_back(cloud: Cloud, service: FakeService) -> None:
    service.raises["wait"] = [Cancelled()]
    with pytest.raises(Cancelled):
        Auto(cloud, FakeLocal()).matte(picture(), RemoveSettings(engine="auto"), Job())  # type: ignore[arg-type]
