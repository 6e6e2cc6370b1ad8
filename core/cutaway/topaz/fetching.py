"""Getting a result from the storage behind a signed link."""

from __future__ import annotations

from collections.abc import Callable

from cutaway.errors import CloudAnswerBad, CloudNotReady
from cutaway.job import Job
from cutaway.topaz.answers import Links
from cutaway.topaz.asking import Asking
from cutaway.topaz.backoff import Backoff, Polls
from cutaway.topaz.exchange import Answer
from cutaway.topaz.limits import Limits

EXPIRED = (403, 410)


def fetch(
    asking: Asking, limits: Limits, polls: Polls, backoff: Backoff, process_id: str, link: Callable[[], Links],
    job: Job,
) -> bytes:
    """The stored bytes. ``link`` asks for a fresh link; it is asked once more where the first has expired.

    Raises CloudNotReady where the result stays away after the job is done, CloudAnswerBad for one over the limit.
    """
    links = _link(asking, limits, polls, link, job)
    fresh, tries = False, limits.read_tries
    while True:
        outcome = asking.fetch(links, job, process_id)
        if isinstance(outcome, Answer):
            if outcome.too_large:
                raise CloudAnswerBad(
                    f"Topaz's result is larger than {limits.result_bytes >> 20} MB.",
                    "The job and its result are kept for 7 days.", process_id=process_id)
            return outcome.body
        if outcome.status in EXPIRED and not fresh:
            fresh, links = True, _link(asking, limits, polls, link, job)
            continue
        tries -= 1
        if not outcome.again or tries < 1:
            raise outcome.error
        asking.pause(backoff.next(outcome.wait_s), job)


def _link(asking: Asking, limits: Limits, polls: Polls, link: Callable[[], Links], job: Job) -> Links:
    """A done job's result may still be on its way to the storage: then polling goes on for a little."""
    for _ in range(limits.ready_tries - 1):
        try:
            return link()
        except CloudNotReady:
            asking.pause(polls.next(None), job)
    return link()
