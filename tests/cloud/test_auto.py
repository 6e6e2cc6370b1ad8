"""The policy: Topaz where it can, else this computer, and why."""

from __future__ import annotations

import numpy as np
import pytest

from cutaway.cloud.ask import Cloud
from cutaway.cutout import Matte
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


def test_a_cancel_is_no_reason_to_fall_back(cloud: Cloud, service: FakeService) -> None:
    service.raises["wait"] = [Cancelled()]
    with pytest.raises(Cancelled):
        Auto(cloud, FakeLocal()).matte(picture(), RemoveSettings(engine="auto"), Job())  # type: ignore[arg-type]
