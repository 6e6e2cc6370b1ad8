"""Every fault that spoils an answer of the first port."""

from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.emulator.caller import picture
from tests.emulator.faults import API, KINDS


@pytest.mark.parametrize("on", API)
def test_a_burst_of_429_ends(call, e, on):
    job = call.done()
    e.control.fault("rate_limit", on, times=3)

    def ask() -> httpx.Response:
        path = {"submit": "/matting/async", "list": "/status", "delete": "/status/x", "estimate": "/estimate",
                "balance": f"{e.account_url}/credits/balance"}.get(on, f"/{on}/{job}")
        method = {"submit": "POST", "estimate": "POST", "delete": "DELETE", "cancel": "DELETE"}.get(on, "GET")
        return call.http.request(method, path)

    seen = [ask().status_code for _ in range(5)]
    assert seen[:3] == [429] * 3 and 429 not in seen[3:]
    assert [r.fault for r in e.of(on)[-5:]] == ["rate_limit"] * 3 + [""] * 2


def test_retry_after_as_nothing_as_seconds_as_a_date_and_as_nonsense(call, e, clock):
    for choice in ({}, {"retry_after": 7}, {"retry_date": 90}, {"retry_after": "soon"}):
        e.control.fault("rate_limit", "status", **choice)
    nothing, seconds, date, nonsense = (call.status("x").headers for _ in range(4))
    assert "Retry-After" not in nothing
    assert seconds["Retry-After"] == "7" and nonsense["Retry-After"] == "soon"
    assert parsedate_to_datetime(date["Retry-After"]).timestamp() == clock.now() + 90
    assert parsedate_to_datetime(date["Date"]).timestamp() == clock.now()


def test_500_after_the_job_was_made(call, e):
    e.control.fault("error_after")
    assert call.submit().status_code == 500
    assert len(e.jobs) == 1 and e.ledger.reserved == 1
    assert e.of("submit")[0].process_id == e.jobs[0].process_id


def test_500_before_the_job_was_made(call, e):
    e.control.fault("http_error", "submit")
    assert call.submit().status_code == 500 and not e.jobs


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize(("name", "made"), [("drop", 0), ("drop_after", 1)])
def test_the_connection_dropped_before_or_after_the_job_was_made(call, e, name, made, reset):
    e.control.fault(name, "submit", reset=reset)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)) as caught:
        call.submit()
    assert isinstance(caught.value, httpx.ReadError) == reset
    assert len(e.jobs) == made and e.of("submit")[0].status is None
    assert call.submit(picture(seed=1)).status_code == 200


def test_the_connection_dropped_in_the_middle_of_the_answer(call, e):
    e.control.fault("drop_after", "submit", part=0.5)
    with pytest.raises(httpx.RemoteProtocolError, match="complete message body"):
        call.submit()
    assert len(e.jobs) == 1 and 0 < e.of("submit")[0].sent < 126


@pytest.mark.parametrize(("name", "status"), [("html", 502), ("html_ok", 200)])
def test_html(call, e, name, status):
    e.control.fault(name, "status")
    answer = call.status(call.job())
    assert answer.status_code == status and answer.headers["Content-Type"] == "text/html"
    assert answer.text.startswith("<html>")


@pytest.mark.parametrize(("name", "body"), [("not_json", b"OK"), ("empty", b""), ("json_array", None),
                                            ("no_process_id", None)])
@pytest.mark.parametrize("keep", [False, True])
def test_200_without_the_answer(call, e, name, body, keep):
    e.control.fault(name, "submit", keep_headers=keep)
    answer = call.submit()
    assert answer.status_code == 200 and len(e.jobs) == 1
    assert ("X-Process-ID" in answer.headers) == keep
    if body is not None:
        assert answer.content == body
    elif name == "json_array":
        assert answer.json()[0]["process_id"] == e.jobs[0].process_id
    else:
        assert set(answer.json()) == {"source_id", "eta"}


def test_a_spoilt_200_leaves_true_errors_alone(call, e):
    for name in ("not_json", "unknown_status", "progress_missing"):
        e.control.fault(name, "status")
        assert call.status("nobody").status_code == 404


def test_an_unknown_status_word_alone_and_in_the_list(call, e):
    job = call.job()
    e.control.fault("unknown_status", word="Rendering")
    e.control.fault("unknown_status", "list", word="Rendering")
    assert [call.state(job), call.state(job)] == ["Rendering", "Pending"]
    assert [row["status"] for row in call.http.get("/status").json()] == ["Rendering"]


