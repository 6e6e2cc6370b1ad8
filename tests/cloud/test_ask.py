"""One picture to one matte: nothing is sent without leave, nothing is paid twice, nothing paid is lost."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from cutaway.cloud import journal as states
from cutaway.cloud.ask import Cloud
from cutaway.cloud.errand import GONE_S, SETTLED_S
from cutaway.cloud.key import KeyStore
from cutaway.errors import (
    CloudAnswerBad,
    CloudDeadline,
    CloudError,
    CloudJobFailed,
    CloudKeyMissing,
    CloudNoCredits,
    CloudNotAllowed,
    CloudOutcomeUnknown,
    CloudTooExpensive,
    CloudUnreachable,
)
from cutaway.home import Home
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings
from tests.cloud.fakes import FakeClock, FakeKeyring, FakeService
from tests.cloud.pictures import packed, picture
from tests.cloud.seen import TOPAZ, state_of


def test_the_mask_comes_back_at_the_pictures_size(cloud: Cloud, service: FakeService) -> None:
    matte = cloud.matte(picture(), TOPAZ, Job())
    assert matte.values.shape == (30, 40) and matte.values[:, :20].min() == 255 and matte.values[:, 20:].max() == 0
    assert (matte.engine, matte.model, matte.credits, matte.notes) == ("topaz", "RemoveBG", 1, ())
    assert state_of(cloud) == [states.FETCHED]
    assert service.submits[0][1:] == ("RemoveBG", "alpha") and set(service.keys) == {"a-key-of-the-tests"}


def test_what_is_sent_is_a_flat_8_bit_srgb_png_and_nothing_else(cloud: Cloud, service: FakeService) -> None:
    values = np.zeros((30, 40, 4), np.uint16)
    values[..., 0] = 65535
    values[..., 3] = 65535
    values[:, :10, 3] = 0
    source = Picture(values, exif=b"Exif\0\0secret place", resolution=(300.0, 300.0))
    cloud.matte(source, TOPAZ, Job())
    with Image.open(io.BytesIO(service.pictures[0])) as sent:
        sent.load()
        assert (sent.mode, sent.size, sent.info) == ("RGB", (40, 30), {})
        assert sent.getpixel((20, 5)) == (255, 0, 0) and sent.getpixel((2, 5)) == (128, 128, 128)
    assert b"secret" not in service.pictures[0]


def test_without_consent_nothing_is_sent(cloud: Cloud, service: FakeService) -> None:
    cloud.consent.remember(False)
    with pytest.raises(CloudNotAllowed):
        cloud.matte(picture(), TOPAZ, Job())
    assert service.calls == [] and state_of(cloud) == []
    cloud.matte(picture(), RemoveSettings(engine="topaz", upload="once"), Job())
    with pytest.raises(CloudNotAllowed):
        cloud.matte(picture(seed=1), TOPAZ, Job())


def test_without_a_key_nothing_is_sent(home: Home, service: FakeService) -> None:
    cloud = Cloud(home, keys=KeyStore(home, FakeKeyring()), connect=service.connect)  # type: ignore[arg-type]
    with pytest.raises(CloudKeyMissing):
        cloud.matte(picture(), RemoveSettings(engine="topaz", upload="once"), Job())
    assert service.calls == []


def test_another_services_result_is_not_used(home: Home, cloud: Cloud, service: FakeService) -> None:
    cloud.matte(picture(), TOPAZ, Job())
    elsewhere = Cloud(  # type: ignore[arg-type]
        home, url="https://topaz.example/image/v1", keys=cloud.keys, clock=cloud.clock, connect=service.connect)
    elsewhere.matte(picture(), TOPAZ, Job())
    elsewhere.matte(picture(), TOPAZ, Job())
    cloud.matte(picture(), TOPAZ, Job())
    assert len(service.pictures) == 2


def test_over_the_users_limit_nothing_is_sent(cloud: Cloud, service: FakeService) -> None:
    with pytest.raises(CloudTooExpensive, match="limit is 0"):
        cloud.matte(picture(), RemoveSettings(engine="topaz", credits=0), Job())
    assert service.calls == []


def test_the_services_own_price_and_balance_are_asked_first(cloud: Cloud, service: FakeService) -> None:
    service.available = 0
    with pytest.raises(CloudNoCredits, match="has 0"):
        cloud.matte(picture(), TOPAZ, Job())
    assert service.submits == [] and state_of(cloud) == []


def test_a_service_that_cannot_say_them_is_tried_all_the_same(cloud: Cloud, service: FakeService) -> None:
    service.raises["estimate"] = [CloudUnreachable("No answer.")]
    assert cloud.matte(picture(), TOPAZ, Job()).credits == 1


def test_a_second_time_costs_nothing(cloud: Cloud, service: FakeService) -> None:
    first = cloud.matte(picture(), TOPAZ, Job())
    second = cloud.matte(picture(), TOPAZ, Job())
    assert np.array_equal(first.values, second.values) and len(service.submits) == 1
    assert second.credits == 0 and [note.code for note in second.notes] == ["cloud_cached"]


def test_another_model_or_mode_is_another_request(cloud: Cloud, service: FakeService) -> None:
    for settings in (TOPAZ, RemoveSettings(engine="topaz", cloud="Object"),
                     RemoveSettings(engine="topaz", mode="segmentation")):
        if settings.mode == "segmentation":
            service.answer = lambda w, h: packed(np.full((h, w, 4), 255, np.uint8))
        cloud.matte(picture(), settings, Job())
    assert len(service.submits) == 3


def test_an_empty_mask_is_kept_and_said(cloud: Cloud, service: FakeService) -> None:
    service.answer = lambda w, h: packed(np.zeros((h, w), np.uint8))
    assert [note.code for note in cloud.matte(picture(), TOPAZ, Job()).notes] == ["no_clear_subject"]
    service.answer = lambda w, h: packed(np.full((h, w), 255, np.uint8))
    assert [note.code for note in cloud.matte(picture(seed=1), TOPAZ, Job()).notes] == ["no_clear_subject"]


@pytest.mark.parametrize("error", [CloudNoCredits("No credits."), CloudUnreachable("No connection.")])
def test_a_submit_that_was_refused_costs_nothing_and_may_be_tried_again(
    cloud: Cloud, service: FakeService, error: CloudError
) -> None:
    service.raises["submit"] = [error]
    with pytest.raises(type(error)):
        cloud.matte(picture(), TOPAZ, Job())
    assert state_of(cloud) == [states.REFUSED]
    cloud.matte(picture(), TOPAZ, Job())
    assert len(service.submits) == 1


def test_a_lost_answer_is_found_by_the_files_name(cloud: Cloud, service: FakeService) -> None:
    service.after["submit"] = [CloudOutcomeUnknown("The answer was lost.")]
    assert cloud.matte(picture(), TOPAZ, Job()).credits == 1
    assert len(service.submits) == 1 and state_of(cloud) == [states.FETCHED]


def test_a_job_that_is_not_found_yet_is_not_sent_again_until_it_is_settled(
    cloud: Cloud, service: FakeService, clock: FakeClock
) -> None:
    service.raises["submit"] = [CloudOutcomeUnknown("The answer was lost.")]
    for _ in range(3):
        with pytest.raises(CloudOutcomeUnknown):
            cloud.matte(picture(), TOPAZ, Job())
    assert service.submits == [] and state_of(cloud) == [states.UNKNOWN]
    clock.at += SETTLED_S + 1
    cloud.matte(picture(), TOPAZ, Job())
    assert len(service.submits) == 1 and sorted(state_of(cloud)) == [states.ABSENT, states.FETCHED]


def test_a_failed_job_is_said_and_a_new_run_sends_anew(cloud: Cloud, service: FakeService) -> None:
    service.raises["wait"] = [CloudJobFailed("Topaz could not do it.")]
    with pytest.raises(CloudJobFailed) as caught:
        cloud.matte(picture(), TOPAZ, Job())
    assert caught.value.process_id == "p1" and state_of(cloud) == [states.FAILED]
    cloud.matte(picture(), TOPAZ, Job())
    assert len(service.submits) == 2


def test_at_the_deadline_the_job_is_kept_and_taken_up_again(cloud: Cloud, service: FakeService) -> None:
    service.raises["wait"] = [CloudDeadline("Not done yet.")]
    with pytest.raises(CloudDeadline, match="cutaway jobs resume"):
        cloud.matte(picture(), TOPAZ, Job())
    assert state_of(cloud) == [states.SUBMITTED]
    again = cloud.matte(picture(), TOPAZ, Job())
    assert len(service.submits) == 1 and [note.code for note in again.notes] == ["cloud_resumed"]


def test_a_damaged_result_is_not_kept_and_fetched_again_by_the_next_run(
    cloud: Cloud, service: FakeService
) -> None:
    good = service.answer
    service.answer = lambda w, h: good(w, h)[:-20]
    with pytest.raises(CloudAnswerBad):
        cloud.matte(picture(), TOPAZ, Job())
    assert state_of(cloud) == [states.COMPLETED]
    service.answer = good
    assert cloud.matte(picture(), TOPAZ, Job()).credits == 0
    assert len(service.submits) == 1


def test_a_result_damaged_on_this_disk_is_fetched_again_without_credits(cloud: Cloud, service: FakeService) -> None:
    cloud.matte(picture(), TOPAZ, Job())
    (path,) = (cloud.results._folder).glob("*.png")
    path.write_bytes(b"no picture")
    again = cloud.matte(picture(), TOPAZ, Job())
    assert again.values[:, :20].min() == 255 and (again.credits, len(service.submits)) == (0, 1)
    assert [note.code for note in again.notes] == ["cloud_resumed"]


def test_a_result_that_is_nowhere_any_more_is_asked_for_anew(
    cloud: Cloud, service: FakeService, clock: FakeClock
) -> None:
    cloud.matte(picture(), TOPAZ, Job())
    cloud.results.drop(cloud.journal.entries()[0].digest)
    service.jobs.clear()
    clock.at += GONE_S + 1
    assert cloud.matte(picture(), TOPAZ, Job()).credits == 1
    assert len(service.submits) == 2 and sorted(state_of(cloud)) == [states.EXPIRED, states.FETCHED]


def test_what_was_paid_for_needs_no_consent_no_credits_and_no_key(cloud: Cloud, service: FakeService) -> None:
    cloud.matte(picture(), TOPAZ, Job())
    cloud.consent.remember(False)
    cloud.keys.forget()
    again = cloud.matte(picture(), RemoveSettings(engine="topaz", credits=0), Job())
    assert again.values[:, :20].min() == 255 and len(service.submits) == 1


def test_a_job_that_was_sent_is_taken_up_without_consent_but_no_other_picture_is_sent(
    cloud: Cloud, service: FakeService
) -> None:
    service.raises["wait"] = [CloudDeadline("Not done yet.")]
    with pytest.raises(CloudDeadline):
        cloud.matte(picture(), TOPAZ, Job())
    cloud.consent.remember(False)
    with pytest.raises(CloudNotAllowed):
        cloud.matte(picture(seed=1), TOPAZ, Job())
    assert cloud.matte(picture(), TOPAZ, Job()).values.shape == (30, 40) and len(service.submits) == 1


def test_without_a_network_nothing_is_tried_for_long(cloud: Cloud, service: FakeService) -> None:
    for name in ("estimate", "balance"):
        service.raises[name] = [CloudUnreachable("No connection.")]
    with pytest.raises(CloudUnreachable):
        cloud.matte(picture(), TOPAZ, Job())
    assert service.calls == ["estimate", "balance"] and state_of(cloud) == []


def test_a_fetched_mask_can_be_written_as_a_file(cloud: Cloud, tmp_path: Any) -> None:
    cloud.matte(picture(), TOPAZ, Job())
    (entry,) = cloud.journal.entries()
    cloud.export(entry, tmp_path / "mask.png")
    with Image.open(tmp_path / "mask.png") as shown:
        assert (shown.mode, shown.size, shown.getpixel((2, 2)), shown.getpixel((38, 2))) == ("L", (40, 30), 255, 0)
    cloud.results.drop(entry.digest)
    with pytest.raises(CloudError, match="no result"):
        cloud.export(entry, tmp_path / "other.png")
