"""The main loop: idle times, stops, too many clients."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cutaway.errors import ModelMissing
from cutaway.worker import server as module
from cutaway.worker.executor import STUCK
from cutaway.worker.limits import Limits
from tests.worker.conftest import Running
from tests.worker.fake_core import FakeCore
from tests.worker.raw_client import RawClient
from tests.worker.test_session import ask_run, open_job, wait_until


def test_the_model_is_loaded_before_anybody_asks(server: Running) -> None:
    with server.client() as client:
        wait_until(lambda: client.call(1, "status")["models"] == [{"name": "fake", "provider": "CPU"}])
    assert server.core.done == ["preload"]


def test_no_model_to_load_ahead_is_no_failure(serving: Callable[..., Running], monkeypatch: pytest.MonkeyPatch) -> None:
    def preload(self: FakeCore) -> None:
        raise ModelMissing("No model is on this computer.", "Get one.")

    monkeypatch.setattr(FakeCore, "preload", preload)
    running = serving()
    with running.client() as client:
        wait_until(lambda: "No model is loaded ahead: model_missing." in running.log.path.read_text())
        assert client.call(1, "status")["models"] == []
        assert "Traceback" not in running.log.path.read_text()


def test_models_are_unloaded_after_their_time_and_once(serving: Callable[..., Running]) -> None:
    running = serving(Limits(unload_after_s=0.1, exit_after_s=60))
    with running.client() as client:
        job, _ = open_job(client)
        wait_until(lambda: "unload" in running.core.done)
        assert client.call(2, "status")["models"] == []
        ask_run(client, 3, job)
        assert "result" in client.answer(3)
        wait_until(lambda: running.core.done.count("unload") == 2)
    assert running.core.done == ["preload", "unload", "remove auto", "unload"]


def test_it_ends_itself_after_its_time(serving: Callable[..., Running]) -> None:
    running = serving(Limits(unload_after_s=60, exit_after_s=0.2))
    running.thread.join(10)
    assert running.status == [0]
    assert not (running.home.run / "worker.sock").exists()
    assert "Nothing to do for long" in running.log.path.read_text()


def test_an_open_job_keeps_it_and_an_open_connection_does_not(serving: Callable[..., Running]) -> None:
    running = serving(Limits(unload_after_s=60, exit_after_s=0.2))
    with running.client() as client:
        job, _ = open_job(client)
        running.thread.join(0.6)
        assert running.thread.is_alive()
        client.call(1, "job.close", job=job)
        assert client.is_ended()
    running.thread.join(10)
    assert running.status == [0]


def test_stop_when_idle_waits_for_the_last_job_and_lets_nobody_in(server: Running) -> None:
    with server.client() as client, server.client() as other:
        job, _ = open_job(client)
        ask_run(client, 1, job, "slow:0.2")
        assert server.core.started.wait(5)
        assert other.call(1, "stop", when="idle") == {}
        wait_until(lambda: not (server.home.run / "worker.sock").exists())
        assert "result" in client.answer(1)
        client.call(2, "job.close", job=job)
        assert client.is_ended()
    server.thread.join(10)
    assert server.status == [0]


def test_stop_now_after_stop_when_idle_is_now(server: Running) -> None:
    server.server.stop("now")
    server.server.stop("idle")
    server.thread.join(10)
    assert server.status == [0]


def test_an_unknown_when_is_refused(server: Running) -> None:
    with server.client() as client:
        client.ask(1, "stop", when="later")
        assert client.answer(1)["error"]["data"]["code"] == "protocol"
        assert client.call(2, "status")


def test_a_stop_that_a_request_does_not_heed_ends_the_process(serving: Callable[..., Running]) -> None:
    running = serving(grace_s=0.1)
    client = running.client()
    with client:
        job, _ = open_job(client)
        ask_run(client, 1, job, "hang:0.6")
        assert running.core.started.wait(5)
        running.server.stop("now")
        running.thread.join(10)
        assert STUCK in running.deaths and running.status == [STUCK]
        assert "did not stop" in running.log.path.read_text()
        assert client.answer(1)["error"]["data"]["code"] == "worker_lost"


def test_there_is_an_end_to_connections(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2)
    with server.client() as one, server.client():
        with RawClient(server.home.run) as third:
            assert third.is_ended()
        assert one.call(1, "status")
