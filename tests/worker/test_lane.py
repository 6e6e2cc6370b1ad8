"""The lane: a few at a time, handed on in order, and cancelled wherever they are."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from cutaway.errors import Cancelled, CloudBusy
from cutaway.job import Job
from cutaway.worker.executor import Task
from cutaway.worker.lane import Lane


class FakeErrand:
    """A task with a first part that waits until it is let go."""

    def __init__(self, *, ahead: bool = True, fails: bool = False) -> None:
        self.go, self.begun, self.over = threading.Event(), threading.Event(), threading.Event()
        self.places: list[int] = []
        self.ends: list[tuple[Any, BaseException | None]] = []
        self.job = Job()
        self.fails = fails
        part = self._part
        self.task = Task("errand", self.job, part, self.places.append, self._ended, part if ahead else None)

    def _part(self) -> str:
        self.begun.set()
        while not self.go.wait(0.005):
            self.job.check()
        if self.fails:
            raise CloudBusy("Too many.", "Wait.")
        return "done"

    def _ended(self, result: Any, error: BaseException | None) -> None:
        self.ends.append((result, error))
        self.over.set()


class Onward:
    def __init__(self) -> None:
        self.tasks: list[Task] = []
        self.changed = threading.Condition()

    def __call__(self, task: Task) -> None:
        with self.changed:
            self.tasks.append(task)
            self.changed.notify_all()

    def wait_for(self, count: int) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.tasks) >= count, 5)


@pytest.fixture
def onward() -> Onward:
    return Onward()


def add(lane: Lane, errands: list[FakeErrand], working: int) -> None:
    """The first ``working`` have begun when this returns; the others find the lane full."""
    for number, errand in enumerate(errands):
        lane.add(errand.task)
        assert number >= working or errand.begun.wait(5)


def test_a_task_goes_on_when_its_first_part_is_done(onward: Onward) -> None:
    lane, errand = Lane(onward), FakeErrand()
    lane.add(errand.task)
    assert errand.begun.wait(5) and not onward.tasks and not lane.idle
    errand.go.set()
    onward.wait_for(1)
    assert onward.tasks == [errand.task] and errand.ends == []


def test_a_task_without_a_second_part_ends_here(onward: Onward) -> None:
    lane, errand = Lane(onward), FakeErrand(ahead=False)
    errand.go.set()
    lane.add(errand.task)
    assert errand.over.wait(5)
    assert errand.ends == [("done", None)] and onward.tasks == []


def test_a_failure_is_its_answer_and_nothing_goes_on(onward: Onward) -> None:
    lane, errand = Lane(onward), FakeErrand(fails=True)
    errand.go.set()
    lane.add(errand.task)
    assert errand.over.wait(5)
    assert isinstance(errand.ends[0][1], CloudBusy) and onward.tasks == []


def test_no_more_than_the_width_at_a_time_and_first_come_first_served(onward: Onward) -> None:
    lane = Lane(onward, width=2)
    errands = [FakeErrand() for _ in range(4)]
    add(lane, errands, working=2)
    assert [errand.begun.is_set() for errand in errands] == [True, True, False, False]
    assert errands[2].places[0] == 1 and errands[3].places[0] == 2
    errands[1].go.set()
    assert errands[2].begun.wait(5) and not errands[3].begun.is_set()
    for errand in errands:
        errand.go.set()
    onward.wait_for(4)
    assert onward.tasks[0] is errands[1].task


@pytest.mark.parametrize("which", [0, 1])
def test_a_cancel_reaches_the_working_and_the_waiting(onward: Onward, which: int) -> None:
    lane = Lane(onward, width=1)
    errands = [FakeErrand(), FakeErrand()]
    add(lane, errands, working=1)
    lane.cancel(errands[which].task)
    assert errands[which].over.wait(5)
    assert isinstance(errands[which].ends[0][1], Cancelled)
    errands[1 - which].go.set()
    onward.wait_for(1)
    assert onward.tasks == [errands[1 - which].task]


def test_a_cancel_of_a_stranger_does_nothing(onward: Onward) -> None:
    stranger = FakeErrand()
    Lane(onward).cancel(stranger.task)
    assert not stranger.job.cancelled


def test_stopping_cancels_all_and_waits(onward: Onward) -> None:
    lane = Lane(onward, width=1)
    errands = [FakeErrand(), FakeErrand()]
    for errand in errands:
        lane.add(errand.task)
    lane.stop(5.0)
    assert lane.idle and all(isinstance(errand.ends[0][1], Cancelled) for errand in errands)


def test_those_who_wait_are_told_their_place_as_it_changes(onward: Onward) -> None:
    lane = Lane(onward, width=1)
    errands = [FakeErrand() for _ in range(3)]
    add(lane, errands, working=1)
    assert lane.load == ("errand", 2)
    errands[0].go.set()
    assert errands[1].begun.wait(5)
    assert errands[2].places == [2, 1] and errands[1].places == [1, 0]
    for errand in errands:
        errand.go.set()
    onward.wait_for(3)
    assert errands[2].places == [2, 1, 0]


def test_a_cancel_of_the_first_who_waits_lets_the_next_in(onward: Onward) -> None:
    lane = Lane(onward, width=1)
    errands = [FakeErrand() for _ in range(3)]
    add(lane, errands, working=1)
    lane.cancel(errands[1].task)
    assert errands[1].over.wait(5)
    errands[0].go.set()
    assert errands[2].begun.wait(5)
    errands[2].go.set()
    onward.wait_for(2)
    assert not errands[1].begun.is_set()
