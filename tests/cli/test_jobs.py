"""``cutaway jobs``: what was sent to Topaz, and fetching it."""

from __future__ import annotations

import json
import os
import signal
import threading

import pytest

from cutaway.cloud import journal
from cutaway_cli import jobs
from tests.cli.fake_worker import JOB, FakeFailure


def answering(*states, **more):
    rows = [JOB | {"state": state, "ended": state in journal.ENDED, **more} for state in states]
    return lambda request: {"jobs": rows}


def test_the_list(cutaway, worker):
    worker.scripts["cloud.jobs"] = answering("submitted", "failed", error="Topaz could not process it.")
    said = cutaway("jobs")
    assert said.code == 0 and said.out == cutaway("jobs", "list").out
    head, first, second = said.out.splitlines()
    assert head.split() == ["ID", "SENT", "SIZE", "MODEL", "CREDITS", "STATE"]
    assert first.split()[0] == JOB["id"] and "6000x5000" in first and "RemoveBG" in first and "at Topaz" in first
    assert "failed, nothing paid (Topaz could not process it.)" in second
    assert "cutaway jobs resume" in said.err


def test_the_list_in_json(cutaway, worker):
    assert json.loads(cutaway("jobs", "list", "--json").out) == {"jobs": [JOB]}


def test_more_than_one_answer_holds(cutaway, worker):
    worker.scripts["cloud.jobs"] = lambda request: {"jobs": [JOB], "left_out": 4200}
    said = cutaway("jobs")
    assert "4200 older ones that have ended are not shown." in said.err and "4200" not in said.out
    assert json.loads(cutaway("jobs", "--json").out)["left_out"] == 4200


def test_nothing_was_sent(cutaway, worker):
    worker.scripts["cloud.jobs"] = answering()
    said = cutaway("jobs")
    assert (said.code, said.out, said.err) == (0, "Nothing was sent to Topaz in the last 30 days.\n", "")


def test_what_has_ended_needs_no_hint(cutaway, worker):
    worker.scripts["cloud.jobs"] = answering("fetched")
    assert cutaway("jobs").err == ""


def test_every_state_of_the_journal_has_words():
    assert set(jobs.WORDS) == set(journal.STATES)
    assert {state for state in journal.STATES if state not in journal.ENDED} == {
        "intent", "unknown", "submitted", "completed"}


def test_fetching_all(cutaway, worker):
    said = cutaway("jobs", "resume")
    assert said.code == 0 and worker.params("cloud.resume") == [{"id": None, "path": None, "overwrite": False}]
    assert "done" in said.out and "without paying again" in said.err


def test_fetching_one_into_a_file(cutaway, worker, here):
    said = cutaway("jobs", "resume", "3f2a", "-o", "mask.png", "--overwrite")
    assert said.code == 0 and worker.params("cloud.resume") == [
        {"id": "3f2a", "path": str(here / "mask.png"), "overwrite": True}]


def test_a_file_is_for_one_job(cutaway, worker):
    assert cutaway("jobs", "resume", "-o", "mask.png").code == 2 and worker.methods() == []


def test_there_is_nothing_to_fetch(cutaway, worker):
    worker.scripts["cloud.resume"] = answering()
    said = cutaway("jobs", "resume")
    assert (said.code, said.out, said.err) == (0, "There is nothing to fetch.\n", "")


@pytest.mark.parametrize("state", ["intent", "unknown", "submitted", "completed", "expired"])
def test_what_is_not_fetched_is_a_failure(cutaway, worker, state):
    worker.scripts["cloud.resume"] = answering("fetched", state, error="Not done yet.")
    said = cutaway("jobs", "resume")
    assert said.code == 1 and "(Not done yet.)" in said.out
    assert json.loads(cutaway("jobs", "resume", "--json").out)["jobs"][1]["state"] == state


@pytest.mark.parametrize("state", ["fetched", "failed", "cancelled", "refused", "absent"])
def test_what_costs_nothing_or_is_here_is_none(cutaway, worker, state):
    worker.scripts["cloud.resume"] = answering(state)
    assert cutaway("jobs", "resume").code == 0


def test_a_job_that_nobody_knows(cutaway, worker):
    def unknown(request):
        raise FakeFailure("cloud", "There is no job 'zz'.", "cutaway jobs  lists them.")
    worker.scripts["cloud.resume"] = worker.scripts["cloud.forget"] = unknown
    for words in (("resume", "zz"), ("forget", "zz")):
        said = cutaway("jobs", *words)
        assert (said.code, said.err) == (1, "error: There is no job 'zz'. cutaway jobs  lists them.\n")


def test_forgetting(cutaway, worker):
    said = cutaway("jobs", "forget", "3f2a")
    assert said.code == 0 and worker.params("cloud.forget") == [{"id": "3f2a"}] and "nothing has changed" in said.out


def test_ctrl_c_while_it_waits(cutaway, worker):
    def waits(request):
        threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        request.wait_for_cancel()
    worker.scripts["cloud.resume"] = waits
    said = cutaway("jobs", "resume")
    assert (said.code, said.err) == (130, "Cancelled.\n")
    worker.wait_for("cancel")  # sent without waiting for its answer


def test_the_key_of_the_environment_goes_along(cutaway, worker, monkeypatch):
    monkeypatch.setenv("CUTAWAY_TOPAZ_API_KEY", "abc")
    assert cutaway("jobs", "resume").code == 0
    assert worker.methods() == ["hello", "key.use", "cloud.resume"]
