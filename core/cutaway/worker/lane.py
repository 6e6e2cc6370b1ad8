"""Work that waits for computers elsewhere: beside the executor, so that nobody here waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from cutaway.errors import Cancelled
from cutaway.worker.executor import Task

WIDTH: Final = 16
"""At a time, of all clients. How many pictures one client has here at once is its own choice; the command line has 3,
since more bring "too many requests" rather than results."""


class Lane:
    """A thread for every task, ``width`` of which work. ``onward``: takes a task whose first part is done."""

    def __init__(
        self, onward: Callable[[Task], None], width: int = WIDTH, free: Callable[[], None] = lambda: None
    ) -> None:
        self._onward = onward
        self._width = width
        self._free = free
        self._changed = threading.Condition()
        self._working: list[Task] = []
        self._waiting: list[Task] = []

    def add(self, task: Task) -> None:
        """Does ``task.ahead`` and hands the task on; a task without it is done here altogether."""
        with self._changed:
            self._waiting.append(task)
            if len(self._working) >= self._width:
                task.placed(len(self._waiting))
        threading.Thread(target=self._go, args=(task,), name="lane", daemon=True).start()

    def cancel(self, task: Task) -> None:
        """Asks a task that is here to stop. What it has begun elsewhere it tells the service itself."""
        with self._changed:
            here = task in self._waiting or task in self._working
        if here:
            task.job.cancel()
            with self._changed:
                self._changed.notify_all()

    @property
    def load(self) -> tuple[str | None, int]:
        """The name of the task that works the longest, and how many wait."""
        with self._changed:
            return (self._working[0].name if self._working else None), len(self._waiting)

    @property
    def idle(self) -> bool:
        with self._changed:
            return not self._waiting and not self._working

    def stop(self, grace_s: float) -> None:
        """Cancels everything and waits no longer than the grace time: the journal knows what was begun elsewhere."""
        with self._changed:
            tasks = [*self._waiting, *self._working]
        for task in tasks:
            self.cancel(task)
        deadline = time.monotonic() + grace_s
        with self._changed:
            self._changed.wait_for(
                lambda: not self._waiting and not self._working, max(0.0, deadline - time.monotonic()))

    def _go(self, task: Task) -> None:
        result, failed = None, None
        try:
            self._enter(task)
            result = (task.ahead or task.run)()
        except Exception as error:  # noqa: BLE001  the edge: every failure is an answer
            failed = error
        if failed is None and task.ahead is not None:
            self._onward(task)  # before it leaves here: a cancel must find it in one of the two places
        else:
            task.ended(result, failed)
        with self._changed:
            for place in (self._working, self._waiting):
                if task in place:
                    place.remove(task)
            self._changed.notify_all()
        self._free()

    def _enter(self, task: Task) -> None:
        """Waits for its turn. Raises Cancelled."""
        with self._changed:
            self._changed.wait_for(
                lambda: task.job.cancelled or (len(self._working) < self._width and self._waiting[0] is task))
            if task.job.cancelled:
                raise Cancelled()
            self._waiting.remove(task)
            self._working.append(task)
            task.placed(0)
            for place, other in enumerate(self._waiting, 1):
                other.placed(place)
            self._changed.notify_all()
