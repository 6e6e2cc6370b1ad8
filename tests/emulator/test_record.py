"""What is written down, and the trap for the key."""

import httpx
import pytest

from tests.emulator import KEY, Emulator, FakeClock, KeyLeaked
from tests.emulator.caller import Caller, picture
from tests.emulator.gate import Gate


def test_every_request_is_written_down_in_order(call, e, clock):
    job = call.job()
    clock.advance(60)
    call.status(job)
    call.bare.get(call.link(job))
    assert [(r.operation, r.port, r.method, r.status) for r in e.requests] == [
        ("submit", "api", "POST", 200), ("status", "api", "GET", 200), ("download", "api", "GET", 200),
        ("storage", "storage", "GET", 200)]
    assert [r.process_id for r in e.requests] == [job] * 4
    assert [r.number for r in e.requests] == [0, 1, 2, 3]
    assert e.requests[0].at == clock.now() - 60 and e.requests[1].path == f"/image/v1/status/{job}"
    assert e.requests[3].sent == len(call.bare.get(call.link(job)).content)


def test_no_record_holds_the_key(call, e):
    call.job()
    call.http.get(f"/status/{KEY}", params={"key": KEY}, headers={"User-Agent": f"me {KEY}"})
    call.submit(picture(), note=f"my key is {KEY}")
    text = repr(e.requests) + repr(e.leaks) + repr(e._world.chance)
    assert KEY not in text and "'x-api-key': '<key>'" in text and "note" in text
    assert e.leaks
    e.forgive()


@pytest.mark.parametrize(("sent", "where"), [
    ({"headers": {"X-API-Key": KEY}}, ["header x-api-key"]),
    ({"headers": {"x-api-key": "other"}}, ["header x-api-key"]),
    ({"headers": {"Authorization": "Bearer x"}}, ["header authorization"]),
    ({"headers": {"Authorization": f"Bearer {KEY}"}}, ["header authorization"]),
    ({"headers": {"User-Agent": f"a {KEY} b"}}, ["header user-agent"]), ({"headers": {KEY: "x"}}, ["a header's name"]),
    ({"params": {"k": KEY}}, ["query", "query, unquoted"]), ({"content": f"..{KEY}..", "method": "POST"}, ["body"]),
    ({"headers": {"Referer": f"http://a/?{KEY}"}}, ["header referer"]), ({"headers": {"Cookie": "a=b"}}, []), ({}, []),
])
def test_the_key_is_caught_at_the_storage(call, e, sent, where):
    sent = dict(sent)
    for path in ("/results/x.png", "/elsewhere/x", "/"):
        call.bare.request(sent.get("method", "GET"), e.storage_url + path, **{
            name: value for name, value in sent.items() if name != "method"})
    assert {leak.where.lower() for leak in e.leaks} == set(where)
    assert len(e.leaks) == 3 * len(where) and all(leak.port == "storage" for leak in e.leaks)
    e.forgive()


@pytest.mark.parametrize(("sent", "where"), [
    ({"params": {"api_key": KEY}}, ["query", "query, unquoted"]), ({"headers": {"Authorization": KEY}},
                                                                  ["header authorization"]),
    ({"content": KEY}, ["body"]), ({"headers": {"X-API-Key": KEY}}, []),
])
def test_the_key_is_caught_beside_its_header_on_the_api_too(call, e, sent, where):
    call.http.request("GET", "/status", **sent)
    assert [leak.where for leak in e.leaks] == where
    e.forgive()


def test_a_wrong_key_is_a_secret_too(e):
    with Caller(e, "somebody-elses-key") as call:
        call.status("x")
        call.bare.get(f"{e.storage_url}/?q=somebody-elses-key")
    assert [leak.where for leak in e.leaks] == ["query", "query, unquoted"]
    assert "somebody" not in repr(e.requests)
    e.forgive()


def test_leaving_with_a_leak_fails_the_test():
    with pytest.raises(KeyLeaked, match="header x-api-key of GET / \\(storage\\)"), Emulator(clock=FakeClock()) as e:
        httpx.get(e.storage_url, headers={"X-API-Key": e.key}, trust_env=False)
    with Emulator(clock=FakeClock(), strict=False) as e:
        httpx.get(e.storage_url, headers={"X-API-Key": e.key}, trust_env=False)
    assert len(e.leaks) == 1


def test_an_error_of_the_test_is_not_hidden_by_a_leak():
    with pytest.raises(ZeroDivisionError), Emulator(clock=FakeClock()) as e:
        httpx.get(e.storage_url, headers={"X-API-Key": e.key}, trust_env=False)
        raise ZeroDivisionError


def test_leaving_after_a_defect_of_the_emulator_fails_the_test(caplog):
    def broken(rgb):
        raise ArithmeticError("the cutter broke")

    with (pytest.raises(RuntimeError, match="defect") as caught,
          Emulator(clock=FakeClock(), cutter=broken) as e, Caller(e) as call):
        assert call.bare.get(call.link(call.done())).status_code == 500
    assert isinstance(caught.value.__cause__, ArithmeticError)


def test_the_gate_names_its_port(e):
    assert Gate(e._world, "storage").port == "storage"
