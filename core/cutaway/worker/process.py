"""The worker as a process: its lock, its log, its door."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from typing import Any, Final

from cutaway import __version__
from cutaway.errors import CutawayError
from cutaway.home import Home
from cutaway.lock import FileLock
from cutaway.worker import limits, transport
from cutaway.worker.address import private_folder
from cutaway.worker.core import Core
from cutaway.worker.log import Log
from cutaway.worker.protocol import GRACE_S
from cutaway.worker.server import Server

ALREADY_RUNNING: Final = 3
CANNOT_START: Final = 1

LOCK: Final = "worker.lock"
LOG: Final = "worker.log"


def serve(home: Home, core: Core, *, grace_s: float = GRACE_S, die: Callable[[int], Any] = os._exit) -> int:
    """Runs the worker of ``home`` until it is stopped; the exit status.

    ALREADY_RUNNING where another process is the worker; CANNOT_START, with a line on the standard error, where a folder
    cannot be used.
    """
    try:
        private_folder(home.run)
        lock = FileLock(home.run / LOCK)
        if not lock.take():
            return ALREADY_RUNNING
        log = Log(home.run / LOG)
        log.claim()
        listener = transport.listen(home.run, os.environ)
    except (CutawayError, OSError) as error:
        print(error, file=sys.stderr, flush=True)
        return CANNOT_START
    try:
        server = Server(home, core, log, listener, limits.read(home), grace_s=grace_s, die=die)
        for name in ("SIGTERM", "SIGINT"):
            signal.signal(getattr(signal, name), lambda number, frame: server.stop("now"))
        log.write(f"Cutaway {__version__} listens.")
        return server.serve()
    finally:
        listener.close()
        lock.free()
