"""What fetching a model needs from outside this process, as a port: other programs and the network."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import HTTPMessage
from pathlib import Path
from typing import IO, Any, Final

from cutaway.job import Job
from cutaway.models.catalogue import allowed

POLL_S: Final = 0.05
STALL_S: Final = 30.0
"""A connection that gives no byte for so long is broken."""


@dataclass(frozen=True)
class Finished:
    """A program that has ended. ``text``: what it printed, both streams."""

    code: int
    text: str

    @property
    def disk_full(self) -> bool:
        return re.search(r"ENOSPC|No space left|not enough space", self.text) is not None

    @property
    def last(self) -> str:
        """The line that says why it failed, without anything secret in it, at most 300 characters."""
        lines = [line.strip() for line in self.text.splitlines() if line.strip()]
        errors = [line for line in lines if re.match(r"(npm )?err", line, re.IGNORECASE)]
        line = (errors or lines or [f"exit code {self.code}"])[-1]
        return re.sub(r"//[^/@\s]+@", "//", line)[:300]


def run(command: Sequence[str], folder: Path, job: Job, limit_s: float) -> Finished:
    """Runs a program in ``folder`` and waits. Kills it, and what it started, on cancel and after ``limit_s``.

    As a shell does, answers 124 where the time ran out and 127 where it cannot be started. Raises Cancelled.
    """
    log = folder / "log.txt"
    with log.open("wb") as stream:
        try:
            process = subprocess.Popen(
                list(command), cwd=folder, stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
                start_new_session=True)
        except OSError as error:
            return Finished(127, f"{command[0]} cannot be started: {error.strerror}")
        try:
            end = time.monotonic() + limit_s
            while process.poll() is None:
                job.check()
                if time.monotonic() > end:
                    return Finished(124, f"it took longer than {limit_s:g} s")
                time.sleep(POLL_S)
        finally:
            if process.returncode is None:
                _kill(process)
    return Finished(process.returncode, log.read_text("utf-8", "replace"))


def _kill(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
    else:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to https only, so that no one on the way can offer another file (its hash would be refused anyway)."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        if not allowed(newurl):
            raise urllib.error.URLError(f"it leads to an address without https ({newurl[:80]})")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def open_url(url: str, headers: dict[str, str]) -> Any:
    """The open response of a GET request; the user's proxy settings hold. Raises OSError (URLError is one)."""
    if not allowed(url):
        raise urllib.error.URLError("only https is allowed")
    opener = urllib.request.build_opener(
        _Redirects, urllib.request.HTTPSHandler(context=ssl.create_default_context()))
    return opener.open(urllib.request.Request(url, headers=headers), timeout=STALL_S)


@dataclass(frozen=True)
class Outside:
    """The port. ``python``: the interpreter whose pip is asked first. ``pause_s``: before a broken download goes on."""

    run: Callable[[Sequence[str], Path, Job, float], Finished] = run
    which: Callable[[str], str | None] = shutil.which
    open_url: Callable[[str, dict[str, str]], Any] = open_url
    python: str = sys.executable
    pause_s: float = 0.5
