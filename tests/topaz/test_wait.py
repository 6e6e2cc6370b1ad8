"""Polling: steps, patience with everything that passes, and an end to it."""

import httpx
import pytest

from cutaway import errors
from cutaway.job import Job
from cutaway.topaz import Limits
from tests.topaz.fakes import FakeClock, client, reply


def rows(service, *words):
    return [reply(service.row("p", status=word, progress=None)) for word in words]


def test_the_steps(service, clock):
    service.scripts["status"] = rows(service, *["Pending"] * 7)
    assert client(service, clock).wait("p").status == "Completed"
    assert clock.waits == [2.0, 3.0, 4.5, 6.75, 10.125, 15.0, 15.0]


def test_a_job_that_is_done_is_found_at_once(service, clock):
    assert client(service, clock).wait("p").credits == 1
    assert clock.waits == []


PASSING = [429, 500, 502, 503, 504, 408, httpx.ReadTimeout("x"), httpx.ConnectError("x"), httpx.ReadError("x"),
           httpx.RemoteProtocolError("x"), httpx.Response(502, content=b"<html>Bad gateway</html>")]


@pytest.mark.parametrize("fault", PASSING, ids=repr)
def test_trouble_on_the_way_is_no_failure(service, clock, fault):
    service.scripts["status"] = [fault] * 40
    assert client(service, clock).wait("p").status == "Completed"
    assert len(clock.waits) == 40


@pytest.mark.parametrize("word", ["Levitating", "Queued", "", "completed-ish"])
def test_an_unknown_word_means_wait(service, clock, word):
    service.scripts["status"] = rows(service, *[word] * 3)
    assert client(service, clock).wait("p").status == "Completed"
    assert len(clock.waits) == 3


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"status": null}'])
def test_nonsense_passes_but_not_for_ever(service, clock, body):
    limits = Limits(bad_polls=3)
    nonsense = httpx.Response(200, content=body)
    service.scripts["status"] = [nonsense, nonsense, *rows(service, "Pending"), nonsense, nonsense]
    assert client(service, clock, limits=limits).wait("p").status == "Completed"
    service.scripts["status"] = [nonsense] * 99
    with pytest.raises(errors.CloudAnswerBad) as bad:
        client(service, clock, limits=limits).wait("p")
    assert bad.value.process_id == "p"


def test_a_new_job_may_be_unknown_for_a_moment(service, clock):
    service.scripts["status"] = [404, 404]
    assert client(service, clock).wait("p").status == "Completed"


def test_an_unknown_job(service, clock):
    service.scripts["status"] = [404] * 99
    with pytest.raises(errors.CloudJobUnknown) as unknown:
        client(service, clock).wait("p")
    assert unknown.value.process_id == "p"
    assert len(service.seen) == Limits().unknown_polls


@pytest.mark.parametrize(("status", "kind"), [
    (401, errors.CloudKeyRefused), (403, errors.CloudForbidden), (400, errors.CloudRefused)])
def test_a_refusal_is_told_at_once(service, clock, status, kind):
    service.scripts["status"] = [status] * 2
    with pytest.raises(kind) as refused:
        client(service, clock).wait("p")
    assert clock.waits == [] and refused.value.process_id == "p"


@pytest.mark.parametrize(("word", "said"), [("Failed", "could not process"), ("Cancelled", "was cancelled")])
def test_a_job_that_ends_without_a_result(service, clock, word, said):
    service.scripts["status"] = rows(service, "Pending", word)
    with pytest.raises(errors.CloudJobFailed) as failed:
        client(service, clock).wait("p")
    assert said in failed.value.message and failed.value.hint and failed.value.process_id == "p"


@pytest.mark.parametrize("fault", ["Pending", 503, "Levitating"])
def test_the_deadline_keeps_the_job(service, clock, fault):
    start = clock.now()
    service.scripts["status"] = rows(service, *[fault] * 999) if isinstance(fault, str) else [fault] * 999
    with pytest.raises(errors.CloudDeadline) as late:
        client(service, clock).wait("p", deadline_s=5400.0)
    assert late.value.process_id == "p" and "resume" in late.value.hint
    assert clock.now() - start == pytest.approx(5400.0, abs=0.01)
    assert ("503" in str(late.value) or "not available" in str(late.value)) is (fault == 503)


def test_it_looks_once_more_at_the_deadline(service, clock):
    service.scripts["status"] = rows(service, *["Pending"] * 4)
    assert client(service, clock).wait("p", deadline_s=10.0).status == "Completed"
    assert clock.waits == [2.0, 3.0, 4.5, pytest.approx(0.5)]


def test_no_time_at_all_is_one_look(service, clock):
    service.scripts["status"] = rows(service, "Pending")
    with pytest.raises(errors.CloudDeadline):
        client(service, clock).wait("p", deadline_s=0.0)
    assert len(service.seen) == 1


def test_retry_after_while_polling(service, clock):
    service.scripts["status"] = [reply({}, 429, {"Retry-After": "40"})]
    client(service, clock).wait("p")
    assert clock.waits == [40.0]


def test_progress_never_falls(service, clock):
    told = []
    service.scripts["status"] = [
        reply(service.row("p", status="Processing", progress=value)) for value in (5, 60, 20, None, "x", 80)]
    client(service, clock).wait("p", on_status=told.append)
    assert [status.progress for status in told] == [5, 60, 60, 60, 60, 80, 100]
    assert told[0].status == "Processing"


def test_a_cancel_ends_the_waiting(service):
    job = Job()
    service.scripts["status"] = rows(service, *["Pending"] * 99)
    with pytest.raises(errors.Cancelled):
        client(service, FakeClock(lambda n: job.cancel() if n == 3 else None)).wait("p", job=job)
    assert len(service.seen) == 3


def test_what_on_status_raises_gets_out(service):
    def stop(_):
        raise errors.Cancelled()
    with pytest.raises(errors.Cancelled):
        client(service).wait("p", on_status=stop)
