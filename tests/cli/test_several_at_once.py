"""A few pictures at Topaz at a time: how many, in which order, and what one failure does."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from cutaway_cli import remove
from tests.cli.fake_worker import JOB, FakeDeath, FakeFailure


@pytest.fixture(autouse=True)
def names(here: Path, monkeypatch) -> list[str]:
    monkeypatch.delenv("CUTAWAY_TOPAZ_API_KEY", raising=False)
    made = [f"p{number}.jpg" for number in range(8)]
    for name in made:
        (here / name).write_bytes(name.encode())
    return made


class FakeTopazRun:
    """job.run takes a while; counts how many are under way at once."""

    def __init__(self, worker, seconds=0.05):
        self.usual = worker.usual_job_run
        self.seconds = seconds
        self.now = self.most = 0
        self.lock = threading.Lock()
        worker.scripts["job.run"] = self

    def __call__(self, request):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(self.seconds)
        with self.lock:
            self.now -= 1
        return self.usual(request)


@pytest.mark.parametrize(("words", "most"), [((), 3), (("--at-once", "5"), 5), (("--at-once", "1"), 1)])
def test_so_many_and_no_more(cutaway, worker, names, words, most):
    runs = FakeTopazRun(worker, 0.3)
    said = cutaway("remove", *names, "--engine", "topaz", *words)
    assert said.code == 0 and said.err.splitlines()[-1] == "8 of 8 done."
    assert runs.most == most and len(said.out.splitlines()) == 8
    assert worker.methods().count("job.close") == 8


def test_this_computer_takes_one_at_a_time(cutaway, worker, names):
    runs = FakeTopazRun(worker)
    assert cutaway("remove", *names, "--at-once", "8").code == 0 and runs.most == 1


@pytest.mark.parametrize("number", ["0", "17", "many"])
def test_a_number_that_makes_no_sense(cutaway, worker, names, number):
    assert cutaway("remove", *names, "--engine", "topaz", "--at-once", number).code == 2 and worker.methods() == []


def test_one_that_fails_does_not_stop_the_others(cutaway, worker, names, here):
    usual = worker.usual_picture_read

    def read(request):
        if request.params["path"].endswith("p3.jpg"):
            raise FakeFailure("picture_unreadable", "p3.jpg is damaged.")
        return usual(request)
    worker.scripts["picture.read"] = read
    said = cutaway("remove", *names, "--engine", "auto")
    assert said.code == 1
    assert said.err.splitlines()[1:] == ["error: p3.jpg: p3.jpg is damaged.", "7 of 8 done, 1 failed."]
    assert len(list(here.glob("*_cutout.png"))) == 7


def test_what_no_other_can_escape_is_said_once(cutaway, worker, names):
    def refuse(request):
        time.sleep(0.2)  # so that three are on their way
        raise FakeFailure("cloud_no_subscription", "The Topaz account has no API subscription.", "Choose a plan.")
    worker.scripts["job.run"] = refuse
    said = cutaway("remove", *names, "--engine", "topaz")
    assert said.code == 1 and said.err.count("subscription") == 1
    assert said.err.splitlines()[-1] == "0 of 8 done, 1 failed, 7 not tried."
    assert worker.methods().count("job.run") <= 3


def test_ctrl_c_stops_all_and_what_is_done_stays(cutaway, worker, names, here):
    usual = worker.usual_job_run
    begun = []

    def run(request):
        begun.append(request)
        if len(begun) <= 2:
            return usual(request)
        if len(begun) == 5:
            os.kill(os.getpid(), signal.SIGINT)
        request.wait_for_cancel()
    worker.scripts["job.run"] = run
    said = cutaway("remove", *names, "--engine", "topaz")
    assert said.code == 130 and said.err.splitlines()[-1] == "2 of 8 done, 6 cancelled."
    assert len(list(here.glob("*_cutout.png"))) == 2
    worker.wait_for("cancel", 3)


def test_after_ctrl_c_is_said_what_may_be_paid_for(cutaway, worker, names, monkeypatch):
    now = time.time()
    jobs = [dict(JOB, id=f"j{number}", created=now + 1, state=state, ended=state == "cancelled")
            for number, state in enumerate(("submitted", "cancelled", "completed"))]
    jobs.append(dict(JOB, id="before", created=now - 100))
    worker.scripts["cloud.jobs"] = lambda request: {"jobs": jobs}
    worker.scripts["job.run"] = interrupting
    monkeypatch.setattr(remove, "PATIENCE_S", 0.3)
    said = cutaway("remove", *names[:3], "--engine", "topaz")
    assert said.code == 130 and said.err.splitlines()[-2:] == [
        "note: 2 pictures may still be at Topaz, and be paid for. cutaway jobs  shows it, and  cutaway jobs resume  "
        "fetches the result.", "0 of 3 done, 3 cancelled."]


def interrupting(request):
    request.worker.wait_for("job.run", 3)
    if request.worker.params("job.run")[0] is request.params:
        os.kill(os.getpid(), signal.SIGINT)
    request.wait_for_cancel()


def test_what_the_worker_takes_back_meanwhile_is_not_said(cutaway, worker, names):
    asked = []

    def taken_back(request):
        asked.append(request)
        done = len(asked) > 2
        return {"jobs": [dict(JOB, created=time.time(), state="cancelled" if done else "submitted", ended=done)]}
    worker.scripts["cloud.jobs"] = taken_back
    worker.scripts["job.run"] = interrupting
    said = cutaway("remove", *names[:3], "--engine", "topaz")
    assert said.code == 130 and "may still be at Topaz" not in said.err and len(asked) == 3


@pytest.mark.parametrize("words", [("--engine", "local"), ("--engine", "mask")])
def test_on_this_computer_nothing_is_asked_of_jobs(cutaway, worker, names, words):
    def run(request):
        os.kill(os.getpid(), signal.SIGINT)
        request.wait_for_cancel()
    worker.scripts["job.run"] = run
    assert cutaway("remove", names[0], *words).code == 130 and "cloud.jobs" not in worker.methods()


def test_a_worker_that_dies_is_replaced_or_said(cutaway, worker, names):
    died = []

    def run(request):
        request.progress("waiting", 0.4, "Topaz is at work")
        if not died:
            died.append(1)
            raise FakeDeath
        return worker.usual_job_run(request)
    worker.scripts["job.run"] = run
    said = cutaway("remove", *names, "--engine", "topaz")
    assert said.code == 1 and "ended unexpectedly" in said.err and "7 of 8 done, 1 failed." in said.err
