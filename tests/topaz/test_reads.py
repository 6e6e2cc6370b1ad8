"""Status, list, find, cancel, delete, estimate, balance, download: addresses, answers, retries."""

import traceback
import urllib.parse

import httpx
import pytest

from cutaway import errors
from cutaway.topaz import Balance, Client, Estimate, Limits
from tests.topaz.fakes import BASE, KEY, LINK, FakeClock, FakeTopaz, client, png, reply

READS = {
    "status": lambda topaz: topaz.status("p-1"), "list": lambda topaz: list(topaz.jobs()),
    "download": lambda topaz: topaz.download("p-1"), "estimate": lambda topaz: topaz.estimate(100, 200),
    "balance": lambda topaz: topaz.balance(),
}
BAD = [b"", b"<html>", b"[]", b"5", b"null", b'{"status": 3}', b"[" * 99_999, b"\xff"]


def test_answers(service):
    with client(service) as topaz:
        assert topaz.status("p-1").status == "Completed"
        assert topaz.download("p-1").download_url == LINK
        assert topaz.estimate(6000, 4000, "Object") == Estimate(12.5, 2)
        assert topaz.balance() == Balance(90, 10, 100)
        assert topaz.cancel("p-1") is True
        assert topaz.delete("p-1") is True
    sent = [(request.method, str(request.url)) for _, request in service.seen]
    assert sent == [
        ("GET", f"{BASE}/status/p-1"), ("GET", f"{BASE}/download/p-1"), ("POST", f"{BASE}/estimate"),
        ("GET", "https://api.topaz.test/account/v1/credits/balance"), ("DELETE", f"{BASE}/cancel/p-1"),
        ("DELETE", f"{BASE}/status/p-1")]
    form = urllib.parse.parse_qs(service.seen[2][1].content.decode())
    assert form == {"category": ["Matting"], "model": ["Object"], "input_width": ["6000"], "input_height": ["4000"]}
    assert {request.headers["X-API-Key"] for _, request in service.seen} == {KEY}


@pytest.mark.parametrize("place", READS)
@pytest.mark.parametrize("fault", [
    429, 500, 502, 503, 504, 408, 425, httpx.ReadTimeout("t"), httpx.ConnectError("c"), httpx.RemoteProtocolError("x"),
    httpx.Response(502, content=b"<html>")], ids=repr)
def test_reads_are_tried_again(service, clock, place, fault):
    service.scripts[place] = [fault, fault]
    READS[place](client(service, clock))
    assert service.places() == [place] * 3
    assert len(clock.waits) == 2 and clock.waits[1] > clock.waits[0] > 0


@pytest.mark.parametrize("place", READS)
def test_but_not_for_ever(service, clock, place):
    service.scripts[place] = [503] * 99
    with pytest.raises(errors.CloudUnreachable):
        READS[place](client(service, clock))
    assert len(service.seen) == Limits().read_tries


@pytest.mark.parametrize("place", READS)
@pytest.mark.parametrize(("status", "kind"), [
    (401, errors.CloudKeyRefused), (403, errors.CloudForbidden), (418, errors.CloudRefused)])
def test_and_not_after_a_refusal(service, clock, place, status, kind):
    service.scripts[place] = [status] * 9
    with pytest.raises(kind):
        READS[place](client(service, clock))
    assert clock.waits == []


@pytest.mark.parametrize("place", READS)
@pytest.mark.parametrize("body", BAD)
def test_answers_that_cannot_be_understood(service, place, body):
    if (place, body) == ("list", b"[]"):
        return  # that is the plain array of no jobs
    service.scripts[place] = [httpx.Response(200, content=body)] * 9
    with pytest.raises(errors.CloudAnswerBad) as bad:
        READS[place](client(service))
    assert bad.value.__context__ is None or isinstance(bad.value.__context__, errors.CloudError)
    assert bad.value.process_id == ("p-1" if place in ("status", "download") else "")


def test_a_redirect_is_not_followed(service):
    moved = httpx.Response(302, headers={"Location": "https://evil.test/"})
    for place, read in READS.items():
        service.scripts[place] = [moved] * 9
        with pytest.raises(errors.CloudError):
            read(client(service))
    assert {request.url.host for _, request in service.seen} == {"api.topaz.test"}


def test_a_packed_answer_is_not_unpacked(service):
    service.scripts["balance"] = [lambda _: httpx.Response(
        200, stream=httpx.ByteStream(b"x" * 50), headers={"Content-Encoding": "gzip"})] * 9
    with pytest.raises(errors.CloudUnreachable) as refused:
        client(service).balance()
    assert "packed" in str(refused.value)
    assert service.seen[0][1].headers["Accept-Encoding"] == "identity"


def test_404_is_about_the_job_or_about_the_address(service):
    service.scripts = {"status": [404], "balance": [404]}
    with pytest.raises(errors.CloudJobUnknown) as unknown:
        client(service).status("p-1")
    assert unknown.value.process_id == "p-1"
    with pytest.raises(errors.CloudRefused) as wrong:
        client(service).balance()
    assert "CUTAWAY_TOPAZ_URL" in wrong.value.hint


def test_not_ready(service, clock):
    service.scripts["download"] = [409]
    with pytest.raises(errors.CloudNotReady):
        client(service, clock).download("p-1")
    assert clock.waits == []


@pytest.mark.parametrize("said", [{"url": LINK}, {"download_url": "", "url": LINK}])
def test_the_link_has_two_names(service, said):
    service.scripts["download"] = [reply(said)]
    assert client(service).download("p-1").download_url == LINK


