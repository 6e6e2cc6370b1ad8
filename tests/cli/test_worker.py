"""``cutaway worker``: looks at the background process or ends it, and never starts one."""

from __future__ import annotations

import json

import pytest

from cutaway.worker import protocol
from cutaway_cli.worker import DOING
from tests.cli.fake_worker import FakeDeath, FakeFailure


def test_status(cutaway, worker):
    outcome = cutaway("worker", "status")
    assert (outcome.code, outcome.err) == (0, "")
    for said in (f"process {worker.pid}", "removing a background, 2 waiting", "u2netp (CPU)", "210 MB", "61 s",
                 "10 min", "/somewhere/worker.log"):
        assert said in outcome.out


def test_status_of_an_idle_worker_that_does_not_know_its_memory(cutaway, worker):
    usual = worker.usual_status
    worker.scripts["status"] = lambda request: {
        **usual(request), "running": None, "waiting": 0, "models": [], "memory_mb": None}
    said = [line.split(maxsplit=1) for line in cutaway("worker", "status").out.splitlines()[1:]]
    assert ["does", "nothing, 0 waiting"] in said and ["models", "none"] in said and ["memory", "unknown"] in said


def test_every_request_that_takes_long_has_a_word():
    assert {None, *protocol.HEAVY, *protocol.LANE} == set(DOING)


def test_status_for_scripts(cutaway, worker):
    said = json.loads(cutaway("worker", "status", "--json").out)
    assert said["running"] is True and said["status"]["waiting"] == 2


@pytest.mark.parametrize("words", [("status",), ("stop",), ("stop", "--when-idle")])
def test_nothing_is_started(cutaway, home, words):
    outcome = cutaway("worker", *words)
    assert outcome.code == (3 if words == ("status",) else 0)
    assert "not running" in outcome.out
    assert list((home / "run").iterdir()) == []


def test_not_running_for_scripts(cutaway, home):
    outcome = cutaway("worker", "status", "--json")
    assert (outcome.code, json.loads(outcome.out)) == (3, {"running": False})
    assert json.loads(cutaway("worker", "stop", "--json").out) == {"ran": False}


def test_stop_waits_until_it_has_gone(cutaway, worker):
    def ends(request):
        raise FakeDeath
    worker.scripts["stop"] = ends
    outcome = cutaway("worker", "stop")
    assert (outcome.code, outcome.out, outcome.err) == (0, "The worker has ended.\n", "")
    assert worker.params("stop") == [{"when": "now"}]


def test_stop_when_idle_does_not_wait(cutaway, worker):
    outcome = cutaway("worker", "stop", "--when-idle")
    assert (outcome.code, outcome.out) == (0, "The worker ends after its last job.\n")
    assert worker.params("stop") == [{"when": "idle"}]


def test_an_idle_worker_ends_before_it_answers(cutaway, worker):
    def ends(request):
        raise FakeDeath
    worker.scripts["stop"] = ends
    assert cutaway("worker", "stop", "--when-idle").code == 0


def test_a_worker_that_will_not_stop(cutaway, worker):
    def refuses(request):
        raise FakeFailure("worker_busy", "It is stopping already.", "Wait a little.")
    worker.scripts["stop"] = refuses
    outcome = cutaway("worker", "stop", "--when-idle")
    assert (outcome.code, outcome.err) == (1, "error: It is stopping already. Wait a little.\n")


def test_not_installed(cutaway, monkeypatch, tmp_path):
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path))
    for words in (("status",), ("stop",)):
        outcome = cutaway("worker", *words)
        assert outcome.code == 1 and "not installed" in outcome.err


@pytest.mark.parametrize(("seconds", "words"), [
    (0, "0 s"), (119.4, "119 s"), (120, "2 min"), (7199, "119 min"), (7200, "2 h 0 min"), (90061, "25 h 1 min")])
def test_spans_of_time(cutaway, worker, seconds, words):
    usual = worker.usual_status
    worker.scripts["status"] = lambda request: {**usual(request), "uptime_s": seconds}
    assert f", for {words}." in cutaway("worker", "status").out
