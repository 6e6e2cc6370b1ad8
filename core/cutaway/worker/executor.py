"""One heavy request at a time, whoever sent it; the others wait and are told their place."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from cutaway.errors import Cancelled
from cutaway.job import Job
from cutaway.worker.log import Log
from cutaway.worker.protocol import GRACE_S

STUCK: Final = 75
"""Exit status of a process that had to be ended with the request that did not stop."""


@dataclass(eq=False)
class Task:
    """``run`` does the work in the executor's thread. ``placed`` is told how many are before this one, 0 once it has
    started; ``ended`` exactly once (result, error). Both may be called from any thread and must not raise. ``ahead``:
    what is done before in the lane (see lane.py), where there is such a part."""

    name: str
    job: Job
    run: Callable[[], Any]
    placed: Callable[[int], None]
    ended: Callable[[Any, BaseException | None], None]
    ahead: Callable[[], Any] | None = None


class Executor:
    """A thread with a queue. ``die`` ends the process; ``free`` is called whenever something has been done."""

    def __init__(
        self, log: Log, grace_s: float = GRACE_S, die: Callable[[int], Any] = os._exit,
        free: Callable[[], None] = lambda: None,
    ) -> None:
        self._log = log
        self._free = free
        self._grace_s = grace_s
        self._die = die
        self._changed = threading.Condition()
        self._waiting: deque[Task] = deque()
        self._asides: deque[Callable[[], None]] = deque()
        self._running: Task | None = None
        self._busy = False
        self._stopping = False
        self._thread = threading.Thread(target=self._loop, name="executor", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def add(self, task: Task) -> None:
        """Puts a task at the end of the queue."""
        with self._changed:
            place = len(self._waiting) + (self._running is not None)
            self._waiting.append(task)
            if place:
                task.placed(place)
            self._changed.notify_all()

    def aside(self, work: Callable[[], None]) -> None:
        """Does ``work`` in the same thread once nothing waits: for models, which are used by one thread only."""
        with self._changed:
            self._asides.append(work)
            self._changed.notify_all()

    def cancel(self, task: Task) -> None:
        """Takes a waiting task out, or asks a running one to stop and ends the process where it does not in time."""
        with self._changed:
            waiting = task in self._waiting
            running = task is self._running
            if waiting:
                self._waiting.remove(task)
                self._tell_places()
            elif running:
                self._watch(task)  # under the lock: a task that has ended in between must not be watched
        if waiting:
            task.ended(None, Cancelled())
        elif running:
            task.job.cancel()

    @property
    def load(self) -> tuple[str | None, int]:
        """The name of the running task, and how many wait."""
        with self._changed:
            return (self._running.name if self._running else None), len(self._waiting)

    @property
    def idle(self) -> bool:
        with self._changed:
            return not self._busy and not self._waiting and not self._asides

    def stop(self) -> bool:
        """Cancels everything and waits for the thread, no longer than the grace time. False where it is stuck."""
        with self._changed:
            self._stopping = True
            self._asides.clear()
            tasks = [*self._waiting, *([self._running] if self._running else [])]
            self._changed.notify_all()
        for task in tasks:
            self.cancel(task)
        self._thread.join(self._grace_s)
        return not self._thread.is_alive()

    def _loop(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._asides or self._stopping)
                if not self._waiting and not self._asides:
                    return
                self._busy = True
                task = self._waiting.popleft() if self._waiting else None
                aside = None if task else self._asides.popleft()
                self._running = task
                if task:
                    task.placed(0)
                    self._tell_places()
            if task:
                self._do(task)
            elif aside:
                self._do_aside(aside)
            with self._changed:
                self._busy = False
            self._free()

    def _do(self, task: Task) -> None:
        result, failed = None, None
        try:
            task.job.check()
            result = task.run()
        except Exception as error:  # noqa: BLE001  the edge: every failure is an answer
            failed = error
        with self._changed:
            self._running = None
            faulthandler.cancel_dump_traceback_later()
        task.ended(result, failed)

    def _do_aside(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001  the edge: nobody waits for this, and the log says it
            self._log.failure("Aside", error)

    def _tell_places(self) -> None:
        before = 1 if self._running else 0
        for place, task in enumerate(self._waiting, before):
            if place:
                task.placed(place)

    def _watch(self, task: Task) -> None:
        timer = threading.Timer(self._grace_s, self._end_stuck, (task,))
        timer.daemon = True
        timer.start()
        # Native code that keeps the interpreter's lock would keep the timer's thread from running as well.
        with contextlib.suppress(ValueError, OSError, RuntimeError):  # no usable descriptor 2
            faulthandler.dump_traceback_later(self._grace_s + 1.0, exit=True)

    def _end_stuck(self, task: Task) -> None:
        with self._changed:
            stuck = task is self._running
        if stuck:
            self._log.write(f"{task.name} did not stop within {self._grace_s:g} s of its cancel: ending the process.")
            self._die(STUCK)
