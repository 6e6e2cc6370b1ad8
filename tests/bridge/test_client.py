"""The client against a worker that follows a script."""

from __future__ import annotations

import itertools
import os
import time
from pathlib import Path
from typing import Any

import pytest

from cutaway_bridge import address
from cutaway_bridge import client as module
from cutaway_bridge.client import Client
from cutaway_bridge.errors import BridgeError
from cutaway_bridge.installation import Installation
from tests.bridge.fake_server import FakeServer, error, hang_up, nothing, result, several

STRANGER = 54321


def progress(server: FakeServer, request: dict[str, Any]) -> None:
    for fraction in (0.25, 0.5):
        server.say(method="progress", params={"id": request["id"], "fraction": fraction, "text": "At it"})
    server.say(id=request["id"], result={"done": True})


def test_hello_says_who_it_is(installed: Installation, client: Client) -> None:
    with FakeServer(Path(installed.home), {}) as server:
        client.connect()
        assert client.connected and client.worker["pid"] == 1
        assert server.heard[0]["params"] == {"protocol": 1, "version": "0.1.0", "client": "test"}


def test_a_call_has_a_result_or_an_error(installed: Installation, client: Client) -> None:
    with FakeServer(Path(installed.home), {
            "status": result({"pid": 1}), "models.get": error("model_unknown", "No such model.", "See the list.")}):
        client.connect()
        assert client.call("status") == {"pid": 1}
        with pytest.raises(BridgeError) as caught:
            client.call("models.get", {"name": "hat"})
        assert (caught.value.code, caught.value.message, caught.value.hint) == (
            "model_unknown", "No such model.", "See the list.")
        assert client.connected


def test_progress_is_told(installed: Installation, client: Client) -> None:
    told: list[tuple[float, str]] = []
    with FakeServer(Path(installed.home), {"models.get": progress}):
        client.connect()
        assert client.call("models.get", on_progress=lambda *said: told.append(said)) == {"done": True}
    assert told == [(0.25, "At it"), (0.5, "At it")]


def test_what_belongs_to_another_request_is_kept_for_poll(installed: Installation, client: Client) -> None:
    def both(server: FakeServer, request: dict[str, Any]) -> None:
        server.say(method="progress", params={"id": 2, "fraction": 0.5, "text": ""})
        server.say(id=2, result="late")
        server.say(id=request["id"], result="now")

    with FakeServer(Path(installed.home), {"job.run": nothing, "status": both}):
        client.connect()
        assert client.request("job.run") == 2
        assert client.call("status") == "now"
        assert [module.id_of(message) for message in client.poll()] == [2, 2]
        assert client.poll() == []


def test_what_comes_in_one_piece_with_the_answer_is_kept_too(installed: Installation, client: Client) -> None:
    def both(server: FakeServer, request: dict[str, Any]) -> None:
        server.say_bytes(
            b'{"jsonrpc": "2.0", "id": 3, "result": "now"}\n{"jsonrpc": "2.0", "id": 2, "result": "after it"}\n')

    with FakeServer(Path(installed.home), {"job.run": nothing, "status": both}):
        client.connect()
        client.request("job.run")
        assert client.call("status") == "now"
        assert [message["result"] for message in client.poll(5)] == ["after it"]


def test_a_call_as_a_generator_and_one_that_is_left(installed: Installation, client: Client) -> None:
    replies = {"status": result("ok"), "job.run": nothing, "cancel": nothing}
    with FakeServer(Path(installed.home), replies) as server:
        client.connect()
        for _ in client.calling("status"):
            pass
        assert client.answer == "ok"
        calling = client.calling("job.run")
        next(calling)
        calling.close()
        assert client.call("status") == "ok"
        assert server.methods() == ["hello", "status", "job.run", "cancel", "status"]


def test_a_generator_that_is_left_after_the_connection_was_lost(installed: Installation, client: Client) -> None:
    with FakeServer(Path(installed.home), {"job.run": nothing}) as server:
        client.connect()
        calling = client.calling("job.run")
        next(calling)
        server.hang_up()
        calling.close()


def test_after_a_cancel_whatever_arrives_is_dropped(installed: Installation, client: Client) -> None:
    def late(server: FakeServer, request: dict[str, Any]) -> None:
        cancelled = request["params"]["id"]
        server.say(method="progress", params={"id": cancelled, "fraction": 0.9, "text": ""})
        server.say(id=cancelled, result="finished after all")
        server.say(id=request["id"], result={"found": True})

    with FakeServer(Path(installed.home), {"job.run": nothing, "cancel": late, "status": result("ok")}) as server:
        client.connect()
        request = client.request("job.run")
        client.cancel(request)
        assert client.call("status") == "ok"
        assert client.poll(0.05) == []
        assert server.heard[-2]["params"] == {"id": request}
        assert client._dropped == set()


def test_no_answer_in_time_is_cancelled(installed: Installation, client: Client) -> None:
    with FakeServer(Path(installed.home), {"job.run": nothing, "cancel": nothing, "status": result("ok")}) as server:
        client.connect()
        with pytest.raises(BridgeError) as caught:
            client.call("job.run", timeout=0.05)
        assert caught.value.code == "worker_busy"
        assert client.call("status") == "ok"
        assert server.methods() == ["hello", "job.run", "cancel", "status"]


