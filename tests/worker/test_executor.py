"""The queue: order, places, cancels, and the end of a request that does not stop."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cutaway.errors import Cancelled
from cutaway.job import Job
from cutaway.worker.executor import STUCK, Executor, Task
from cutaway.worker.log import Log


class FakeRequest:
    """A task that waits until it is let go, and remembers what it was told."""

    def __init__(self, name: str, said: list[str], *, heeds_cancel: bool = True) -> None:
        self.go = threading.Event()
        self.running = threading.Event()
        self.over = threading.Event()
        self.places: list[int] = []
        self.ends: list[tuple[Any, BaseException | None]] = []
        self._name, self._said, self._heeds_cancel = name, said, heeds_cancel
        self.job = Job()
        self.task = Task(name, self.job, self._run, self.places.append, self._ended)

    def _run(self) -> str:
        self._said.append(self._name)
        self.running.set()
        while not self.go.wait(0.005):
            if self._heeds_cancel:
                self.job.check()
        return self._name

    def _ended(self, result: Any, error: BaseException | None) -> None:
        self.ends.append((result, error))
        self.over.set()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    log = Log(tmp_path / "log")
    yield log
    log.close()


@pytest.fixture
def deaths() -> list[int]:
    return []


@pytest.fixture
def executor(log: Log, deaths: list[int]) -> Iterator[Executor]:
    executor = Executor(log, grace_s=0.1, die=deaths.append)
    executor.start()
    yield executor
    executor.stop()


def three(executor: Executor, said: list[str]) -> list[FakeRequest]:
    requests = [FakeRequest(name, said) for name in "abc"]
    for request in requests:
        executor.add(request.task)
        if request is requests[0]:
            assert request.running.wait(5)
    return requests


def test_one_at_a_time_in_order_and_each_is_told_its_place(executor: Executor) -> None:
    said: list[str] = []
    a, b, c = three(executor, said)
    assert (a.places, b.places, c.places) == ([0], [1], [2])
    assert said == ["a"] and executor.load == ("a", 2)
    for request in (a, b, c):
        request.go.set()
        assert request.over.wait(5)
    assert said == ["a", "b", "c"]
    assert (b.places, c.places) == ([1, 0], [2, 1, 0])
    assert [request.ends for request in (a, b, c)] == [[("a", None)], [("b", None)], [("c", None)]]


def test_a_waiting_task_is_cancelled_without_running_and_the_others_move_up(executor: Executor) -> None:
    said: list[str] = []
    a, b, c = three(executor, said)
    executor.cancel(b.task)
    assert isinstance(b.ends[0][1], Cancelled)
    assert c.places == [2, 1]
    a.go.set()
    c.go.set()
    assert c.over.wait(5)
    assert said == ["a", "c"] and len(b.ends) == 1


def test_a_running_task_is_asked_to_stop_and_ends_once(executor: Executor, deaths: list[int]) -> None:
    a = three(executor, [])[0]
    executor.cancel(a.task)
    executor.cancel(a.task)
    assert a.over.wait(5)
    assert len(a.ends) == 1 and isinstance(a.ends[0][1], Cancelled)
    executor.cancel(a.task)
    assert len(a.ends) == 1 and deaths == []


def test_a_task_that_does_not_stop_takes_the_process_with_it(log: Log) -> None:
    died = threading.Event()
    statuses: list[int] = []

    def die(status: int) -> None:
        statuses.append(status)
        died.set()

    executor = Executor(log, grace_s=0.05, die=die)
    executor.start()
    deaf = FakeRequest("job.run", [], heeds_cancel=False)
    executor.add(deaf.task)
    assert deaf.running.wait(5)
    executor.cancel(deaf.task)
    assert died.wait(5)
    assert statuses == [STUCK]
    assert "job.run did not stop" in log.path.read_text()
    deaf.go.set()  # or the dead man's switch would end this process
    assert deaf.over.wait(5)
    assert executor.stop()


def test_a_failure_is_the_tasks_end_and_not_the_executors(executor: Executor) -> None:
    over = threading.Event()
    ends: list[BaseException | None] = []

    def ended(result: Any, error: BaseException | None) -> None:
        ends.append(error)
        over.set()

    def fail() -> None:
        raise ValueError("no")

    executor.add(Task("bad", Job(), fail, lambda place: None, ended))
    assert over.wait(5)
    assert isinstance(ends[0], ValueError)
    good = FakeRequest("good", [])
    good.go.set()
    executor.add(good.task)
    assert good.over.wait(5) and good.ends == [("good", None)]


def test_asides_wait_for_the_tasks_and_a_failing_one_is_only_logged(executor: Executor, log: Log) -> None:
    said: list[str] = []
    a, b, c = three(executor, said)
    done = threading.Event()

    def fail() -> None:
        said.append("aside")
        raise ValueError("preloading failed")

    executor.aside(fail)
    executor.aside(done.set)
    assert not executor.idle
    for request in (a, b, c):
        request.go.set()
    assert done.wait(5)
    assert said == ["a", "b", "c", "aside"]
    assert "preloading failed" in log.path.read_text()


def test_it_tells_when_it_has_done_something(log: Log) -> None:
    free = threading.Event()
    executor = Executor(log, free=free.set)
    executor.start()
    executor.aside(lambda: None)
    assert free.wait(5) and executor.idle
    assert executor.stop()


def test_stop_cancels_what_runs_and_what_waits(executor: Executor) -> None:
    a, b, c = three(executor, [])
    assert executor.stop()
    for request in (a, b, c):
        assert request.over.wait(5)
        assert isinstance(request.ends[0][1], Cancelled)


def test_stop_says_where_it_is_stuck(log: Log) -> None:
    executor = Executor(log, grace_s=0.05, die=lambda status: None)
    executor.start()
    deaf = FakeRequest("deaf", [], heeds_cancel=False)
    executor.add(deaf.task)
    assert deaf.running.wait(5)
    assert not executor.stop()
    deaf.go.set()
    assert deaf.over.wait(5)
