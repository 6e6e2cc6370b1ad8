"""One picture to one matte by the cloud service: consent, price, journal, upload, waiting, cache."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cutaway.cloud import journal as states
from cutaway.cloud.consent import Consent
from cutaway.cloud.journal import Entry, Journal
from cutaway.cloud.judge import check_price, credits_said, judged
from cutaway.cloud.key import KeyStore
from cutaway.cloud.results import Results, digest
from cutaway.cloud.upload import ArrayRows, png
from cutaway.cutout import Matte, Note
from cutaway.errors import (
    Cancelled,
    CloudAnswerBad,
    CloudDeadline,
    CloudError,
    CloudForbidden,
    CloudJobFailed,
    CloudJobUnknown,
    CloudKeyRefused,
    CloudNoCredits,
    CloudOutcomeUnknown,
)
from cutaway.home import Home
from cutaway.job import Job
from cutaway.models.lock import held
from cutaway.picture.encode_png import Extras, encode
from cutaway.picture.model import Picture
from cutaway.picture.render import render
from cutaway.picture.target import place
from cutaway.settings import RemoveSettings
from cutaway.topaz import Client, Clock, JobStatus, decode_mask, price
from cutaway.topaz.secret import Secret

DEADLINE_S: Final = 5400.0
"""Topaz's own jobs may take so long."""

SETTLED_S: Final = 120.0
"""A job that is not in the service's list so long after its picture was sent does not exist."""

LATER: Final = "Fetch it later:  cutaway jobs resume"


