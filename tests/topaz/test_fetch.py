"""Results: without the key, without redirects, within bounds, with a fresh link once."""

import traceback

import httpx
import numpy as np
import pytest

from cutaway import errors
from cutaway.job import Job
from cutaway.topaz import Limits
from tests.topaz.fakes import KEY, LINK, FakeClock, client, png, reply

SIGNED = "5igned"


def test_the_key_and_the_cookies_stay_away_from_the_storage(service):
    cookie = {"Set-Cookie": "session=tasty; Domain=test"}
    service.scripts["download"] = [reply({"download_url": LINK}, headers=cookie)]
    assert client(service).fetch("p") == service.result
    request = dict(service.seen)["storage"]
    assert str(request.url) == LINK
    assert dict(request.headers) == {"host": "storage.test", "accept-encoding": "identity"}
    assert KEY not in repr(request.headers.raw) + str(request.url)


@pytest.mark.parametrize("status", [403, 410])
def test_a_fresh_link_once(service, status):
    service.scripts["storage"] = [status]
    assert client(service).fetch("p") == service.result
    assert service.places() == ["download", "storage"] * 2
    service.scripts["storage"] = [status, status]
    with pytest.raises(errors.CloudJobUnknown) as expired:
        client(service).fetch("p")
    assert service.places()[4:] == ["download", "storage"] * 2
    assert expired.value.process_id == "p"


@pytest.mark.parametrize("fault", [
    500, 503, 429, httpx.ReadTimeout("x"), httpx.ConnectError("x"), httpx.RemoteProtocolError("x")], ids=repr)
def test_the_storage_is_tried_again(service, clock, fault):
    service.scripts["storage"] = [fault] * 3
    assert client(service, clock).fetch("p") == service.result
    assert service.places() == ["download", *["storage"] * 4]
    service.scripts["storage"] = [fault] * 99
    with pytest.raises((errors.CloudUnreachable, errors.CloudBusy)) as failed:
        client(service, clock).fetch("p")
    assert SIGNED not in repr(failed.value) and failed.value.process_id == "p"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(service, status):
    service.scripts["storage"] = [httpx.Response(status, headers={"Location": "https://evil.test/5igned"})] * 9
    with pytest.raises(errors.CloudAnswerBad) as refused:
        client(service).fetch("p")
    assert service.places() == ["download", "storage"]
    assert SIGNED not in repr(refused.value)


@pytest.mark.parametrize(("status", "kind"), [
    (400, errors.CloudAnswerBad), (401, errors.CloudAnswerBad), (404, errors.CloudJobUnknown),
    (418, errors.CloudAnswerBad)])
def test_other_refusals_of_the_storage(service, status, kind):
    body = f"<Error><Resource>{LINK}</Resource></Error>"
    service.scripts["storage"] = [httpx.Response(status, content=body.encode())] * 9
    with pytest.raises(kind) as refused:
        client(service).fetch("p")
    assert SIGNED not in str(refused.value) and "storage.test" not in str(refused.value)


def endless(sent: list[int]):
    def stream():
        while True:
            sent.append(1 << 16)
            yield bytes(1 << 16)
    return stream()


class FakeStream(httpx.SyncByteStream):
    def __init__(self, blocks):
        self.blocks = blocks

    def __iter__(self):
        yield from self.blocks


def test_an_endless_answer_is_cut_off(service):
    sent: list[int] = []
    service.scripts["storage"] = [httpx.Response(200, stream=FakeStream(endless(sent)))]
    with pytest.raises(errors.CloudAnswerBad) as refused:
        client(service, limits=Limits(result_bytes=1 << 20)).fetch("p")
    assert "larger" in str(refused.value) and refused.value.process_id == "p"
    assert sum(sent) <= (1 << 20) + (1 << 17)


def test_ten_gigabytes_announced_are_not_read(service):
    sent: list[int] = []
    answer = httpx.Response(200, stream=FakeStream(endless(sent)), headers={"Content-Length": str(10 << 30)})
    service.scripts["storage"] = [answer]
    with pytest.raises(errors.CloudAnswerBad):
        client(service).fetch("p")
    assert sent == []


def test_at_the_limit(service):
    service.result = bytes(1000)
    assert client(service, limits=Limits(result_bytes=1000)).fetch("p") == bytes(1000)
    with pytest.raises(errors.CloudAnswerBad):
        client(service, limits=Limits(result_bytes=999)).fetch("p")


def test_an_endless_api_answer_is_cut_off(service):
    sent: list[int] = []
    service.scripts["balance"] = [httpx.Response(200, stream=FakeStream(endless(sent)))]
    with pytest.raises(errors.CloudAnswerBad):
        client(service, limits=Limits(answer_bytes=1 << 18)).balance()
    assert sum(sent) <= (1 << 18) + (1 << 17)


def test_an_endless_error_is_cut_off(service):
    sent: list[int] = []
    service.scripts["balance"] = [httpx.Response(403, stream=FakeStream(endless(sent)))]
    with pytest.raises(errors.CloudForbidden):
        client(service).balance()
    assert sum(sent) <= 1 << 18


def test_a_result_that_is_late(service, clock):
    service.scripts["download"] = [409, 409]
    assert client(service, clock).fetch("p") == service.result
    assert clock.waits == [2.0, 3.0]


def test_a_result_that_never_comes(service, clock):
    service.scripts["download"] = [409] * 99
    with pytest.raises(errors.CloudNotReady) as late:
        client(service, clock).fetch("p")
    assert len(service.seen) == Limits().ready_tries and late.value.process_id == "p"


def test_a_cancel_between_tries(service):
    job = Job()
    service.scripts["storage"] = [503] * 9
    with pytest.raises(errors.Cancelled):
        client(service, FakeClock(lambda n: job.cancel())).fetch("p", job)


@pytest.mark.parametrize("damaged", [b"", b"<html>", png()[:80]])
def test_a_damaged_result_is_fetched_once_more(service, damaged):
    service.scripts["storage"] = [httpx.Response(200, content=damaged)]
    mask = client(service).result("p", 40, 30)
    np.testing.assert_array_equal(mask, np.full((30, 40), 200))
    assert service.places() == ["download", "storage"] * 2
    service.scripts["storage"] = [httpx.Response(200, content=damaged)] * 2
    with pytest.raises(errors.CloudAnswerBad) as bad:
        client(service).result("p", 40, 30)
    assert bad.value.process_id == "p"


def test_a_result_is_resampled_to_the_picture(service):
    assert client(service).result("p", 80, 45).shape == (45, 80)
    service.result = png(np.dstack([np.full((30, 40, 3), 50, np.uint8), np.full((30, 40), 255, np.uint8)]))
    assert client(service).result("p", 40, 30, mode="segmentation").min() == 255
    assert client(service).result("p", 40, 30, mode="alpha").max() == 50


@pytest.mark.parametrize(("place", "step"), [
    ("storage", 404), ("storage", httpx.Response(302, headers={"Location": LINK})), ("storage", httpx.ReadError(LINK)),
    ("download", reply({"download_url": LINK.replace("https", "http")})), ("download", reply({"head_url": LINK}))])
def test_no_signed_link_in_a_traceback_with_local_variables(service, place, step):
    service.scripts[place] = [step] * 9
    with pytest.raises(errors.CloudError) as refused:
        client(service).result("p", 40, 30)
    del step
    told = traceback.TracebackException.from_exception(refused.value, capture_locals=True)
    ours = "".join(line for line in told.format() if "cutaway/topaz/" in line or "self = " in line)
    assert "client.py" in ours
    assert SIGNED not in ours