def test_progress_missing_falling_and_odd(call, e, clock):
    job = call.job()
    clock.advance(3)
    e.control.fault("progress_missing")
    e.control.fault("progress_falling", times=3, step=30)
    e.control.fault("progress_odd", value=None)
    e.control.fault("fields_missing")
    rows = [call.status(job).json() for _ in range(7)]
    assert "progress" not in rows[0] and rows[0]["status"] == "Processing"
    assert [row["progress"] for row in rows[1:4]] == [70, 40, 10]
    assert rows[4]["progress"] is None and set(rows[5]) == {"process_id", "status"}
    assert rows[6]["progress"] == 16


def test_the_link_under_another_name_doubled_missing_or_odd(call, e):
    job = call.done()
    for name, params in [("url_only", {}), ("both_links", {}), ("no_link", {}), ("odd_link", {"link": "file:///etc"})]:
        e.control.fault(name, **params)
    alone, both, none, odd = (call.http.get(f"/download/{job}").json() for _ in range(4))
    assert set(alone) == {"url", "expiry"} and call.bare.get(alone["url"]).status_code == 200
    assert call.bare.get(both["download_url"]).status_code == 200 and both["url"] != both["download_url"]
    assert set(none) == {"expiry"} and odd["download_url"] == "file:///etc"


def test_a_redirect_of_the_api_is_a_trap_for_the_key(call, e):
    e.control.fault("redirect", "status")
    job = call.job()
    assert call.status(job).status_code == 302 and not e.strays
    e.control.fault("redirect", "status")
    call.http.get(f"/status/{job}", follow_redirects=True)
    assert len(e.strays) == 1
    assert [(leak.port, leak.where) for leak in e.leaks] == [("storage", "header x-api-key")]
    e.forgive()


def test_no_answer_until_the_client_gives_up(call, e):
    e.control.fault("stall", "submit", seconds=30)
    e.control.fault("stall_after", "submit", seconds=30)
    patience = httpx.Timeout(30.0, read=1.0)  # for the answer alone: nothing else is hurried
    for made in (0, 1):
        with pytest.raises(httpx.ReadTimeout):
            call.http.post("/matting/async", data={"model": "Object"}, files={"image": picture()}, timeout=patience)
        assert e.wait(lambda expected=made: len(e.jobs) == expected)
    assert [r.status for r in e.of("submit")] == [None, None]


@pytest.mark.parametrize("name", ["stall", "stall_after"])
def test_a_late_answer_is_the_normal_one(call, e, name):
    e.control.fault(name, "submit", seconds=0.05)
    assert call.submit().json()["process_id"] == e.jobs[0].process_id
    assert e.of("submit")[0].fault == name


def test_a_trickling_answer_is_whole_in_the_end(call, e):
    job = call.job()
    e.control.fault("trickle", "status", size=100, seconds=0.01)
    assert call.status(job).json() == call.status(job).json()


def test_a_request_without_effect_can_be_told_to_have_one(call, e):
    e.control.fault("rate_limit", "submit", handled=True)
    e.control.fault("error_after", "submit", handled=False)
    assert [call.submit().status_code for _ in range(2)] == [429, 500] and len(e.jobs) == 1


def test_a_fault_waits_for_its_turn_and_its_job(call, e):
    first, second = call.job(), call.job(picture(seed=1))
    e.control.fault("http_error", "status", status=503, only=second, after=2)
    assert [call.status(job).status_code for job in (first, second, first, second, second, first, second)] == [
        200, 200, 200, 200, 503, 200, 200]


def test_a_fault_for_a_file_name(call, e):
    e.control.fault("http_error", "submit", only="bad")
    assert [call.submit(name=name).status_code for name in ("good.png", "bad.png", "bad.png")] == [200, 500, 200]


def test_for_ever_and_until_cleared(call, e):
    e.control.fault("http_error", "status", times=None, status=504)
    job = call.job()
    assert {call.status(job).status_code for _ in range(5)} == {504}
    assert [fault.name for fault in e.control.left()] == ["http_error"]
    e.control.clear()
    assert call.status(job).status_code == 200 and e.control.left() == []


@pytest.mark.parametrize(("args", "params", "word"), [
    (("nonsense",), {}, "no fault"), (("bomb", "submit"), {}, "cannot happen on"),
    (("bomb",), {"wide": 3}, "has no 'wide'"), (("url_only",), {"x": 1}, "no choices"), (("drop", "x"), {}, "cannot")])
def test_what_the_catalogue_does_not_have_is_refused(e, args, params, word):
    with pytest.raises(ValueError, match=word):
        e.control.fault(*args, **params)


def test_every_fault_of_the_catalogue_is_tried_somewhere_here():
    from pathlib import Path

    texts = "".join(path.read_text("utf-8") for path in Path(__file__).parent.glob("test_fault*.py"))
    assert [name for name in KINDS if f'"{name}"' not in texts] == []