class Cloud:
    """For any thread; a client of its own for every picture.

    ``session``: the key in the environment of the program that asks. ``connect``: makes the client from a key.
    """

    def __init__(
        self, home: Home, session: Secret | None = None, *, keys: KeyStore | None = None, clock: Clock | None = None,
        connect: Callable[[Secret], Client] | None = None,
    ) -> None:
        self._home = home
        self._session = session
        self.keys = keys or KeyStore(home)
        self._clock = clock or Clock()
        self._connect = connect or (lambda key: Client(key, clock=self._clock))
        self.consent = Consent(home)
        self.journal = Journal(home, self._clock.now)
        self.results = Results(home)

    def client(self) -> Client:
        """A new client, to be closed by the caller. Raises CloudKeyMissing."""
        return self._connect(self.keys.get(self._session))

    def matte(
        self, picture: Picture, settings: RemoveSettings, job: Job, deadline_s: float = DEADLINE_S
    ) -> Matte:
        """The matte of the whole picture, at its size, uint8 or uint16.

        A picture that was paid for before is not sent again: its result is taken from the cache, or its job resumed.
        Raises CloudKeyMissing, CloudNotAllowed and CloudTooExpensive before anything is sent, the other cloud errors
        and Cancelled. A cancel asks the service to cancel too; where it is too late for that, the job stays listed.
        """
        began = time.perf_counter()
        self.keys.get(self._session)
        self.consent.check(settings.upload)
        credits = price(picture.width, picture.height)
        check_price(credits, settings.credits)
        job.progress("packing")
        pixels = render(picture)
        name = digest(pixels, settings.cloud, settings.mode)
        self._home.journal.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Two requests for the same picture: the second waits and takes the first one's result.
        with held(self._home.journal / f"{name[:32]}.lock", job):
            data, paid, notes = self._answer(pixels, name, settings, credits, job, deadline_s)
        values = self._decoded(data, name, settings.mode, picture.width, picture.height)
        seconds = {"cloud": time.perf_counter() - began}
        return Matte(values, "topaz", settings.cloud, "cloud", notes + judged(values), seconds, paid)

    def resume(self, entry: Entry, job: Job, deadline_s: float = DEADLINE_S) -> Entry:
        """Fetches what was paid: waits for the job and keeps its result. The entry as it is then.

        Raises the cloud errors; CloudJobUnknown where the service has no such job any more.
        """
        if entry.ended:
            return entry
        with self.client() as client:
            found = self._located(entry, client, job)
            return found if found.ended else self._followed(found, client, job, deadline_s)[0]

    def export(self, entry: Entry, path: Path, *, overwrite: bool = False) -> None:
        """Writes a fetched mask as a gray PNG of the size of what was sent.

        Raises CloudError where there is none, TargetExists, TargetNotWritable and DiskFull.
        """
        data = self.results.get(entry.digest)
        if data is None:
            raise CloudError(f"There is no result of the job {entry.id} here.", "cutaway jobs  says how it ended.")
        values = self._decoded(data, entry.digest, entry.mode, entry.width, entry.height)
        place(path, lambda stream: encode(stream, ArrayRows(values[..., np.newaxis]), Extras()), overwrite=overwrite)

    def _answer(
        self, pixels: NDArray[np.uint8], name: str, settings: RemoveSettings, credits: int, job: Job, deadline_s: float
    ) -> tuple[bytes, int, tuple[Note, ...]]:
        """The service's answer as it came, what was paid for it now, and notes."""
        kept = self.results.get(name)
        if kept is not None:
            return kept, 0, (Note(
                "cloud_cached", "This picture was paid for before: the same result was used, without credits."),)
        with self.client() as client:
            for entry in self.journal.open(name):
                found = self._located(entry, client, job)
                if not found.ended:
                    done, data = self._followed(found, client, job, deadline_s)
                    return data, 0, (Note(
                        "cloud_resumed", "This picture had been sent before: that job was used, without new credits."),)
            self._check_account(client, pixels, settings, credits)
            entry = self._sent(client, pixels, name, settings, credits, job)
            done, data = self._followed(entry, client, job, deadline_s)
        return data, done.credits, ()

    def _check_account(
        self, client: Client, pixels: NDArray[np.uint8], settings: RemoveSettings, credits: int
    ) -> None:
        """What the service itself says of price and balance, where it can be reached; both are free."""
        height, width = pixels.shape[:2]
        try:
            credits = max(credits, client.estimate(width, height, settings.cloud).credits)
            balance = client.balance()
        except (CloudKeyRefused, CloudForbidden):
            raise
        except CloudError:
            return  # the price rule stands, and the submit itself says what is wrong
        check_price(credits, settings.credits)
        if balance.available < credits:
            raise CloudNoCredits(
                f"This picture costs {credits_said(credits)}, and the account has {balance.available}.",
                "Buy credits at Topaz, or use the engine on this computer.")

    def _sent(
        self, client: Client, pixels: NDArray[np.uint8], name: str, settings: RemoveSettings, credits: int, job: Job
    ) -> Entry:
        data = png(pixels)
        job.check()
        height, width = pixels.shape[:2]
        entry = self.journal.begin(name, settings.cloud, settings.mode, width, height, credits)
        job.progress("sending")
        try:
            sent = client.submit(data, filename=entry.filename, model=settings.cloud, mode=settings.mode, job=job)
        except (CloudOutcomeUnknown, CloudAnswerBad) as error:
            entry = self.journal.note(entry, states.UNKNOWN, error=error.message)
            if job.cancelled:
                self._stopped_in_mid_submit(entry, client)
                raise Cancelled() from error
            found = self._located(entry, client, job)
            if found.process_id and not found.ended:
                return found
            raise
        except (CloudError, Cancelled) as error:
            # Nothing was sent, or the service has said that it makes no job.
            self.journal.note(entry, states.REFUSED, error=error.message)
            raise
        return self.journal.note(entry, states.SUBMITTED, process_id=sent.process_id)

    def _stopped_in_mid_submit(self, entry: Entry, client: Client) -> None:
        """A cancel during the upload: whether a job exists is asked once, and it is cancelled where it does."""
        with contextlib.suppress(CloudError):
            found = client.find(entry.filename)
            if found is not None:
                entry = self.journal.note(entry, states.SUBMITTED, process_id=found.process_id)
                if client.cancel(found.process_id):
                    self.journal.note(entry, states.CANCELLED)

    def _located(self, entry: Entry, client: Client, job: Job) -> Entry:
        """An entry with its process_id; ended where it is known that no job was made.

        Raises CloudOutcomeUnknown where that is not known yet: the picture must not be sent again.
        """
        if entry.process_id:
            return entry
        job.progress("waiting")
        found = client.find(entry.filename, job)
        if found is not None:
            return self.journal.note(entry, states.SUBMITTED, process_id=found.process_id)
        if self._clock.now() - entry.created > SETTLED_S:
            return self.journal.note(entry, states.ABSENT)
        raise CloudOutcomeUnknown(
            "The answer of Topaz was lost: whether the picture was taken is not known yet.",
            "It is not sent again meanwhile. Try again in a few minutes.")

    def _followed(self, entry: Entry, client: Client, job: Job, deadline_s: float) -> tuple[Entry, bytes]:
        """Waits for a job, fetches its result and keeps it."""
        try:
            if entry.state != states.COMPLETED:
                entry = self._completed(entry, client, job, deadline_s)
            job.progress("fetching")
            data = client.fetch(
                entry.process_id, job=job,
                check=lambda data: decode_mask(data, entry.width, entry.height, mode=entry.mode))
            self.results.put(entry.digest, data)
        except CloudJobUnknown as error:
            self.journal.note(entry, states.EXPIRED, error=error.message)
            raise
        except CloudError as error:
            error.process_id = error.process_id or entry.process_id
            raise
        except OSError as error:
            raise CloudError(
                f"The result cannot be kept: {error.strerror}.", f"Free some space on the disk. {LATER} {entry.id}",
                process_id=entry.process_id) from error
        return self.journal.note(entry, states.FETCHED, error=""), data

    def _completed(self, entry: Entry, client: Client, job: Job, deadline_s: float) -> Entry:
        def told(status: JobStatus) -> None:
            job.progress("waiting", status.progress / 100.0)

        try:
            job.progress("waiting")  # in here: a cancel that came during the upload stops the job there too
            done = client.wait(entry.process_id, deadline_s=deadline_s, job=job, on_status=told)
        except CloudJobFailed as error:
            self.journal.note(entry, states.FAILED, error=error.message)
            raise
        except CloudDeadline as error:
            error.hint = f"The job goes on at Topaz and stays paid. {LATER} {entry.id}"
            raise
        except Cancelled:
            with contextlib.suppress(CloudError):
                if client.cancel(entry.process_id):
                    self.journal.note(entry, states.CANCELLED)
            raise
        credits = entry.credits if done.credits is None else done.credits
        return self.journal.note(entry, states.COMPLETED, credits=credits)

    def _decoded(self, data: bytes, name: str, mode: str, width: int, height: int) -> NDArray[Any]:
        try:
            return decode_mask(data, width, height, mode=mode)
        except CloudAnswerBad:
            self.results.drop(name)  # damaged on this disk: what was fetched has been checked
            raise