@pytest.mark.parametrize("link", ["http://storage.test/x?5igned", "ftp://storage.test/5igned", "5igned"])
def test_an_unsafe_link(service, link):
    service.scripts["download"] = [reply({"download_url": link})]
    with pytest.raises(errors.CloudAnswerBad) as unsafe:
        client(service).download("p-1")
    assert "5igned" not in repr(unsafe.value) and unsafe.value.process_id == "p-1"


@pytest.mark.parametrize("method", ["cancel", "delete"])
@pytest.mark.parametrize(("status", "done"), [(204, True), (404, False), (409, False)])
def test_cancel_and_delete(service, method, status, done):
    service.scripts[method] = [status]
    if (method, status) == ("delete", 409):
        service.scripts[method] = [409]
    assert getattr(client(service), method)("p-1") is done


@pytest.mark.parametrize("method", ["cancel", "delete"])
@pytest.mark.parametrize("answer", [
    httpx.Response(200, html="<p>Sign in</p>"), httpx.Response(202), httpx.Response(200, json={"deleted_count": 1})])
def test_only_the_documented_answer_means_cancelled(service, method, answer):
    service.scripts[method] = [answer]
    with pytest.raises(errors.CloudAnswerBad) as bad:
        getattr(client(service), method)("p-1")
    assert bad.value.process_id == "p-1" and bad.value.hint


def test_cancel_does_not_try_for_long(service, clock):
    service.scripts["cancel"] = [500] * 99
    with pytest.raises(errors.CloudUnreachable) as failed:
        client(service, clock).cancel("p-1")
    assert len(service.seen) == 2 and failed.value.process_id == "p-1"


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a?b", "a b", "a\n", "é", "x" * 129, "."])
def test_what_cannot_be_a_job(service, name):
    for call in ("status", "download", "fetch", "cancel", "delete", "wait"):
        try:
            assert getattr(client(service), call)(name) is False
        except errors.CloudJobUnknown:
            continue
    assert service.seen == []


def test_pages(service):
    rows = [service.row(f"p-{n}", filename=f"{n}.png") for n in range(5)]
    service.scripts["list"] = [
        reply({"data": rows[:2], "pagination": {"next_cursor": "A/ +", "has_next_page": True}}), 503,
        reply({"data": rows[2:4], "pagination": {"next_cursor": "B", "has_next_page": True}}),
        reply({"data": rows[4:], "pagination": {"has_next_page": False}})]
    assert [job.process_id for job in client(service).jobs()] == [f"p-{n}" for n in range(5)]
    asked = [dict(request.url.params) for _, request in service.seen]
    first = {"paginated": "true", "limit": "100"}
    assert asked == [first, {**first, "cursor": "A/ +"}, {**first, "cursor": "A/ +"}, {**first, "cursor": "B"}]


def test_the_plain_array(service):
    service.scripts["list"] = [reply([service.row("p-1"), "x", service.row("p-2")])]
    assert [job.process_id for job in client(service).jobs()] == ["p-1", "p-2"]


def test_a_service_without_pages(service):
    service.scripts["list"] = [400, reply([service.row("p-1")])]
    assert [job.process_id for job in client(service).jobs()] == ["p-1"]
    assert not service.seen[1][1].url.params


def test_a_service_that_refuses_both(service):
    service.scripts["list"] = [400, 400]
    with pytest.raises(errors.CloudRefused):
        list(client(service).jobs())


def test_a_cursor_that_leads_in_a_circle(service):
    def page(request):
        turn = {"A": "B"}.get(request.url.params.get("cursor"), "A")
        return reply({"data": [service.row("p")], "pagination": {"next_cursor": turn, "has_next_page": True}})
    service.scripts["list"] = [page] * 99
    assert len(list(client(service).jobs())) == 3


def test_find(service):
    topaz = client(service)
    for name in ("a.png", "b.png"):
        topaz.submit(png(), filename=name)
    assert topaz.find("b.png").process_id == "job-2"
    assert topaz.find("b.tiff").process_id == "job-2"  # the service may say it with the result's extension
    assert topaz.find("c.png") is None


def test_find_asks_no_further_than_needed(service):
    service.scripts["list"] = [
        reply({"data": [service.row("p", filename="a.png")], "pagination": {"next_cursor": "A"}}), 500]
    assert client(service).find("a.png").process_id == "p"
    assert len(service.seen) == 1


def test_find_takes_no_nameless_job(service):
    service.scripts["list"] = [reply([service.row("p", filename="")])]
    assert client(service).find("") is None


def test_a_key_that_the_server_echoes_is_told_nowhere(service):
    echo = {"message": f"key {KEY} is bad", "status": "Pending", "filename": KEY, KEY: KEY}
    service.scripts = {"balance": [reply(echo, 401)], "status": [reply(echo)]}
    with pytest.raises(errors.CloudKeyRefused) as refused:
        client(service).balance()
    told = "".join(traceback.TracebackException.from_exception(refused.value, capture_locals=True).format())
    # This file's and fakes' own frames know the key; the client's do not.
    assert "key *** is bad" in str(refused.value)
    assert KEY not in str(refused.value) and KEY not in told.split("core/cutaway/topaz", 1)[1]
    assert KEY not in repr(client(service).status("p-1"))


def test_objects_hold_no_key_that_shows(service):
    topaz = client(service)
    shown = [topaz, vars(topaz), *map(vars, (topaz._asking, *topaz._connectors))]
    assert KEY not in repr(shown)


def test_close_closes_what_was_given():
    closed = []

    class FakeTransport(httpx.MockTransport):
        def close(self) -> None:
            closed.append(self)

    api, storage = FakeTransport(FakeTopaz()), FakeTransport(FakeTopaz())
    with Client(KEY, base_url=BASE, transport=api, storage_transport=storage, clock=FakeClock()) as topaz:
        topaz.balance()
        topaz.balance()
        assert closed == []
    assert closed == [api, storage]
