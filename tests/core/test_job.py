"""Progress out, cancel in."""

import threading

import pytest

from cutaway.errors import Cancelled
from cutaway.job import Job


def test_progress_is_told_and_kept_in_range():
    told = []
    job = Job(lambda stage, fraction: told.append((stage, fraction)))
    job.progress("model", 0.25)
    job.progress("model", 1.5)
    job.progress("model", -1)
    assert told == [("model", 0.25), ("model", 1.0), ("model", 0.0)]


def test_after_a_cancel_the_next_progress_stops_the_job():
    job = Job()
    job.check()
    job.cancel()
    job.cancel()
    assert job.cancelled
    with pytest.raises(Cancelled):
        job.progress("model")


def test_a_cancel_from_another_thread_ends_a_blocking_call():
    job, ended = Job(), threading.Event()
    threading.Timer(0.01, job.cancel).start()
    with job.interruptible(ended.set):
        assert ended.wait(10)
    job_stops_only_inside = threading.Event()
    with pytest.raises(Cancelled), job.interruptible(job_stops_only_inside.set):
        raise AssertionError("a job that is cancelled already must not start a blocking call")
    assert not job_stops_only_inside.is_set()
