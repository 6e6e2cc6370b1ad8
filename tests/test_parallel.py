"""Pieces of work on a few threads: in order, a few ahead, and nothing left running."""

from __future__ import annotations

import threading

import pytest

from cutaway import parallel
from cutaway.parallel import each, in_order


def test_each_keeps_the_order_and_raises_the_error() -> None:
    assert each(lambda number: number * number, range(20)) == [number * number for number in range(20)]
    assert each(str, []) == []
    with pytest.raises(ZeroDivisionError):
        each(lambda number: 1 // number, [1, 0, 2])


def test_each_works_without_threads_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "threads", lambda: 1)
    names = each(lambda _: threading.current_thread().name, range(4))
    assert set(names) == {threading.current_thread().name}


def test_threads_are_few() -> None:
    assert 1 <= parallel.threads() <= parallel.MOST_THREADS
    assert parallel.threads(1) == 1


def test_in_order_keeps_the_order_and_raises_the_error() -> None:
    assert list(in_order(str, range(30))) == [str(number) for number in range(30)]
    assert list(in_order(str, [])) == []
    answers = in_order(lambda number: 1 // number, [1, 0, 2])
    assert next(answers) == 1
    with pytest.raises(ZeroDivisionError):
        next(answers)


def test_in_order_is_a_few_ahead_and_leaves_nothing_running() -> None:
    before, begun = set(threading.enumerate()), []
    answers = in_order(begun.append, range(1000), most=2)
    next(answers)
    assert len(begun) <= 2 + 3
    answers.close()
    assert set(threading.enumerate()) == before
