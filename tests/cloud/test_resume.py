"""Cancels, kills, lost answers: the journal knows, and what was paid for is fetched."""

from __future__ import annotations

from typing import Any

import pytest

from cutaway.cloud import journal as states
from cutaway.cloud.ask import Cloud
from cutaway.cloud.errand import GONE_S, KEPT_S, SENDING_S, SETTLED_S
from cutaway.cloud.resume import resume
from cutaway.engines.auto import tried
from cutaway.errors import (
    Cancelled,
    CloudBusy,
    CloudDeadline,
    CloudError,
    CloudForbidden,
    CloudJobUnknown,
    CloudKeyRefused,
    CloudOutcomeUnknown,
    CloudUnreachable,
)
from cutaway.home import Home
from cutaway.job import Job
from cutaway.settings import RemoveSettings
from tests.cloud.fakes import FakeClock, FakeService
from tests.cloud.pictures import picture
from tests.cloud.seen import TOPAZ, fetched, state_of


def test_a_cancel_while_waiting_cancels_there_too(cloud: Cloud, service: FakeService) -> None:
    service.raises["wait"] = [Cancelled()]
    with pytest.raises(Cancelled):
        cloud.matte(picture(), TOPAZ, Job())
    assert state_of(cloud) == [states.CANCELLED] and service.spent == 0


def test_a_cancel_that_comes_too_late_keeps_the_job_listed(cloud: Cloud, service: FakeService) -> None:
    service.raises["fetch"] = [Cancelled()]
    with pytest.raises(Cancelled):
        cloud.matte(picture(), TOPAZ, Job())
    assert state_of(cloud) == [states.COMPLETED]
    assert fetched(cloud) == states.FETCHED
    assert cloud.matte(picture(), TOPAZ, Job()).credits == 0


def cancelling(job: Job, error: CloudError) -> Any:
    """The service's answer is lost at the moment at which the user cancels."""
    def lost() -> CloudError:
        job.cancel()
        return error

    return [lost]


def test_a_cancel_in_mid_submit_looks_for_the_job_and_takes_it_back(cloud: Cloud, service: FakeService) -> None:
    job = Job()
    service.after["submit"] = cancelling(job, CloudOutcomeUnknown("The answer was lost."))
    with pytest.raises(Cancelled):
        cloud.matte(picture(), TOPAZ, job)
    assert service.spent == 0 and state_of(cloud) == [states.CANCELLED]


def test_a_cancel_in_mid_submit_that_finds_no_job_yet_keeps_it_in_the_list(cloud: Cloud, service: FakeService) -> None:
    job = Job()
    service.after["submit"] = cancelling(job, CloudOutcomeUnknown("The answer was lost."))
    service.raises["find"] = [CloudUnreachable("No network.")]
    with pytest.raises(Cancelled):
        cloud.matte(picture(), TOPAZ, job)
    assert service.spent == 1 and state_of(cloud) == [states.UNKNOWN]
    assert fetched(cloud) == states.FETCHED


def test_a_cancel_before_anything_was_sent_leaves_no_open_job(cloud: Cloud, service: FakeService) -> None:
    service.raises["submit"] = [Cancelled()]
    with pytest.raises(Cancelled):
        cloud.matte(picture(), TOPAZ, Job())
    assert state_of(cloud) == [states.CANCELLED] and service.submits == []


def test_a_cancel_between_the_submit_and_the_waiting_takes_the_job_back(cloud: Cloud, service: FakeService) -> None:
    job = Job()
    note = cloud.journal.note

    def cancelled_then(entry: Any, state: str, **more: Any) -> Any:
        job.cancel()
        return note(entry, state, **more)

    cloud.journal.note = cancelled_then  # type: ignore[method-assign]
    with pytest.raises(Cancelled):
        cloud.matte(picture(), TOPAZ, job)
    assert service.spent == 0 and state_of(cloud) == [states.CANCELLED]


def test_a_cancel_of_a_resume_takes_nothing_back(cloud: Cloud, service: FakeService) -> None:
    service.raises["wait"] = [CloudDeadline("Not done yet.")]
    with pytest.raises(CloudDeadline):
        cloud.matte(picture(), TOPAZ, Job())
    job = Job()
    service.raises["status"] = cancelling(job, CloudBusy("Too many."))
    with pytest.raises(Cancelled):
        resume(cloud, cloud.journal.open(), job)
    assert service.spent == 1 and state_of(cloud) == [states.SUBMITTED] and "cancel" not in service.calls


STEPS = ["submit before", "submit after", "wait before", "wait after", "fetch before", "fetch after"]


