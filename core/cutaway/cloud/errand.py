"""What is done about one job of the journal: looking for it, waiting, fetching, taking it back."""

from __future__ import annotations

import contextlib
import dataclasses
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from numpy.typing import NDArray

from cutaway.cloud import journal as states
from cutaway.cloud.journal import Entry, Journal
from cutaway.cloud.results import Results
from cutaway.errors import (
    Cancelled,
    CloudDeadline,
    CloudError,
    CloudJobFailed,
    CloudJobUnknown,
    CloudOutcomeUnknown,
)
from cutaway.job import Job
from cutaway.topaz import Client, Clock, JobStatus, decode_mask

SETTLED_S: Final = 120.0
"""A job that is not in the service's list so long after its picture was sent does not exist."""

SENDING_S: Final = 3600.0
"""After so long nothing that was interrupted can be on its way any more."""

GONE_S: Final = 3600.0
"""A job that both its address and the list deny is given up after so long: either may be behind."""

KEPT_S: Final = 7 * 86400.0
"""So long the service keeps jobs and results."""

LOOKS: Final = (0.0, 2.0, 4.0)
"""Seconds before each look for a job whose answer was just lost: the list may be a little behind."""

FAREWELL_S: Final = 10.0
"""A user who has cancelled does not wait longer for the service to hear of it."""

LATER: Final = "Fetch it later:  cutaway jobs resume"


