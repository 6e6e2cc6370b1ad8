"""What a client may say, in any order and badly, and what becomes of its jobs when it goes."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.worker import connection, session
from cutaway.worker.protocol import MAX_LINE
from tests.worker.conftest import Running
from tests.worker.fake_core import PASSWORD
from tests.worker.raw_client import RawClient


def open_job(client: RawClient, height: int = 2, width: int = 3) -> tuple[str, Path]:
    """A job with a picture in it."""
    said = client.call("open", "job.open")
    np.save(Path(said["folder"]) / "picture.npy", np.zeros((height, width, 3), np.uint8))
    return said["job"], Path(said["folder"])


def ask_run(client: RawClient, id: Any, job: str, model: str = "auto", **more: Any) -> None:
    client.ask(id, "job.run", job=job, picture={"file": "picture.npy"}, settings={"model": model}, **more)


def wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.01)


def test_a_line_that_is_too_long_ends_the_connection(server: Running) -> None:
    with server.client() as client:
        client.link.sendall(b"x" * (MAX_LINE + 10))
        assert client.hear()["error"]["message"] == "A message is too long."
        assert client.is_ended()
    with server.client() as another:
        assert another.call(1, "status")["running"] is None


def test_the_longest_line_is_taken(server: Running) -> None:
    with server.client() as client:
        line = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "status", "params": {}}).encode()
        client.say(line + b" " * (MAX_LINE - len(line)))
        assert "result" in client.answer(1)


def test_several_messages_in_one_piece_and_one_in_several(server: Running) -> None:
    with server.client() as client:
        line = b'{"jsonrpc": "2.0", "id": 1, "method": "status"}\n'
        client.link.sendall(line + b"\n" + line.replace(b"1", b"2", 1)[:10])
        assert client.answer(1)
        time.sleep(0.05)
        client.link.sendall(b'": "2.0", "id": "two", "method": "status"}\n')
        assert client.hear()["error"]["code"] == -32700  # the piece above made nonsense of it
        client.link.sendall(line)
        assert client.answer(1)


@pytest.mark.parametrize("line", [
    b"\xff\xfe", b"{", b"NaN", b'{"jsonrpc": "2.0", "id": NaN, "method": "status"}', b"[" * 100_000, b"null", b"7",
    b'"x"',
    b'{"jsonrpc": "2.0", "method": "status"}', b'{"jsonrpc": "2.0", "id": true, "method": "status"}',
    b'{"jsonrpc": "2.0", "id": null, "method": "status"}', b'{"jsonrpc": "2.0", "id": {}, "method": "status"}',
    b'{"jsonrpc": "2.0", "id": 1.5, "method": "status"}', b'{"jsonrpc": "2.0", "id": ' + b"1" * 5000 + b"}",
])
def test_nonsense_is_answered_with_the_id_null_and_survived(server: Running, line: bytes) -> None:
    with server.client() as client:
        client.say(line)
        message = client.hear()
        assert message["id"] is None and message["error"]["data"]["code"] == "protocol"
        assert client.call(1, "status")["pid"]


def test_an_id_that_is_under_way_is_refused(server: Running) -> None:
    with server.client() as client:
        job, _ = open_job(client)
        ask_run(client, 1, job, "slow")
        assert server.core.started.wait(5)
        client.ask(1, "status")
        assert client.answer(None)["error"]["message"] == "A request with this id is under way."
        client.ask(2, "cancel", id=1)
        assert client.answer(1)["error"]["data"]["code"] == "cancelled"


def test_hello_comes_once(server: Running) -> None:
    with server.client() as client:
        assert client.hello()["error"]["data"]["code"] == "protocol"
        assert client.call(1, "status")


def test_a_hello_without_its_parameters_ends_the_connection(server: Running) -> None:
    with RawClient(server.home.run) as client:
        client.ask(1, "hello", protocol=1)
        assert client.answer(1)["error"]["code"] == -32602
        assert client.is_ended()


def test_who_says_nothing_is_let_go(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "HELLO_S", 0.1)
    with RawClient(server.home.run) as client:
        assert client.is_ended()


def test_light_requests_are_answered_while_a_heavy_one_runs(server: Running) -> None:
    with server.client() as client, server.client() as other:
        job, _ = open_job(client)
        ask_run(client, 1, job, "slow")
        assert server.core.started.wait(5)
        for one in (client, other):
            assert one.call(2, "status")["running"] == "job.run"
            assert one.call(3, "models.list")["models"]
        other_job, _ = open_job(other)
        ask_run(other, 4, other_job)
        assert other.hear()["params"] == {"id": 4, "place": 1}
        client.call(5, "cancel", id=1)
        assert other.answer(4)["result"]["mask"] == "out-mask.npy"


def test_a_lost_connection_cancels_its_requests_and_deletes_its_folders(server: Running) -> None:
    client, other = server.client(), server.client()
    with other:
        job, folder = open_job(client)
        other_job, other_folder = open_job(other)
        ask_run(client, 1, job, "slow")
        ask_run(client, 2, job)
        assert server.core.started.wait(5)
        ask_run(other, 3, other_job)
        client.link.close()
        assert other.answer(3)["result"]["mask"] == "out-mask.npy"
        wait_until(lambda: not folder.exists())
        assert (other_folder / "out-mask.npy").exists()
        assert server.core.done.count("remove auto") == 1, "the waiting request of the lost connection did not run"


def test_closing_a_job_cancels_what_runs_in_it_and_is_answered_at_once(server: Running) -> None:
    with server.client() as client:
        job, folder = open_job(client)
        ask_run(client, 1, job, "slow")
        assert server.core.started.wait(5)
        client.ask(2, "job.close", job=job)
        answers = {message["id"]: message for message in (client.hear() for _ in range(5)) if "id" in message}
        assert answers[2]["result"] == {}
        assert answers[1]["error"]["data"]["code"] == "cancelled"
        wait_until(lambda: not folder.exists())


def test_a_cancel_reaches_requests_of_the_same_connection_only(server: Running) -> None:
    with server.client() as client, server.client() as other:
        job, _ = open_job(client)
        ask_run(client, 1, job, "slow:0.3")
        assert server.core.started.wait(5)
        assert other.call(1, "cancel", id=1) == {"found": False}
        assert "result" in client.answer(1)


def test_a_defect_is_an_answer_and_the_log_keeps_its_secrets(server: Running) -> None:
    with server.client() as client:
        job, _ = open_job(client)
        ask_run(client, 1, job, "fail")
        error = client.answer(1)["error"]
        assert error["code"] == -32603 and error["data"]["code"] == "error" and "worker.log" in error["data"]["hint"]
        assert PASSWORD not in json.dumps(error)
        ask_run(client, 2, job, "memory")
        assert client.answer(2)["error"]["data"]["code"] == "out_of_memory"
        ask_run(client, 3, job)
        assert "result" in client.answer(3)
    text = server.log.path.read_text()
    assert "RuntimeError" in text and "fake_core.py" in text and PASSWORD not in text


def test_an_answer_that_would_be_too_long_is_an_error(server: Running) -> None:
    with server.client() as client:
        job, _ = open_job(client)
        ask_run(client, 1, job, "tiles:200000")
        assert client.answer(1)["error"]["message"] == "The answer is too long for a message."
        assert client.call(2, "status")


def test_a_client_that_does_not_read_holds_up_nobody(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "SEND_S", 0.2)
    deaf = server.client()
    with deaf, server.client() as other:
        try:
            for id in range(100_000):
                deaf.ask(id, "status")
        except OSError:
            pass  # let go of
        assert other.call(1, "status")
        job, _ = open_job(other)
        ask_run(other, 2, job)
        assert "result" in other.answer(2)


def test_a_stop_cuts_requests_short_and_says_so(server: Running) -> None:
    with server.client() as client, server.client() as other:
        job, _ = open_job(client)
        ask_run(client, 1, job, "slow")
        assert server.core.started.wait(5)
        assert other.call(1, "stop", when="now") == {}
        assert client.answer(1)["error"]["data"]["code"] == "worker_lost"
        assert client.is_ended()
    server.thread.join(10)
    assert server.status == [0] and list(server.jobs_folder.iterdir()) == []