class FakeKill(BaseException):
    """What the end of the process looks like from inside: nothing after it is run."""


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_it_is_resumed_and_never_paid_twice(
    cloud: Cloud, service: FakeService, clock: FakeClock, step: str, home: Home
) -> None:
    name, _, when = step.partition(" ")
    (service.raises if when == "before" else service.after)[name] = [FakeKill()]
    with pytest.raises(FakeKill):
        cloud.matte(picture(), TOPAZ, Job())
    after = Cloud(home, keys=cloud.keys, clock=clock, connect=service.connect)  # type: ignore[arg-type]
    if step == "submit before":
        with pytest.raises(CloudOutcomeUnknown):
            fetched(after)
        clock.at += SETTLED_S + 1
        assert fetched(after) == states.ABSENT
    else:
        assert fetched(after) == states.FETCHED
    assert after.matte(picture(), TOPAZ, Job()).values[:, :20].min() == 255
    assert len(service.submits) == 1 and service.spent == 1


def test_what_was_interrupted_long_ago_and_is_not_there_never_arrived(
    cloud: Cloud, service: FakeService, clock: FakeClock
) -> None:
    service.raises["submit"] = [FakeKill()]
    with pytest.raises(FakeKill):
        cloud.matte(picture(), TOPAZ, Job())
    clock.at += SENDING_S + 1
    assert fetched(cloud) == states.ABSENT


def test_what_the_service_may_have_forgotten_is_not_called_unpaid(
    cloud: Cloud, service: FakeService, clock: FakeClock
) -> None:
    service.raises["submit"] = [FakeKill()]
    with pytest.raises(FakeKill):
        cloud.matte(picture(), TOPAZ, Job())
    clock.at += 8 * 86400
    assert fetched(cloud) == states.EXPIRED


def test_a_slow_upload_whose_answer_is_lost_is_not_taken_for_absent(
    cloud: Cloud, service: FakeService, clock: FakeClock
) -> None:
    def lost() -> CloudError:
        clock.at += 1500.0  # the upload itself
        return CloudOutcomeUnknown("The answer was lost.")

    service.raises["submit"] = [lost]
    for _ in range(2):
        with pytest.raises(CloudOutcomeUnknown):
            cloud.matte(picture(), TOPAZ, Job())
    assert service.submits == [] and state_of(cloud) == [states.UNKNOWN]


@pytest.mark.parametrize(("age", "after"), [
    (0.0, states.SUBMITTED), (SETTLED_S + 1, states.SUBMITTED), (GONE_S + 1, states.EXPIRED)])
@pytest.mark.parametrize("by", ["resume", "a new run"])
def test_a_job_that_the_service_denies_has_expired_only_when_it_is_old(
    cloud: Cloud, service: FakeService, clock: FakeClock, age: float, after: str, by: str
) -> None:
    unfinished(cloud, service)
    service.jobs.clear()
    clock.at += age
    for _ in range(2 if after == states.SUBMITTED else 1):
        with pytest.raises(CloudJobUnknown):
            fetched(cloud) if by == "resume" else cloud.matte(picture(), TOPAZ, Job())
        assert state_of(cloud) == [after] and len(service.submits) == 1


def test_an_old_job_that_is_still_listed_has_not_expired_before_7_days(
    cloud: Cloud, service: FakeService, clock: FakeClock
) -> None:
    unfinished(cloud, service)
    for age, after in ((GONE_S + 1, states.SUBMITTED), (KEPT_S + 1, states.EXPIRED)):
        clock.at += age
        service.raises["status"] = [CloudJobUnknown("A proxy's 404.") for _ in range(2)]
        with pytest.raises(CloudJobUnknown):
            fetched(cloud)
        assert state_of(cloud) == [after]


def test_an_expired_job_is_looked_for_again_where_the_user_names_it(
    cloud: Cloud, service: FakeService, clock: FakeClock
) -> None:
    unfinished(cloud, service)
    (entry,) = cloud.journal.open()
    entry = cloud.journal.note(entry, states.EXPIRED)
    assert resume(cloud, [entry], Job()) == [(entry, None)]
    service.slow = {"p1"}
    ((found, error),) = resume(cloud, [entry], Job(), 0.0, again=True)
    assert isinstance(error, CloudDeadline) and found.state == states.SUBMITTED, "it blocks its picture again"
    service.slow.clear()
    entry = cloud.journal.note(entry, states.EXPIRED)
    ((found, error),) = resume(cloud, [entry], Job(), again=True)
    assert error is None and found.state == states.FETCHED


