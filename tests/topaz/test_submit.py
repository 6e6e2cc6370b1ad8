"""The paid request: what is sent, when it is sent again, and above all when not."""

import re

import httpx
import pytest

from cutaway import errors
from cutaway.job import Job
from cutaway.topaz import Limits, Submitted
from tests.topaz.fakes import KEY, FakeClock, client, png, reply


def fields(request: httpx.Request) -> dict[str, bytes]:
    """The parts of a multipart body by their names."""
    mark = request.headers["Content-Type"].split("boundary=")[1].encode()
    parts = request.content.split(b"--" + mark)[1:-1]
    found = {}
    for part in parts:
        head, _, body = part.partition(b"\r\n\r\n")
        found[re.search(rb' name="([^"]*)"', head).group(1).decode()] = body.removesuffix(b"\r\n")
    return found


@pytest.mark.parametrize(("model", "mode", "more"), [
    ("RemoveBG", "alpha", {}), ("RemoveBG", "segmentation", {}), ("Object", "alpha", {"output_format": b"png"})])
def test_what_is_sent(service, model, mode, more):
    sent = client(service).submit(png(), filename="7f3a.png", model=model, mode=mode)
    assert sent == Submitted("job-1", "s-1", 1_800_000_060.0)
    request = service.seen[0][1]
    assert (request.method, str(request.url)) == ("POST", "https://api.topaz.test/image/v1/matting/async")
    assert request.headers["X-API-Key"] == KEY
    wanted = {"model": model.encode(), "mode": mode.encode(), "image": png(), **more}
    assert fields(request) == wanted
    assert b'filename="7f3a.png"' in request.content


def test_a_file_that_goes_away_meanwhile_is_no_trouble_of_the_network(service, clock, tmp_path, monkeypatch):
    path = tmp_path / "7f3a.png"
    path.write_bytes(png())
    monkeypatch.setattr("cutaway.topaz.upload.check", lambda *_: path.unlink())
    with pytest.raises(errors.CloudError, match="file cannot be read") as gone:
        client(service, clock).submit(path, filename="7f3a.png")
    assert type(gone.value) is errors.CloudError and "SSL_CERT" not in str(gone.value)
    assert service.jobs == [] and clock.waits == []


def test_the_defaults_are_a_soft_mask_by_removebg(service):
    client(service).submit(png(), filename="a.png")
    assert fields(service.seen[0][1]).keys() == {"model", "mode", "image"}
    assert fields(service.seen[0][1])["mode"] == b"alpha"


def test_a_file_is_sent_from_the_disk(service, tmp_path):
    path = tmp_path / "holiday with Anna.png"
    path.write_bytes(png())
    service.scripts["submit"] = [429]
    client(service).submit(path, filename="a.png")
    assert [fields(request)["image"] for _, request in service.seen] == [png(), png()]
    assert b"Anna" not in service.seen[0][1].content


@pytest.mark.parametrize("refusal", [
    429, 425, httpx.ConnectError("no"), httpx.ConnectTimeout("no"), httpx.PoolTimeout("no"), httpx.ProxyError("no")])
def test_what_is_sent_again(service, clock, refusal):
    service.scripts["submit"] = [refusal, refusal]
    assert client(service, clock).submit(png(), filename="a.png").process_id == "job-1"
    assert service.places() == ["submit"] * 3
    assert len(clock.waits) == 2


def test_a_top_up_is_waited_for_slowly(service, clock):
    service.scripts["submit"] = [425, 429]
    client(service, clock).submit(png(), filename="a.png")
    assert clock.waits[0] > 3.0


def test_retry_after_is_kept_to(service, clock):
    service.scripts["submit"] = [reply({}, 429, {"Retry-After": "17"})]
    client(service, clock).submit(png(), filename="a.png")
    assert 17.0 < clock.waits[0] < 18.5


@pytest.mark.parametrize(("refusal", "kind"), [
    (429, errors.CloudBusy), (425, errors.CloudBusy), (httpx.ConnectError("no"), errors.CloudUnreachable)])
def test_patience_ends(service, clock, refusal, kind):
    service.scripts["submit"] = [refusal] * 99
    with pytest.raises(kind):
        client(service, clock, limits=Limits(submit_tries=4)).submit(png(), filename="a.png")
    assert service.places() == ["submit"] * 4


@pytest.mark.parametrize(("status", "kind"), [
    (400, errors.CloudRefused), (401, errors.CloudKeyRefused), (402, errors.CloudNoCredits),
    (403, errors.CloudForbidden), (412, errors.CloudNoSubscription), (413, errors.CloudRefused),
    (415, errors.CloudRefused), (422, errors.CloudRefused), (404, errors.CloudRefused), (418, errors.CloudRefused)])
def test_refusals(service, clock, status, kind):
    service.scripts["submit"] = [status]
    with pytest.raises(kind) as refused:
        client(service, clock).submit(png(), filename="a.png")
    assert f'Topaz says: "no {status}"' in refused.value.message
    assert refused.value.hint
    assert service.places() == ["submit"] and clock.waits == []


LOST = [
    httpx.ReadTimeout("t"), httpx.ReadError("r"), httpx.WriteError("w"), httpx.WriteTimeout("w"),
    httpx.RemoteProtocolError("gone"), 500, 502, 503, 504, 408, 520, httpx.Response(302, headers={"Location": "/x"}),
    httpx.Response(502, content=b"<html>Bad gateway</html>"), httpx.Response(200, content=b"<html>"),
    httpx.Response(200, content=b""), httpx.Response(200, content=b'["p"]'), httpx.Response(200, content=b"{}"),
    httpx.Response(200, content=b'{"process_id": "../x"}'), httpx.Response(200, content=b'{"process_id": nu')]


@pytest.mark.parametrize("lost", LOST, ids=repr)
@pytest.mark.parametrize("taken", [True, False])
def test_an_unknown_outcome_is_told_with_the_name_and_nothing_is_sent_again(service, clock, lost, taken):
    (service.after if taken else service.scripts)["submit"] = [lost]
    topaz = client(service, clock)
    with pytest.raises(errors.CloudOutcomeUnknown) as unknown:
        topaz.submit(png(), filename="7f3a.png")
    assert unknown.value.filename == "7f3a.png"
    assert service.places() == ["submit"] and clock.waits == []
    found = topaz.find("7f3a.png")
    assert (found is not None) is taken


def test_the_headers_tell_the_job_too(service):
    service.after["submit"] = [httpx.Response(200, content=b"<html>", headers={
        "X-Process-ID": "h-1", "X-Source-ID": "s-2", "X-ETA": "1800000090"})]
    assert client(service).submit(png(), filename="a.png") == Submitted("h-1", "s-2", 1_800_000_090.0)


def test_an_answer_beyond_all_bounds(service):
    service.after["submit"] = [httpx.Response(200, content=b" " * 2000)]
    with pytest.raises(errors.CloudOutcomeUnknown):
        client(service, limits=Limits(answer_bytes=1000)).submit(png(), filename="a.png")


def test_a_cancel_before_it_is_sent(service):
    job = Job()
    job.cancel()
    with pytest.raises(errors.Cancelled):
        client(service).submit(png(), filename="a.png", job=job)
    assert service.seen == []


def test_a_cancel_between_tries(service):
    job = Job()
    service.scripts["submit"] = [429] * 9
    with pytest.raises(errors.Cancelled):
        client(service, FakeClock(lambda n: job.cancel())).submit(png(), filename="a.png", job=job)
    assert service.places() == ["submit"]
