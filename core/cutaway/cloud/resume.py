"""Fetching what was paid for before: one job, or all that have not ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from cutaway.cloud import journal as states
from cutaway.cloud.ask import DEADLINE_S, Cloud
from cutaway.cloud.journal import Entry
from cutaway.errors import CloudBusy, CloudDeadline, CloudError

if TYPE_CHECKING:
    from cutaway.cloud.errand import Errand
    from cutaway.job import Job
    from cutaway.topaz import Client

ROUND_S: Final = 5.0
"""Between two looks at jobs that are not done."""

Outcome = tuple[Entry, CloudError | None]


def resume(cloud: Cloud, entries: Sequence[Entry], job: Job, deadline_s: float = DEADLINE_S) -> list[Outcome]:
    """Looks at the jobs in turn until each has its result or cannot have one: one that takes long holds none up.

    Each entry as it is then, and why it is not fetched, or None. A cancel stops the waiting and no job. Raises
    Cancelled, and CloudKeyMissing where the service would have to be asked.
    """
    cloud.sweep()
    found: dict[str, Outcome] = {}
    waiting = [entry for entry in entries if not _settled(cloud, entry)]
    end = cloud.clock.now() + deadline_s
    if waiting:
        with cloud.client() as client:
            errand = cloud.errand(client, job, taking_back=False)
            while waiting:
                found |= {entry.id: _looked(cloud, client, errand, entry, job) for entry in waiting}
                waiting = [entry for entry in waiting if isinstance(found[entry.id][1], CloudBusy | CloudDeadline)]
                left = end - cloud.clock.now()
                if left <= 0:
                    break
                if waiting:
                    job.progress("waiting", 1.0 - len(waiting) / len(entries))
                    cloud.clock.wait(min(ROUND_S, left), job)
    return [found.get(entry.id, (entry, None)) for entry in entries]


def _settled(cloud: Cloud, entry: Entry) -> bool:
    """Whether nothing is to be done: what was fetched may have been dropped from the cache since."""
    if entry.state == states.FETCHED:
        return cloud.results.get(entry.digest) is not None
    return entry.ended


def _looked(cloud: Cloud, client: Client, errand: Errand, entry: Entry, job: Job) -> Outcome:
    try:
        with cloud.journal.turn(entry.digest, job, wait=False):
            # Another process may have come to its end meanwhile.
            entry = cloud.journal.find(entry.id)
            if _settled(cloud, entry):
                return entry, None
            entry = errand.locate(entry)
            if entry.ended and entry.state != states.FETCHED:
                return entry, None
            if entry.state == states.SUBMITTED and not client.status(entry.process_id, job).ended:
                raise CloudDeadline(
                    "The job at Topaz is not done yet.", f"Look again later:  cutaway jobs resume {entry.id}",
                    process_id=entry.process_id)
            return errand.follow(entry, 0.0)[0], None
    except CloudError as error:
        return cloud.journal.find(entry.id), error