def unfinished(cloud: Cloud, service: FakeService, seed: int = 0) -> None:
    service.raises["wait"] = [CloudDeadline("Not done yet.")]
    with pytest.raises(CloudDeadline):
        cloud.matte(picture(seed=seed), TOPAZ, Job())


@pytest.mark.parametrize(("error", "place", "tries"), [
    (CloudUnreachable("No network."), "status", 1), (CloudKeyRefused("A wrong key."), "status", 1),
    (CloudForbidden("Not allowed."), "status", 1), (CloudUnreachable("No network."), "find", 1)])
def test_where_nothing_gets_through_the_other_jobs_are_left_as_they_are(
    cloud: Cloud, service: FakeService, clock: FakeClock, error: CloudError, place: str, tries: int
) -> None:
    for seed in range(4):
        if place == "find":
            service.raises["submit"] = [CloudOutcomeUnknown("The answer was lost.")]
            with pytest.raises(CloudOutcomeUnknown):
                cloud.matte(picture(seed=seed), TOPAZ, Job())
        else:
            unfinished(cloud, service, seed)
    before = state_of(cloud)
    service.calls.clear()
    service.raises[place] = [error] * 9
    service.raises["balance"] = [CloudUnreachable("No network.")]
    outcomes = resume(cloud, cloud.journal.open(), Job())
    assert service.calls.count(place) == tries and state_of(cloud) == before
    assert [type(said) for _, said in outcomes] == [CloudOutcomeUnknown if place == "find" else type(error)] * 4


@pytest.mark.parametrize("call", ["wait", "fetch"])
def test_a_404_alone_does_not_end_a_job_that_the_service_still_lists(
    cloud: Cloud, service: FakeService, call: str
) -> None:
    service.raises[call] = [CloudJobUnknown("Topaz does not know this job.", "Kept for 7 days.")]
    with pytest.raises(CloudJobUnknown, match="cutaway jobs resume") as caught:
        cloud.matte(picture(), TOPAZ, Job())
    assert caught.value.process_id == "p1" and not cloud.journal.entries()[0].ended
    assert cloud.matte(picture(), TOPAZ, Job()).credits == 0 and len(service.submits) == 1


def test_a_lost_answer_and_no_way_to_ask_for_it_is_still_a_lost_answer(cloud: Cloud, service: FakeService) -> None:
    service.after["submit"] = [CloudOutcomeUnknown("The answer was lost.")]
    service.raises["find"] = [CloudUnreachable("No network.", "Check it.")]
    found, notes = tried(cloud, picture(), RemoveSettings(engine="auto"), Job())
    assert found is None and "may still finish" in notes[0].message and state_of(cloud) == [states.UNKNOWN]
    assert cloud.matte(picture(), TOPAZ, Job()).credits == 0 and len(service.submits) == 1


def test_several_jobs_are_resumed_in_turn_and_one_that_takes_long_holds_none_up(
    cloud: Cloud, service: FakeService, clock: FakeClock
) -> None:
    for seed in range(3):
        service.raises["wait"] = [CloudDeadline("Not done yet.")]
        with pytest.raises(CloudDeadline):
            cloud.matte(picture(seed=seed), TOPAZ, Job())
        clock.at += 1.0
    service.slow = {"p1"}
    began = clock.at
    outcomes = resume(cloud, cloud.journal.open(), Job(), deadline_s=60.0)
    assert [(entry.state, error is None) for entry, error in outcomes] == [
        (states.SUBMITTED, False), (states.FETCHED, True), (states.FETCHED, True)]
    assert isinstance(outcomes[0][1], CloudDeadline) and clock.at - began == pytest.approx(60.0)
    service.slow.clear()
    assert fetched(cloud) == states.FETCHED and len(service.submits) == 3


def test_a_result_that_left_the_cache_is_fetched_again_by_a_resume(cloud: Cloud, service: FakeService) -> None:
    cloud.matte(picture(), TOPAZ, Job())
    (entry,) = cloud.journal.entries()
    cloud.results.drop(entry.digest)
    ((after, error),) = resume(cloud, [entry], Job())
    assert error is None and after.state == states.FETCHED and cloud.results.get(entry.digest) is not None
    assert resume(cloud, [entry], Job()) == [(entry, None)] and len(service.submits) == 1


def test_what_is_to_be_sent_is_gone_from_this_disk_afterwards(cloud: Cloud, service: FakeService, home: Home) -> None:
    cloud.matte(picture(), TOPAZ, Job())
    service.raises["submit"] = [CloudUnreachable("No connection.")]
    with pytest.raises(CloudUnreachable):
        cloud.matte(picture(seed=1), TOPAZ, Job())
    assert list((home.journal / "sending").iterdir()) == []