def test_a_lost_connection_comes_with_the_tail_of_the_log(installed: Installation, client: Client) -> None:
    with FakeServer(Path(installed.home), {"job.run": hang_up}):
        Path(installed.log).write_text("the last words\n")
        client.connect()
        with pytest.raises(BridgeError) as caught:
            client.call("job.run")
        assert caught.value.code == "worker_lost" and caught.value.log == "the last words\n"
        assert not client.connected
        with pytest.raises(BridgeError, match="ended unexpectedly"):
            client.request("status")


@pytest.mark.parametrize("data", [b"what?\n", b"[]\n", b"x" * (2 << 20)])
def test_a_worker_that_sends_nonsense_is_left(installed: Installation, client: Client, data: bytes) -> None:
    with FakeServer(Path(installed.home), {"status": lambda server, request: server.say_bytes(data)}):
        client.connect()
        with pytest.raises(BridgeError) as caught:
            client.call("status")
        assert caught.value.code == "protocol" and not client.connected


def test_an_adapter_of_another_protocol_does_not_even_connect(installed: Installation, client: Client) -> None:
    installed.protocol = 2
    with FakeServer(Path(installed.home), {}) as server:
        with pytest.raises(BridgeError) as caught:
            client.connect()
        assert caught.value.code == "version_mismatch" and "installer" in caught.value.hint
        assert server.heard == []


@pytest.mark.parametrize("hello", [
    result({"protocol": 1, "version": "0.0.9", "pid": 1}), error("version_mismatch")])
def test_a_worker_of_another_version_is_asked_to_leave(installed: Installation, client: Client, hello: Any) -> None:
    def leave(server: FakeServer, request: dict[str, Any]) -> None:
        server.say(id=request["id"], result={})
        server._path.unlink()
        server.hang_up()

    with FakeServer(Path(installed.home), {"hello": hello, "stop": leave}) as server:
        with pytest.raises(BridgeError) as caught:
            client.connect(timeout=5)
        assert caught.value.code == "worker_lost", "the start that followed failed, since this installation is a fake"
        assert "No module named cutaway" in caught.value.log
        assert server.heard[1]["params"] == {"when": "idle"}


def test_one_that_does_not_leave_is_waited_for_no_longer_than_said(installed: Installation, client: Client) -> None:
    with FakeServer(Path(installed.home), {"stop": nothing}, version="0.0.9"):
        with pytest.raises(BridgeError) as caught:
            client.connect(timeout=0.1)
        assert caught.value.code == "worker_busy" and "still at work" in caught.value.message
        assert not client.connected


def test_a_hello_that_is_refused_is_told(installed: Installation, client: Client) -> None:
    with FakeServer(Path(installed.home), {"hello": error("protocol", "The token is wrong.")}):
        with pytest.raises(BridgeError, match="The token is wrong"):
            client.connect()
        assert not client.connected


def test_a_worker_that_ends_in_the_greeting_is_replaced(installed: Installation, client: Client) -> None:
    good = result({"protocol": 1, "version": "0.1.0", "pid": 2})
    with FakeServer(Path(installed.home), {"hello": several(hang_up, good)}):
        client.connect(timeout=5)
        assert client.worker["pid"] == 2


def test_a_start_that_fails_is_told_with_the_log(installed: Installation, client: Client) -> None:
    with pytest.raises(BridgeError) as caught:
        client.connect(timeout=10)
    assert caught.value.code == "worker_lost" and "right after its start" in caught.value.message
    assert "No module named cutaway" in caught.value.log and installed.log in caught.value.hint


def test_somebody_elses_start_is_waited_for(installed: Installation, client: Client) -> None:
    address.private_folder(installed.run)
    other = module.starter.Lock(os.path.join(installed.run, "start.lock"))
    assert other.take()
    connecting = client.connecting(timeout=5)
    for _ in range(3):
        next(connecting)
    with FakeServer(Path(installed.home), {}) as server:
        for _ in connecting:
            pass
        assert client.connected and server.methods() == ["hello"]
    other.free()


def test_waiting_for_it_has_an_end(installed: Installation, client: Client) -> None:
    address.private_folder(installed.run)
    other = module.starter.Lock(os.path.join(installed.run, "start.lock"))
    assert other.take()
    with pytest.raises(BridgeError) as caught:
        client.connect(timeout=0.05)
    assert caught.value.code == "worker_busy"
    other.free()


def test_connecting_is_a_generator_that_can_be_left(installed: Installation, client: Client) -> None:
    Path(installed.python).write_text("#!/bin/sh\nexec sleep 0.5\n")
    connecting = client.connecting(timeout=5)
    next(connecting)
    connecting.close()
    lock = module.starter.Lock(os.path.join(installed.run, "start.lock"))
    assert lock.take(), "the start lock is free again"
    lock.free()


