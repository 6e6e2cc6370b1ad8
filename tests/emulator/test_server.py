"""Real servers: start, stop, no network, many at once."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.emulator import Emulator, FakeClock, RealClock
from tests.emulator.caller import Caller, picture


def test_ports_are_free_again_and_the_thread_is_gone():
    before = threading.active_count()
    with Emulator(clock=FakeClock()) as e, Caller(e) as call:
        call.result()
        ports = [httpx.URL(url).port for url in (e.root_url, e.storage_url)]
        assert len(set(ports)) == 2
    assert threading.active_count() == before
    for port in ports:
        with socket.socket() as sock:
            assert sock.connect_ex(("127.0.0.1", port)) != 0


def test_a_chosen_port_and_one_that_is_taken():
    with Emulator(clock=FakeClock()) as first:
        port = httpx.URL(first.root_url).port
        with pytest.raises(OSError, match="in use"):
            Emulator(port=port)
        with pytest.raises(OSError, match="in use"):
            Emulator(storage_port=port)
    with Emulator(clock=FakeClock(), port=port) as again:
        assert again.base_url == f"http://127.0.0.1:{port}/image/v1"


def test_two_at_once_know_nothing_of_each_other():
    with Emulator(clock=FakeClock()) as one, Emulator(clock=FakeClock()) as two, Caller(one) as a, Caller(two) as b:
        assert b.status(a.job()).status_code == 404
        assert (len(one.jobs), len(two.jobs)) == (1, 0)


def test_only_the_loopback_address_is_served(e):
    assert {port._socket.getsockname()[0] for port in e._ports} == {"127.0.0.1"}


def test_no_network_and_back_again(call, e):
    job = call.job()
    with e.offline():
        for _ in range(2):
            with pytest.raises(httpx.TransportError):
                call.status(job)
        with pytest.raises(httpx.ConnectError):
            httpx.get(e.base_url, trust_env=False)
        with pytest.raises(httpx.ConnectError):
            httpx.get(e.storage_url, trust_env=False)
    assert call.state(job) == "Pending" and len(e.of("status")) == 1


@pytest.mark.parametrize("fault", [("stall", {"seconds": 60}), ("trickle", {"size": 1, "seconds": 60}), ("huge", {})])
def test_leaving_does_not_wait_for_what_still_runs(fault):
    name, params = fault
    with Emulator(clock=FakeClock()) as e, Caller(e) as call:
        link = call.link(call.done())
        e.control.fault(name, "storage", **params)
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(call.bare.get, link, timeout=30)
            assert e.wait(lambda: e.of("storage"))
            e.stop()
            assert isinstance(asked.exception(20), httpx.TransportError)
    assert not e._world.crashes


def test_leaving_in_the_middle_of_a_cut_says_nothing(caplog):
    begun, go_on = threading.Event(), threading.Event()

    def slow(rgb):
        begun.set()
        go_on.wait(20)
        return rgb[..., 0]

    with Emulator(clock=FakeClock(), cutter=slow) as e, Caller(e) as call, ThreadPoolExecutor(2) as pool:
        link = call.link(call.done())
        asked = pool.submit(call.bare.get, link, timeout=30)
        assert begun.wait(20)
        stopped = pool.submit(e.stop)
        assert isinstance(asked.exception(20), httpx.TransportError)
        go_on.set()
        stopped.result(20)
    assert not caplog.records and not e._world.crashes


def test_an_eager_emulator_cuts_at_the_submit_and_only_what_completes(clock):
    cuts = []
    with Emulator("live", clock=clock, cutter=lambda rgb: cuts.append(rgb.shape) or rgb[..., 0], eager=True) as e:
        with Caller(e) as call:
            call.job(picture(5, 5), model="RemoveBG")
            job = call.done(picture(6, 6))
            assert call.bare.get(call.link(job)).status_code == 200
        assert cuts == [(6, 6, 3)]


def test_a_client_that_hangs_up_while_sending_does_no_harm(call, e):
    head = (f"POST /image/v1/matting/async HTTP/1.1\r\nHost: x\r\nX-API-Key: {e.key}\r\n"
            "Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 9999\r\n\r\n--b\r\n")
    with socket.create_connection(("127.0.0.1", httpx.URL(e.root_url).port)) as sock:
        sock.sendall(head.encode())
        assert e.wait(lambda: e.of("submit"))
    assert e.wait(lambda: not e._world.in_flight["submit"])
    assert not e.jobs and e.of("submit")[0].status is None and call.submit().status_code == 200


def test_fifty_at_once_under_bursts_of_429(e):
    e.control.fault("rate_limit", "submit", times=40)
    e.control.fault("rate_limit", "status", times=40)

    def one(number: int) -> str:
        with Caller(e) as call:
            for _ in range(100):
                answer = call.submit(picture(8, 8, seed=number), name=f"{number}.png")
                if answer.status_code == 200:
                    return str(answer.json()["process_id"])
        raise AssertionError("never through")

    with ThreadPoolExecutor(8) as pool:
        jobs = list(pool.map(one, range(50)))
    assert len(set(jobs)) == 50 and e.ledger.reserved == 50 and not e.paid_twice()
    assert sum(r.status == 429 for r in e.of("submit")) == 40 and len(e.of("submit")) == 90
    assert 1 <= e.most["submit"] <= 8 and e.most["jobs"] == 50


def test_the_last_credit_is_given_once(e):
    e.control.account.credits = 7

    def one(number: int) -> int:
        with Caller(e) as call:
            return call.submit(picture(seed=number)).status_code

    with ThreadPoolExecutor(6) as pool:
        seen = list(pool.map(one, range(20)))
    assert (seen.count(200), seen.count(402)) == (7, 13) and e.ledger.available == 0


def test_waiting_for_what_does_not_come_ends(e):
    assert not e.wait(lambda: e.jobs, 0.01)


def test_real_time_runs_and_can_be_advanced(clock):
    real = RealClock()
    first = real.now()
    assert abs(first - time.time()) < 5
    real.advance(1000)
    assert 1000 <= real.now() - first < 1060
    with Emulator(pending=0, processing=0) as e, Caller(e) as call:
        assert call.state(call.job()) == "Completed"


def test_a_fake_clock_moves_only_when_told():
    clock = FakeClock(5.0)
    clock.advance(2)
    clock.sleep(3)
    assert (clock.now(), clock.slept) == (10.0, [3])
    with pytest.raises(ValueError, match="backwards"):
        clock.advance(-1)
