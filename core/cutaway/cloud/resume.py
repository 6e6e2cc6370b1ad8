"""Fetching what was paid for before: one job, or all that have not ended."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cutaway.cloud import journal as states
from cutaway.cloud.ask import DEADLINE_S, Cloud
from cutaway.cloud.journal import Entry
from cutaway.errors import (
    CloudBusy,
    CloudDeadline,
    CloudError,
    CloudForbidden,
    CloudKeyRefused,
    CloudOutcomeUnknown,
    CloudUnreachable,
)

if TYPE_CHECKING:
    from cutaway.cloud.errand import Errand
    from cutaway.job import Job

ROUND_S: Final = 5.0
"""Between two looks at jobs that are not done."""

Outcome = tuple[Entry, CloudError | None]


def resume(
    cloud: Cloud, entries: Sequence[Entry], job: Job, deadline_s: float = DEADLINE_S, *, again: bool = False
) -> list[Outcome]:
    """Looks at the jobs in turn until each has its result or cannot have one: one that takes long holds none up.

    Each entry as it is then, and why it is not fetched, or None. Where the service cannot be reached or does not let us
    in, the jobs that are left are not tried, and stay as they are. ``again``: also what was called expired before.
    A cancel stops the waiting and no job. Raises Cancelled, and CloudKeyMissing where the service would have to be
    asked.
    """
    cloud.sweep()
    found: dict[str, Outcome] = {}
    waiting = [entry for entry in entries if not _settled(cloud, entry, again)]
    end = cloud.clock.monotonic() + deadline_s
    if waiting:
        with cloud.errand(job, taking_back=False) as errand:
            while waiting:
                found |= _round(cloud, errand, waiting, job, again)
                waiting = [entry for entry in waiting if isinstance(found[entry.id][1], CloudBusy | CloudDeadline)]
                left = end - cloud.clock.monotonic()
                if left <= 0:
                    break
                if waiting:
                    job.progress("waiting", 1.0 - len(waiting) / len(entries))
                    cloud.clock.wait(min(ROUND_S, left), job)
    return [found.get(entry.id, (entry, None)) for entry in entries]


def _round(cloud: Cloud, errand: Errand, waiting: Sequence[Entry], job: Job, again: bool) -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}
    for number, entry in enumerate(waiting):
        found[entry.id] = _looked(cloud, errand, entry, job, again)
        error = found[entry.id][1]
        if error is not None and number + 1 < len(waiting) and _stops_all(cloud, error, job):
            return found | {left.id: (left, error) for left in waiting[number + 1:]}
    return found


def _stops_all(cloud: Cloud, error: CloudError, job: Job) -> bool:
    """Whether the others need not be tried. One job alone may be in trouble at the service: a brief question tells."""
    cause = error.__cause__ if isinstance(error, CloudOutcomeUnknown) else error
    if isinstance(cause, CloudKeyRefused | CloudForbidden):
        return True
    if not isinstance(cause, CloudUnreachable):
        return False
    try:
        cloud.balance(job)
    except CloudError:
        return True
    return False


def _settled(cloud: Cloud, entry: Entry, again: bool) -> bool:
    """Whether nothing is to be done: what was fetched may have been dropped from the cache since."""
    if entry.state == states.FETCHED:
        return cloud.results.get(entry.digest) is not None
    return entry.ended and not (again and entry.state == states.EXPIRED)


def _looked(cloud: Cloud, errand: Errand, entry: Entry, job: Job, again: bool) -> Outcome:
    try:
        with cloud.journal.turn(entry.digest, job, wait=False):
            # Another process may have come to its end meanwhile.
            entry = cloud.journal.fresh(entry)
            if _settled(cloud, entry, again):
                return entry, None
            entry = errand.locate(entry)
            if not entry.process_id:
                return entry, None
            if entry.state in (states.SUBMITTED, states.EXPIRED):
                done = errand.is_done(entry)
                if entry.state == states.EXPIRED:  # it is there after all, and blocks its picture again
                    entry = cloud.journal.note(entry, states.SUBMITTED, error="", owner=errand.owner)
                if not done:
                    raise CloudDeadline(
                        "The job at Topaz is not done yet.", f"Look again later:  cutaway jobs resume {entry.id}",
                        process_id=entry.process_id)
            entry, _, unkept = errand.follow(entry, 0.0)
            return entry, unkept
    except CloudError as error:
        with contextlib.suppress(CloudError):
            entry = cloud.journal.fresh(entry)
        return entry, error
