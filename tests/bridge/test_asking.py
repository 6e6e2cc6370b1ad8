"""What is asked of the worker while a dialog is open."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from cutaway_bridge import asking, errors

MODELS = [{"name": "a", "title": "A", "installed": True}, {"name": "b", "title": "B", "installed": False},
          {"name": "c", "installed": True}]


class FakeWorker:
    """``lost``: whether it cannot be reached. ``answers``: what each poll gives."""

    def __init__(self, *answers: list[Any], lost: bool = False) -> None:
        self.asked: list[str] = []
        self._answers, self._lost = list(answers), lost

    def connecting(self) -> Iterator[None]:
        yield
        if self._lost:
            raise errors.BridgeError(errors.WORKER_LOST, "It is gone.")

    def request(self, name: str) -> int:
        self.asked.append(name)
        return 7

    def poll(self) -> list[Any]:
        return self._answers.pop(0)


class FakeAsked:
    """In the place of cloud.Cloud."""

    def __init__(self) -> None:
        self.turns = 0

    def steps(self) -> Iterator[None]:
        for self.turns in itertools.count(1):
            yield


def after(count: int, worker: FakeWorker) -> tuple[list[Any], int]:
    """(what was offered, the turns of the cloud) after so many steps."""
    offered: list[Any] = []
    asked = FakeAsked()
    steps = asking.steps(worker, offered.append, asked)
    for _ in range(count):
        next(steps)
    return offered, asked.turns


def test_the_installed_models_then_the_cloud_without_an_end() -> None:
    other = {"id": 6, "result": {"models": []}}
    answers = ([], [other], [other, {"id": 7, "result": {"models": MODELS}}])
    assert after(3, FakeWorker(*answers)) == ([], 0), "not before its own answer"
    worker = FakeWorker(*answers)
    assert after(50, worker) == ([[("a", "A"), ("c", "c")]], 47) and worker.asked == ["models.list"]


@pytest.mark.parametrize("worker", [
    FakeWorker(lost=True), FakeWorker([{"id": 7, "error": {"code": -32000, "message": "No."}}])])
def test_without_models_the_cloud_is_asked_all_the_same(worker: FakeWorker) -> None:
    """It says itself what is wrong."""
    assert after(10, worker) == ([], 9)


def test_a_defect_is_no_failure_of_the_worker() -> None:
    with pytest.raises(KeyError):
        after(5, FakeWorker([{"id": 7, "result": {"models": [{"installed": True}]}}]))
