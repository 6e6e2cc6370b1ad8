"""One picture to one matte by the cloud service: consent, price, journal, upload, waiting, cache."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cutaway.cloud import journal as states
from cutaway.cloud.consent import Consent
from cutaway.cloud.errand import KEPT_S, LOOKS, Errand
from cutaway.cloud.journal import Entry, Journal
from cutaway.cloud.judge import credits_said, too_expensive
from cutaway.cloud.key import KeyStore
from cutaway.cloud.owner import Owners
from cutaway.cloud.results import Results, digest
from cutaway.cloud.upload import ArrayRows, SentRows, packed, sweep
from cutaway.cutout import Matte, Note
from cutaway.errors import (
    Cancelled,
    CloudAnswerBad,
    CloudError,
    CloudForbidden,
    CloudJobUnknown,
    CloudKeyMissing,
    CloudKeyRefused,
    CloudNoCredits,
    CloudOutcomeUnknown,
    CloudUnreachable,
    CutawayError,
    InputError,
)
from cutaway.home import Home
from cutaway.job import Job
from cutaway.picture.encode_png import Extras, encode
from cutaway.picture.model import Picture
from cutaway.picture.target import place
from cutaway.settings import RemoveSettings
from cutaway.subject import judged
from cutaway.topaz import Balance, Client, Clock, Limits, decode_mask, price
from cutaway.topaz.addresses import base_address
from cutaway.topaz.secret import Secret

DEADLINE_S: Final = 5400.0
"""Topaz's own jobs may take so long."""

ASKING: Final = Limits(connect_s=5.0, read_s=20.0, answer_s=30.0, read_tries=2)
"""For what is only good to know beforehand: without a network the user hears of it at once."""

Connect = Callable[[Secret, Limits], Client]


