"""The worker's main loop: who may come in, what is told to whom, and when it is time to go."""

from __future__ import annotations

import contextlib
import os
import selectors
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from cutaway import __version__
from cutaway.errors import CutawayError
from cutaway.home import Home
from cutaway.worker import memory, protocol
from cutaway.worker.connection import Connection
from cutaway.worker.core import Core
from cutaway.worker.executor import STUCK, Executor
from cutaway.worker.jobs import Jobs
from cutaway.worker.lane import Lane
from cutaway.worker.limits import Limits
from cutaway.worker.log import Log
from cutaway.worker.session import Session
from cutaway.worker.transport import Listener

MOST: Final = 64
"""Connections at a time."""

LONGEST_WAIT_S: Final = 60.0


class Server:
    """Serves every client of this user. ``die`` ends the process at once, for a request that does not stop."""

    def __init__(
        self, home: Home, core: Core, log: Log, listener: Listener, limits: Limits, *,
        grace_s: float = protocol.GRACE_S, die: Callable[[int], Any] = os._exit,
    ) -> None:
        self._bell, self._ear = socket.socketpair()
        self._bell.setblocking(False)
        self.core = core
        self.log = log
        self.listener = listener
        self.jobs = Jobs(home.run)
        self.executor = Executor(log, grace_s, die, self._ring)
        self.lane = Lane(self.executor.add, free=self._ring)
        self._grace_s = grace_s
        self._limits = limits
        self._die = die
        self._lock = threading.Lock()
        self._sessions: dict[int, Session] = {}
        self._last_number = 0
        self._started = self._last_work = time.monotonic()
        self._unloaded = False
        self._stop = ""

    def serve(self) -> int:
        """Until it is stopped or has been idle for long. The exit status of the process."""
        self.jobs.prepare()
        self.executor.start()
        self.executor.aside(self._preload)
        with selectors.DefaultSelector() as waiting:
            waiting.register(self._ear, selectors.EVENT_READ)
            waiting.register(self.listener.door, selectors.EVENT_READ)
            closed = False
            while not self._time_to_go():
                for key, _ in waiting.select(self._until_next()):
                    if key.fileobj is self._ear:
                        self._ear.recv(4096)
                    else:
                        self._admit()
                if self.stopping and not closed:
                    waiting.unregister(self.listener.door)
                    self.listener.close()
                    closed = True
        return self._end()

    def stop(self, when: str) -> None:
        """Asks the loop to end: "now", or "idle" after the last job. For any thread and for a signal's handler."""
        if self._stop != "now":
            self._stop = when
        self._ring()

    @property
    def stopping(self) -> bool:
        return bool(self._stop)

    @property
    def ending(self) -> bool:
        """Whether what is still under way is being cancelled."""
        return self._stop == "now"

    def greeting(self) -> dict[str, Any]:
        return {"protocol": protocol.PROTOCOL, "version": __version__, "pid": os.getpid()}

    def status(self) -> dict[str, Any]:
        running, waiting = self.executor.load
        away, queued = self.lane.load
        return {
            "pid": os.getpid(), "version": __version__, "uptime_s": round(time.monotonic() - self._started, 1),
            "running": running or away, "waiting": waiting + queued, "memory_mb": memory.used_mb(),
            "idle_exit_s": self._limits.exit_after_s, "log": str(self.log.path),
        }

    def worked(self) -> None:
        """Something was done: the idle time begins anew."""
        self._last_work = time.monotonic()
        self._unloaded = False
        self._ring()

    def left(self, session: Session) -> None:
        """A client has gone."""
        with self._lock:
            self._sessions.pop(session.number, None)
        self.executor.aside(memory.free)
        self.worked()

    def _admit(self) -> None:
        link = self.listener.accept()
        if link is None:
            return
        with self._lock:
            if len(self._sessions) >= MOST:
                link.close()
                return
            self._last_number += 1
            session = Session(self._last_number, Connection(link), self)
            self._sessions[session.number] = session
        threading.Thread(target=session.run, name=f"client {session.number}", daemon=True).start()

    def _time_to_go(self) -> bool:
        """Looks at the clock; unloads the models when it is time for that."""
        if self._stop == "now":
            return True
        if not self.executor.idle or not self.lane.idle:
            return False
        idle_s = time.monotonic() - self._last_work
        if idle_s >= self._limits.unload_after_s and not self._unloaded:
            self._unloaded = True
            self.executor.aside(self._unload)
        if len(self.jobs):
            return False
        if self._stop == "idle":
            return True
        if idle_s >= self._limits.exit_after_s:
            self.log.write("Nothing to do for long: ending.")
            return True
        return False

    def _until_next(self) -> float:
        """Seconds until the clock must be looked at again."""
        idle_s = time.monotonic() - self._last_work
        ahead = [self._limits.exit_after_s - idle_s]
        if not self._unloaded:
            ahead.append(self._limits.unload_after_s - idle_s)
        # An overdue date waits for the executor, which rings when it is done.
        return min([LONGEST_WAIT_S, *(seconds for seconds in ahead if seconds > 0)])

    def _preload(self) -> None:
        try:
            self.core.preload()
        except CutawayError as error:
            self.log.write(f"No model is loaded ahead: {error.code}.")

    def _unload(self) -> None:
        self.core.unload()
        memory.free()
        self.log.write("The models are unloaded.")

    def _end(self) -> int:
        self._stop = "now"
        self.listener.close()
        for end in (self._bell, self._ear):
            end.close()
        self.lane.stop(self._grace_s)
        if not self.executor.stop():
            self.log.write("A request did not stop in time: ending the process with it.")
            self._die(STUCK)
            return STUCK
        with self._lock:
            sessions = list(self._sessions.values())
        for session in sessions:
            session.hang_up()
        self.jobs.end()
        self.log.write("Ended.")
        return 0

    def _ring(self) -> None:
        with contextlib.suppress(OSError):  # full: it rings already
            self._bell.send(b"x")