def test_reach_never_starts_anything(installed: Installation, client: Client) -> None:
    assert client.reach() is False
    assert not Path(installed.run).exists()
    with FakeServer(Path(installed.home), {"status": result("ok")}, version="0.0.9"):
        assert client.reach() is True
        assert client.call("status") == "ok"


def test_stop(installed: Installation, client: Client) -> None:
    assert client.stop() is False
    with FakeServer(Path(installed.home), {"hello": error("version_mismatch"), "stop": hang_up}) as server:
        assert client.stop("now") is True
        assert server.heard[1]["params"] == {"when": "now"}
        assert not client.connected


def test_a_folder_open_to_others_is_refused(installed: Installation, client: Client) -> None:
    with FakeServer(Path(installed.home), {}) as server:
        Path(installed.run).chmod(0o777)
        with pytest.raises(BridgeError, match="open to other users"):
            client.connect()
        assert server.heard == []


def test_another_users_folder_is_refused(
    installed: Installation, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeServer(Path(installed.home), {}) as server:
        monkeypatch.setattr(os, "getuid", lambda: STRANGER)
        with pytest.raises(BridgeError, match="belongs to one"):
            client.connect()
        assert server.heard == []


def test_a_dead_workers_socket_is_nobody(installed: Installation) -> None:
    with FakeServer(Path(installed.home), {}) as server:
        path = server._path
    import socket

    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    assert path.exists()
    assert address.connect(installed.run, 1.0) is None


@pytest.mark.parametrize("text", [None, "", "{}", '{"port": "x", "token": "t"}', '{"port": 1, "token": "t"}', "[]"])
def test_a_useless_tcp_file_is_nobody(installed: Installation, text: str | None) -> None:
    address.private_folder(installed.run)
    if text is not None:
        Path(installed.run, "worker.tcp").write_text(text)
    assert address.connect(installed.run, 1.0) is None


def test_waiting_for_an_answer_does_not_spin(installed: Installation, client: Client) -> None:
    def later(server: FakeServer, request: dict[str, Any]) -> None:
        time.sleep(0.2)
        server.say(id=request["id"], result="ok")

    rounds = 0
    poll = client.poll

    def counted(timeout: float) -> list[dict[str, Any]]:
        nonlocal rounds
        rounds += 1
        return poll(timeout)

    with FakeServer(Path(installed.home), {"status": later}):
        client.connect()
        client.poll = counted
        assert client.call("status") == "ok"
    assert 1 <= rounds <= 50


class FakeClock:
    """In the place of the module time: nobody may wait by it, and it goes on by itself at every look."""

    def __init__(self, step: float = 0.01) -> None:
        self.now, self.step, self.slept = 1000.0, step, 0

    def time(self) -> float:
        self.now += self.step
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept += 1


def test_one_that_does_not_wait_leaves_the_waiting_to_who_drives_it(
    installed: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    receive = module.wire.Connection.receive

    def received(link: Any, timeout: float) -> list[dict[str, Any]]:
        asked.append(timeout)
        return receive(link, timeout)

    monkeypatch.setattr(module.wire.Connection, "receive", received)
    with FakeServer(Path(installed.home), {"status": result("ok")}) as server, Client(
            installed, "test", waits=False) as client:
        for _ in client.connecting():
            time.sleep(0.001)
        for _ in client.calling("status"):
            time.sleep(0.001)
        assert client.answer == "ok" and set(asked) == {0.0}
        asked.clear()
        assert client.call("status") == "ok" and set(asked) == {module.POLL_S}, "a call waits nevertheless"
        client.tell("status", {})
        assert client.call("status") == "ok" and client.poll() == [], "nobody hears of what was only told"
        assert server.methods() == ["hello", "status", "status", "status", "status"]


def test_one_that_waits_waits_in_the_generators(installed: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[float] = []
    receive = module.wire.Connection.receive
    monkeypatch.setattr(
        module.wire.Connection, "receive", lambda link, timeout: asked.append(timeout) or receive(link, timeout))
    with FakeServer(Path(installed.home), {"status": result("ok")}), Client(installed, "test") as client:
        client.connect()
        for _ in client.calling("status"):
            pass
    assert set(asked) == {module.POLL_S}


def test_a_start_is_not_waited_for_either(installed: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody else starts the worker; then the worker before keeps its lock; both are gone round without a sleep."""
    clock = FakeClock()
    monkeypatch.setattr(module, "time", clock)
    address.private_folder(installed.run)
    other = module.starter.Lock(os.path.join(installed.run, "start.lock"))
    assert other.take()
    started: list[float] = []

    class FakeProcess:
        def poll(self) -> int:
            return int(module.starter.ALREADY_RUNNING)

    monkeypatch.setattr(module.starter, "start", lambda place: started.append(clock.now) or FakeProcess())
    with Client(installed, "test", waits=False) as client:
        connecting = client.connecting(timeout=60)
        for _ in range(3):
            next(connecting)
        assert not started
        other.free()
        while len(started) < 3:
            next(connecting)
        connecting.close()
    assert clock.slept == 0
    assert all(later - sooner >= module.AGAIN_S for sooner, later in itertools.pairwise(started))