class Cloud:
    """For any thread; a client of its own for every picture.

    ``session``: the key in the environment of the program that asks, ``url`` the service's address there, "" for none.
    ``connect``: makes the client from a key.
    """

    def __init__(
        self, home: Home, session: Secret | None = None, *, url: str = "", keys: KeyStore | None = None,
        clock: Clock | None = None, connect: Connect | None = None,
    ) -> None:
        self._session = session
        self._url = url
        self.keys = keys or KeyStore(home)
        self.clock = clock or Clock()
        self._connect = connect or (lambda key, limits: Client(
            key, base_url=url or None, clock=self.clock, limits=limits))
        self._outbox = home.journal / "sending"
        self.consent = Consent(home)
        self.journal = Journal(home, self.clock.now)
        self.results = Results(home)
        self._owners = Owners(home)

    def client(self, limits: Limits | None = None) -> Client:
        """A new client, to be closed by the caller. Raises CloudKeyMissing, CloudKeyRefused, CloudError."""
        with _as_cloud_errors():
            return self._connect(self.keys.get(self._session), limits or Limits())

    def balance(self, job: Job) -> Balance:
        """The account's credits, asked for briefly. Raises the cloud errors and Cancelled."""
        with self.client(ASKING) as client:
            return client.balance(job)

    def matte(
        self, picture: Picture, settings: RemoveSettings, job: Job, deadline_s: float = DEADLINE_S
    ) -> Matte:
        """The matte of the whole picture, at its size, uint8 or uint16.

        A picture that was paid for before is not sent again, and needs no consent: its result is taken from the cache,
        or its job resumed. Raises CloudKeyMissing, CloudNotAllowed and CloudTooExpensive before anything is sent, the
        other cloud errors and Cancelled. A cancel asks the service to cancel too; where it is too late for that, the
        job stays listed. ``deadline_s`` is for the waiting, from now on.
        """
        with _as_cloud_errors():
            return self._matte(picture, settings, job, self.clock.monotonic() + deadline_s)

    def _matte(self, picture: Picture, settings: RemoveSettings, job: Job, end: float) -> Matte:
        began = time.perf_counter()
        refusal = self._refusal(picture, settings)
        if refusal is not None and not self.journal.begun:
            raise refusal
        job.progress("packing")
        rows = SentRows(picture)
        name = digest(rows, base_address(self._url or None), settings.cloud, settings.mode, job)
        with self.journal.turn(name, job):
            values, paid, notes = self._answer(rows, name, settings, refusal, job, end)
        seconds = {"cloud": time.perf_counter() - began}
        return Matte(values, "topaz", settings.cloud, "cloud", notes + judged(values), seconds, paid, final=True)

    def export(self, entry: Entry, path: Path, *, overwrite: bool = False) -> None:
        """Writes a fetched mask as a gray PNG of the size of what was sent.

        Raises CloudError where there is none, TargetExists, TargetNotWritable and DiskFull.
        """
        values = self._cached(entry.digest, entry.width, entry.height, entry.mode)
        if values is None:
            raise CloudError(f"There is no result of the job {entry.id} here.", "cutaway jobs  says how it ended.")
        rows = ArrayRows(values[..., np.newaxis])
        place(path, lambda stream: encode(stream, rows, Extras()), overwrite=overwrite)

    def sweep(self) -> None:
        """Removes pictures that killed processes have left on their way out, as far as that goes."""
        with contextlib.suppress(OSError):
            sweep(self._outbox)

    @contextmanager
    def errand(self, job: Job, *, taking_back: bool = True) -> Iterator[Errand]:
        """With a client of its own. Raises what :meth:`client` raises."""
        with _as_cloud_errors():
            key = self.keys.get(self._session)
            owner = self._owners.mark(key, base_address(self._url or None))
            client = self._connect(key, Limits())
        with client:
            yield Errand(
                client, self.journal, self.results, self.clock, job, owner=owner, taking_back=taking_back)

    def _refusal(self, picture: Picture, settings: RemoveSettings) -> CloudError | None:
        """Why a picture that was not sent before must not be sent now, or None."""
        allowed = self.consent.refusal(settings.upload)
        if self.keys.find(self._session) is None:
            return CloudKeyMissing("No Topaz API key is set.", "Set it with  cutaway key set")
        return allowed or too_expensive(price(picture.width, picture.height), settings.credits)

    def _answer(
        self, rows: SentRows, name: str, settings: RemoveSettings, refusal: CloudError | None, job: Job, end: float,
    ) -> tuple[NDArray[Any], int, tuple[Note, ...]]:
        """The mask, what was paid for it now, and notes."""
        values = self._cached(name, rows.width, rows.height, settings.mode)
        if values is not None:
            return values, 0, (Note(
                "cloud_cached", "This picture was paid for before: the same result was used, without credits."),)
        before = [entry for entry in self.journal.of(name) if not entry.ended or self._is_kept_there(entry)]
        if refusal is not None and not before:
            raise refusal
        with self.errand(job) as errand:
            for entry in before:
                again = self._again(errand, entry, end)
                if again is not None:
                    return again[0], 0, (Note(
                        "cloud_resumed", "This picture had been sent before: that job was used, without new credits."),
                        *again[1])
            if refusal is not None:
                raise refusal
            credits = self._price(rows, settings, job)
            entry = self._sent(errand, rows, name, settings, credits, job)
            done, values, unkept = errand.follow(entry, self._left(end))
        return values, done.credits, _told(unkept)

    def _left(self, end: float) -> float:
        return max(0.0, end - self.clock.monotonic())

    def _is_kept_there(self, entry: Entry) -> bool:
        """Whether the service still has a result that was fetched before and is no more in the cache."""
        return entry.state == states.FETCHED and self.clock.now() - entry.updated < KEPT_S

    def _again(self, errand: Errand, entry: Entry, end: float) -> tuple[NDArray[Any], tuple[Note, ...]] | None:
        """The result of a job of before, and notes; None where there is none and none will come."""
        found = errand.locate(entry)
        if found.ended and found.state != states.FETCHED:
            return None
        try:
            _, values, unkept = errand.follow(found, self._left(end))
            return values, _told(unkept)
        except CloudJobUnknown:
            # A job that was fetched before and is gone owes nothing; of one that was not, the user must hear.
            if found.state == states.FETCHED and self.journal.fresh(found).state == states.EXPIRED:
                return None
            raise

    def _price(self, rows: SentRows, settings: RemoveSettings, job: Job) -> int:
        """Credits by the rule and by what the service itself says of price and balance, which is free.

        Raises CloudTooExpensive, CloudNoCredits, CloudKeyRefused, CloudForbidden, and CloudUnreachable where neither
        is answered.
        """
        credits, available = price(rows.width, rows.height), None
        silent: list[CloudError] = []
        with self.client(ASKING) as client:
            try:
                credits = max(credits, client.estimate(rows.width, rows.height, settings.cloud, job).credits)
            except (CloudKeyRefused, CloudForbidden):
                raise
            except CloudError as error:
                silent.append(error)
            try:
                available = client.balance(job).available
            except (CloudKeyRefused, CloudForbidden):
                raise
            except CloudError as error:
                silent.append(error)
        if len(silent) == 2 and all(isinstance(error, CloudUnreachable) for error in silent):
            raise silent[0]
        over = too_expensive(credits, settings.credits)
        if over is not None:
            raise over
        if available is not None and available < credits:
            raise CloudNoCredits(
                f"This picture costs {credits_said(credits)}, and the Topaz account has {available}.",
                "Buy credits at Topaz, or use the engine on this computer.")
        return credits

    def _sent(
        self, errand: Errand, rows: SentRows, name: str, settings: RemoveSettings, credits: int, job: Job
    ) -> Entry:
        """The entry of a job that was made. Raises the cloud errors and Cancelled, the journal saying what is known."""
        with packed(rows, self._outbox) as path:
            job.progress("sending")
            entry = self.journal.begin(
                name, settings.cloud, settings.mode, rows.width, rows.height, credits, errand.owner)
            try:
                sent = errand.client.submit(
                    path, filename=entry.filename, model=settings.cloud, mode=settings.mode, job=job)
            except (CloudOutcomeUnknown, CloudAnswerBad) as error:
                entry = errand.lost(entry, error.message)
            except CutawayError as error:  # whatever else it raises, it raises only where no job was made
                state = states.CANCELLED if isinstance(error, Cancelled) else states.REFUSED
                self.journal.note(entry, state, error=error.message)
                raise
            else:
                return self.journal.note(entry, states.SUBMITTED, process_id=sent.process_id)
        if job.cancelled:
            errand.take_back(entry)
            raise Cancelled()
        try:
            entry = errand.locate(entry, LOOKS)
        except Cancelled:
            errand.take_back(entry)
            raise
        if not entry.process_id:
            raise CloudUnreachable(
                "The upload to Topaz was lost on its way: no job was made, and nothing is paid.", "Try again.")
        return entry

    def _cached(self, name: str, width: int, height: int, mode: str) -> NDArray[Any] | None:
        data = self.results.get(name)
        if data is None:
            return None
        try:
            return decode_mask(data, width, height, mode=mode)
        except CloudAnswerBad:
            self.results.drop(name)  # damaged on this disk: what was fetched has been checked
            return None


@contextmanager
def _as_cloud_errors() -> Iterator[None]:
    """What is wrong with an address or with Cutaway's own files is the cloud's matter: ``auto`` goes on without it."""
    try:
        yield
    except InputError as error:
        raise CloudError(error.message, error.hint) from error
    except OSError as error:
        raise CloudError(
            f"What is kept about Topaz on this computer cannot be used: {error.strerror or type(error).__name__}.",
            "Check the disk and the rights of Cutaway's folder.") from error


def _told(unkept: CloudError | None) -> tuple[Note, ...]:
    """The note about a paid result that is not on this disk."""
    return () if unkept is None else (Note("cloud_not_kept", f"{unkept.message} {unkept.hint}"),)