class Errand:
    """For one request. ``taking_back``: whether a cancel of ours takes the job back at the service as well.

    ``owner``: the mark of the client's key (owner.py). What another key has sent is looked for as well, since it may be
    of the same account; but that this key does not find it says nothing, and is never noted.
    """

    def __init__(
        self, client: Client, journal: Journal, results: Results, clock: Clock, job: Job, *, owner: str = "",
        taking_back: bool = True,
    ) -> None:
        self.client = client
        self.owner = owner
        self._journal = journal
        self._results = results
        self._clock = clock
        self._job = job
        self._taking_back = taking_back

    def locate(self, entry: Entry, looks: Sequence[float] = (0.0,)) -> Entry:
        """The entry with its process_id; ended where it is known that no job was made.

        Raises CloudOutcomeUnknown where that is not known yet: the picture must not be sent again.
        """
        if entry.process_id:
            return entry
        self._job.progress("waiting")
        asked = self._clock.now()
        for pause in looks:
            self._clock.wait(pause, self._job)
            asked = self._clock.now()  # before the look: what it takes itself proves nothing
            found = self._found(entry)
            if found is not None:
                return self._journal.note(
                    entry, states.SUBMITTED, process_id=found.process_id, error="", owner=self.owner)
        if self._is_foreign(entry):
            raise _elsewhere(entry)
        age = asked - entry.updated
        if age > KEPT_S:
            return self._journal.note(entry, states.EXPIRED)
        if age > (SENDING_S if entry.state == states.INTENT else SETTLED_S):
            return self._journal.note(entry, states.ABSENT, error="")
        if entry.state == states.INTENT:
            self.lost(entry, "Interrupted while the picture was sent.")
        raise CloudOutcomeUnknown(
            "Topaz's answer was lost, and whether it has taken the picture is not known yet.",
            f"It is not sent again meanwhile. Look again in a few minutes:  cutaway jobs resume {entry.id}",
            filename=entry.filename)

    def lost(self, entry: Entry, why: str) -> Entry:
        """The entry of a picture that may have been taken. Raises CloudOutcomeUnknown where it cannot be written."""
        try:
            return self._journal.note(entry, states.UNKNOWN, error=why)
        except CloudError as error:
            raise CloudOutcomeUnknown(
                f"Topaz's answer was lost, and a job may have been made. {error.message}",
                f"{error.hint} It is not sent again meanwhile. Look again:  cutaway jobs resume {entry.id}",
                filename=entry.filename) from error

    def is_done(self, entry: Entry) -> bool:
        """One look at a job with a process_id: whether it has ended there. Raises like :meth:`follow`."""
        try:
            return self.client.status(entry.process_id, self._job).ended
        except CloudJobUnknown as error:
            self._unknown(entry, error)
            raise
        except CloudError as error:
            _tell_kept(error, entry)
            raise

    def follow(self, entry: Entry, deadline_s: float) -> tuple[Entry, NDArray[Any], CloudError | None]:
        """Waits for a job, fetches its result and keeps it. Raises the cloud errors, which name it, and Cancelled.

        The error at the end: why the result, which is paid and whole, could not be kept on this disk. The job is then
        still listed.
        """
        try:
            if entry.state not in (states.COMPLETED, states.FETCHED):
                entry = self._completed(entry, deadline_s)
            self._job.progress("fetching")
            data, values = self._fetched(entry)
        except CloudJobUnknown as error:
            self._unknown(entry, error)
            raise
        except CloudJobFailed as error:
            error.process_id = entry.process_id
            raise
        except CloudError as error:
            _tell_kept(error, entry)
            raise
        try:
            self._keep(entry, data)
            return self._journal.note(entry, states.FETCHED, error="", owner=self.owner), values, None
        except CloudError as error:
            _tell_kept(error, entry)
            return entry, values, error

    def take_back(self, entry: Entry) -> None:
        """Asks the service to stop a job, whose process_id may have to be looked for. Where that fails it stays listed.
        """
        with _hurried() as hurry, contextlib.suppress(CloudError, Cancelled):
            if not entry.process_id:
                found = self.client.find(entry.filename, hurry)
                if found is None:
                    return
                entry = self._journal.note(entry, states.SUBMITTED, process_id=found.process_id)
            if self.client.cancel(entry.process_id, hurry):
                self._journal.note(entry, states.CANCELLED, error="")

    def _found(self, entry: Entry) -> JobStatus | None:
        try:
            return self.client.find(entry.filename, self._job)
        except CloudError as error:
            raise CloudOutcomeUnknown(
                f"Whether Topaz has taken the picture cannot be found out now. {error.message}",
                f"It is not sent again meanwhile. {error.hint} Look again:  cutaway jobs resume {entry.id}",
                filename=entry.filename) from error

    def _completed(self, entry: Entry, deadline_s: float) -> Entry:
        def told(status: JobStatus) -> None:
            self._job.progress("waiting", status.progress / 100.0)

        try:
            self._job.progress("waiting")
            done = self.client.wait(entry.process_id, deadline_s=deadline_s, job=self._job, on_status=told)
        except CloudJobFailed as error:
            self._journal.note(entry, states.FAILED, error=error.message)
            raise
        except Cancelled:
            if self._taking_back:
                self.take_back(entry)
            raise
        credits = entry.credits if done.credits is None else done.credits
        known: dict[str, Any] = {"credits": credits, "owner": self.owner}
        try:
            return self._journal.note(entry, states.COMPLETED, **known)
        except CloudError:  # a full disk does not keep what is paid from being fetched
            return dataclasses.replace(entry, state=states.COMPLETED, **known)

    def _fetched(self, entry: Entry) -> tuple[bytes, NDArray[Any]]:
        """What cannot be decoded is fetched again."""
        decoded: list[NDArray[Any]] = []
        data = self.client.fetch(entry.process_id, self._job, check=lambda data: decoded.append(
            decode_mask(data, entry.width, entry.height, mode=entry.mode)))
        return data, decoded[-1]

    def _keep(self, entry: Entry, data: bytes) -> None:
        try:
            self._results.put(entry.digest, data)
        except OSError as error:
            raise CloudError(
                f"The result cannot be kept on this computer: {error.strerror}.", "Free some space on the disk.",
            ) from error

    def _unknown(self, entry: Entry, error: CloudJobUnknown) -> None:
        """Notes the end of a job that is gone; of any other the error says that it is kept, and whose it is."""
        if self._is_foreign(entry):
            raise _elsewhere(entry) from error
        if self._is_gone(entry):
            self._journal.note(entry, states.EXPIRED, error=error.message)
        else:
            _tell_kept(error, entry)

    def _is_foreign(self, entry: Entry) -> bool:
        return bool(entry.owner) and entry.owner != self.owner

    def _is_gone(self, entry: Entry) -> bool:
        """Whether the service knows neither the job nor its picture: a link or a proxy may answer 404 as well.

        A young job is never gone, whatever is said of it: it is paid, and the service may know it a little later.
        """
        age = self._clock.now() - entry.updated
        if age <= GONE_S:
            return False
        try:
            self.client.status(entry.process_id, self._job)
        except CloudJobUnknown:
            with contextlib.suppress(CloudError):
                return age > KEPT_S or self.client.find(entry.filename, self._job) is None
        except CloudError:
            pass
        return False


def _elsewhere(entry: Entry) -> CloudOutcomeUnknown:
    return CloudOutcomeUnknown(
        "This picture was sent with another API key, and the present one does not find its job.",
        f"It is not sent again. Set that key and fetch it:  cutaway jobs resume {entry.id}  "
        f"or give up what may be paid:  cutaway jobs forget {entry.id}",
        process_id=entry.process_id, filename=entry.filename)


def _tell_kept(error: CloudError, entry: Entry) -> None:
    """Makes the error of a job that stays say which one, and how to come back to it."""
    error.process_id = entry.process_id
    late = isinstance(error, CloudDeadline)
    kept = "The job goes on at Topaz, which charges it once it is done." if late else f"{error.hint} The job is kept."
    error.hint = f"{kept} {LATER} {entry.id}"


@contextmanager
def _hurried() -> Iterator[Job]:
    """A job that is cancelled after FAREWELL_S."""
    job = Job()
    timer = threading.Timer(FAREWELL_S, job.cancel)
    timer.daemon = True
    timer.start()
    try:
        yield job
    finally:
        timer.cancel()
