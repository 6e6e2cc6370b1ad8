"""The port to other programs: pip, the environment's Python, an editor that is asked for its version."""

from __future__ import annotations

import os
import subprocess
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

TAIL_LINES = 40


@dataclass(frozen=True)
class Finished:
    """How a program ended: its exit code, and the last lines of what it printed."""

    code: int
    tail: str


class Runner(Protocol):
    def __call__(
        self, command: Sequence[str | Path], *, environ: Mapping[str, str], timeout: float,
        on_line: Callable[[str], None] | None = None,
    ) -> Finished:
        """Runs the command without a standard input, both its outputs together.

        ``on_line`` hears every line as it comes. A program that cannot be started or does not end within ``timeout``
        seconds ends with code 127 or 124.
        """


def run(
    command: Sequence[str | Path], *, environ: Mapping[str, str], timeout: float,
    on_line: Callable[[str], None] | None = None,
) -> Finished:
    """The real :class:`Runner`."""
    said: deque[str] = deque(maxlen=TAIL_LINES)
    try:
        process = subprocess.Popen(
            [str(each) for each in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, env=dict(environ), encoding="utf-8", errors="replace")
    except OSError as error:
        return Finished(127, f"{command[0]}: {error.strerror or error}")
    late = threading.Event()

    def stop() -> None:
        late.set()
        process.kill()

    timer = threading.Timer(timeout, stop)
    timer.daemon = True
    timer.start()
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.rstrip())
            if on_line is not None:
                on_line(line.rstrip())
        code = process.wait()
    finally:
        timer.cancel()
        if process.poll() is None:
            process.kill()
            with suppress(subprocess.TimeoutExpired):
                process.wait(10)
        if process.stdout is not None:
            process.stdout.close()
    if late.is_set():
        said.append(f"(stopped after {timeout:.0f} s)")
        code = 124
    return Finished(code, "\n".join(said))


def clean(environ: Mapping[str, str]) -> dict[str, str]:
    """``environ`` without what would make another Python look for its modules elsewhere."""
    unwanted = {"PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PYTHONUSERBASE", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV"}
    return {name: value for name, value in environ.items() if name not in unwanted}


def real_environ() -> dict[str, str]:
    return clean(os.environ)
