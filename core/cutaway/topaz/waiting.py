"""Watching a job until it ends, with a patience of its own for everything that may go wrong on the way."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Final

from cutaway.errors import CloudAnswerBad, CloudBusy, CloudDeadline, CloudJobFailed, CloudJobUnknown, CloudUnreachable
from cutaway.job import Job
from cutaway.topaz import answers, parse
from cutaway.topaz.answers import JobStatus
from cutaway.topaz.asking import Asking, Trouble
from cutaway.topaz.backoff import Polls
from cutaway.topaz.clock import Clock
from cutaway.topaz.limits import Limits

NEAR_S: Final = 0.001


class Watch:
    """One use: :meth:`run`."""

    def __init__(self, asking: Asking, limits: Limits, clock: Clock, url: str, process_id: str) -> None:
        self._asking = asking
        self._limits = limits
        self._clock = clock
        self._url = url
        self._process_id = process_id
        self._bad = 0
        self._best = 0.0

    def run(self, deadline_s: float, job: Job, on_status: Callable[[JobStatus], None] | None) -> JobStatus:
        """See :meth:`cutaway.topaz.Client.wait`."""
        end = self._clock.monotonic() + deadline_s
        polls = Polls(self._limits)
        while True:
            job.check()
            last_look = self._clock.monotonic() >= end - NEAR_S
            outcome = self._look(job)
            if isinstance(outcome, Trouble):
                self._bear(outcome)
            else:
                self._bad = 0
                found = self._rising(outcome)
                if on_status is not None:
                    on_status(found)
                if found.ended:
                    return _completed(found)
            if last_look:
                raise _deadline(self._process_id, outcome)
            said = outcome.wait_s if isinstance(outcome, Trouble) else None
            self._clock.wait(min(polls.next(said), max(0.0, end - self._clock.monotonic())), job)

    def _look(self, job: Job) -> JobStatus | Trouble:
        outcome = self._asking.read_once("status", self._url, job, self._process_id)
        if isinstance(outcome, Trouble):
            return outcome
        try:
            return parse.job(self._asking.json(outcome), self._process_id)
        except CloudAnswerBad as error:
            error.process_id = self._process_id
            return Trouble(error, again=True)

    def _bear(self, trouble: Trouble) -> None:
        """Raises the trouble's error where waiting on is no use."""
        passing = trouble.again and isinstance(trouble.error, CloudBusy | CloudUnreachable)
        if passing:
            return
        self._bad += 1
        # A job that was just made may not be known everywhere yet; a sign-in page may stand between for a moment.
        patience = self._limits.unknown_polls if isinstance(trouble.error, CloudJobUnknown) else self._limits.bad_polls
        odd = isinstance(trouble.error, CloudJobUnknown | CloudAnswerBad | CloudUnreachable)
        if not odd or self._bad >= patience:
            raise trouble.error

    def _rising(self, found: JobStatus) -> JobStatus:
        self._best = max(self._best, found.progress)
        return dataclasses.replace(found, progress=self._best)


def _completed(found: JobStatus) -> JobStatus:
    if found.status == answers.COMPLETED:
        return found
    if found.status == answers.CANCELLED:
        raise CloudJobFailed(
            "The job was cancelled at Topaz.", "It costs nothing. Remove the background again if you still want it.",
            process_id=found.process_id)
    raise CloudJobFailed(
        "Topaz took the picture but could not process it, and does not say why.",
        "It costs nothing. Try the other Topaz model, or the engine on this computer.", process_id=found.process_id)


def _deadline(process_id: str, outcome: JobStatus | Trouble) -> CloudDeadline:
    last = f" The last look at it failed: {outcome.error.message}" if isinstance(outcome, Trouble) else ""
    return CloudDeadline(
        f"The job at Topaz is not done yet.{last}",
        "It goes on there and is kept for 7 days; fetch it later with: cutaway jobs resume", process_id=process_id)
