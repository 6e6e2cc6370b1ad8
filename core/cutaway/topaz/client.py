"""The client. Every method may raise the cloud errors of :mod:`cutaway.errors` and Cancelled."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

import httpx
from numpy.typing import NDArray

from cutaway.errors import (
    CloudAnswerBad,
    CloudError,
    CloudJobUnknown,
    CloudKeyMissing,
    CloudKeyRefused,
    CloudNotReady,
    CloudOutcomeUnknown,
    CloudRefused,
)
from cutaway.job import Job
from cutaway.topaz import parse, statuses, upload
from cutaway.topaz.addresses import account_address, base_address, check_link
from cutaway.topaz.answers import Balance, Estimate, JobStatus, Links, Submitted
from cutaway.topaz.asking import Asking
from cutaway.topaz.backoff import Backoff, Polls
from cutaway.topaz.clock import Clock
from cutaway.topaz.connect import Connector
from cutaway.topaz.fetching import fetch
from cutaway.topaz.limits import Limits
from cutaway.topaz.mask import decode_mask
from cutaway.topaz.secret import Secret, fault
from cutaway.topaz.statuses import Where
from cutaway.topaz.waiting import Watch

__all__ = ["Client", "decode_mask"]

PAGE: Final = 100
PAGES: Final = 1000
NO_CONTENT: Final = 204
"""What alone says that a job was cancelled or deleted."""


class Client:
    """Topaz's background removal, for one API key. May be shared by threads; holds no connection between requests.

    ``base_url``: default CUTAWAY_TOPAZ_URL, else Topaz's own. https, or http on this computer. ``account_url``: default
    on the same server. ``transport`` and ``storage_transport`` replace the network for the API and for results.
    ``chance``: random numbers in 0..1 for the waits between tries.

    Raises CloudKeyMissing, CloudKeyRefused (the key's form is wrong), SettingsInvalid (an address).
    """

    def __init__(
        self, key: str | Secret, *, base_url: str | None = None, account_url: str | None = None,
        clock: Clock | None = None, transport: httpx.BaseTransport | None = None,
        storage_transport: httpx.BaseTransport | None = None, limits: Limits | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        secret = key if isinstance(key, Secret) else Secret(key)
        del key  # so that no traceback that shows local variables shows it
        wrong = fault(secret)
        if not secret:
            raise CloudKeyMissing("There is no Topaz API key.", "Set it with: cutaway key set")
        if wrong:
            raise CloudKeyRefused(
                f"The API key cannot be right: {wrong}", "Copy it again from Topaz's page: cutaway key set")
        self._base = base_address(base_url)
        self._account = account_address(account_url, self._base)
        self._limits = limits or Limits()
        self._clock = clock or Clock()
        self._chance = chance
        self._connectors = (Connector(transport), Connector(storage_transport))
        self._asking = Asking(secret, self._limits, self._clock, chance, *self._connectors)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the transports that were given."""
        for connector in self._connectors:
            connector.close()

    def submit(
        self, png: bytes | Path, *, filename: str, model: str = "RemoveBG", mode: str = "alpha",
        job: Job | None = None,
    ) -> Submitted:
        """Uploads the picture and starts a job: **paid**. Write ``process_id`` down at once, and never submit again.

        ``filename``: a new name for every submit, by which :meth:`find` finds a job whose answer was lost.

        Raises CloudOutcomeUnknown (its ``filename`` says which) where a job may have been made or not, also where the
        job was cancelled while the upload was on its way; CloudRefused, before anything is sent, for what is no PNG or
        over the limits; Cancelled, CloudUnreachable and every other error only where no job was made.
        """
        upload.check(png, filename, self._limits)
        form = {"model": model, "mode": mode}
        if model == "Object":  # with RemoveBG the service refuses the field
            form["output_format"] = "png"
        answer = self._asking.submit(f"{self._base}/matting/async", form, png, filename, job or Job())
        try:
            said = self._asking.json(answer)
        except CloudAnswerBad:
            said = None
        sent = parse.submitted(said, dict(answer.headers))
        if sent is None:
            lost = statuses.meaning(500, "submit")
            raise CloudOutcomeUnknown(lost.message, lost.hint, filename=filename)
        return sent

    def status(self, process_id: str, job: Job | None = None) -> JobStatus:
        """How a job stands."""
        answer = self._asking.read("status", "GET", self._of("status", process_id), job or Job(), process_id=process_id)
        with _about(process_id):
            return parse.job(self._asking.json(answer), process_id)

    def jobs(self, job: Job | None = None) -> Iterator[JobStatus]:
        """The jobs of the last 7 days, page by page; all at once where the service does not know pages."""
        job = job or Job()
        url = f"{self._base}/status"
        params: dict[str, str] | None = {"paginated": "true", "limit": str(PAGE)}
        seen = {""}
        for _ in range(PAGES):
            try:
                answer = self._asking.read("list", "GET", url, job, params=params)
            except CloudRefused:
                if params is None or len(seen) > 1:
                    raise
                params = None
                continue
            page = parse.page(self._asking.json(answer))
            yield from page.jobs
            if params is None or page.next_cursor in seen:
                return
            seen.add(page.next_cursor)
            params = {"paginated": "true", "limit": str(PAGE), "cursor": page.next_cursor}

    def find(self, filename: str, job: Job | None = None) -> JobStatus | None:
        """The job of a picture that was sent under this name, or None. Extensions may differ."""
        stem = Path(filename).stem
        return next((found for found in self.jobs(job) if found.filename and Path(found.filename).stem == stem), None)

    def wait(
        self, process_id: str, *, deadline_s: float = 5400.0, job: Job | None = None,
        on_status: Callable[[JobStatus], None] | None = None,
    ) -> JobStatus:
        """Looks at a job until it is Completed: at once, then after 2 s, 3 s, ... 15 s, and once at the deadline.

        A service that is busy, silent or in trouble, and a status that nobody knows, mean: wait. ``on_status`` gets
        every answer; its progress never falls.

        Raises CloudJobFailed (also where it was cancelled there), CloudDeadline, CloudJobUnknown, CloudAnswerBad where
        nothing sensible came several times in a row; all with ``process_id``.
        """
        watch = Watch(self._asking, self._limits, self._clock, self._of("status", process_id), process_id)
        return watch.run(deadline_s, job or Job(), on_status)

    def download(self, process_id: str, job: Job | None = None) -> Links:
        """Fresh links to the result, good for an hour. Raises CloudNotReady before the job is done."""
        answer = self._asking.read(
            "download", "GET", self._of("download", process_id), job or Job(), process_id=process_id)
        with _about(process_id):
            links = parse.links(self._asking.json(answer))
            check_link(links.download_url, self._base)
        return links

    def fetch(
        self, process_id: str, job: Job | None = None, *, check: Callable[[bytes], object] | None = None,
    ) -> bytes:
        """The result as it is stored. Can be called again and again for 7 days, and costs nothing.

        ``check`` raises CloudAnswerBad for what came damaged: then it is fetched once more, and checked again.
        Raises CloudNotReady, and CloudAnswerBad for a result over the limit of bytes or behind a redirect.
        """
        job = job or Job()
        with _about(process_id):
            data = self._fetch(process_id, job)
            try:
                if check is not None:
                    check(data)
                return data
            except CloudAnswerBad:
                data = self._fetch(process_id, job)
            if check is not None:
                check(data)
            return data

    def result(
        self, process_id: str, width: int, height: int, job: Job | None = None, *, mode: str = "alpha",
    ) -> NDArray[Any]:
        """The mask, (height, width) uint8 or uint16: :func:`cutaway.topaz.decode_mask` of what :meth:`fetch` gives."""
        kept: list[NDArray[Any]] = []
        self.fetch(process_id, job, check=lambda data: kept.append(
            decode_mask(data, width, height, mode=mode, limits=self._limits)))
        return kept[0]

    def cancel(self, process_id: str, job: Job | None = None) -> bool:
        """Asks for a job to be stopped. False where it is unknown or too late.

        Raises CloudAnswerBad for any answer but the documented one.
        """
        return self._remove("cancel", "cancel", process_id, job)

    def delete(self, process_id: str, job: Job | None = None) -> bool:
        """Deletes a job's record; nothing is said of its pictures. False where it is unknown."""
        return self._remove("delete", "status", process_id, job)

    def estimate(self, width: int, height: int, model: str = "RemoveBG", job: Job | None = None) -> Estimate:
        """What a picture of this size would cost, and how long it would take. Free."""
        form = {"category": "Matting", "model": model, "input_width": str(width), "input_height": str(height)}
        answer = self._asking.read("estimate", "POST", f"{self._base}/estimate", job or Job(), form=form)
        return parse.estimate(self._asking.json(answer))

    def balance(self, job: Job | None = None) -> Balance:
        """The account's credits. Free: the usual test of a key."""
        answer = self._asking.read("balance", "GET", f"{self._account}/credits/balance", job or Job())
        return parse.balance(self._asking.json(answer))

    def _fetch(self, process_id: str, job: Job) -> bytes:
        return fetch(
            self._asking, self._limits, Polls(self._limits), Backoff(self._limits, self._chance), process_id,
            lambda: self.download(process_id, job), job)

    def _of(self, what: str, process_id: str) -> str:
        if not parse.is_id(process_id):
            raise CloudJobUnknown("This cannot be the name of a Topaz job.", "See: cutaway jobs")
        return f"{self._base}/{what}/{process_id}"

    def _remove(self, where: Where, what: str, process_id: str, job: Job | None) -> bool:
        try:
            answer = self._asking.read(
                where, "DELETE", self._of(what, process_id), job or Job(), tries=self._limits.cancel_tries,
                process_id=process_id)
        except (CloudJobUnknown, CloudNotReady):
            return False
        if answer.status != NO_CONTENT:  # a gateway's or a sign-in page's 200 has stopped nothing
            raise CloudAnswerBad(
                "Something other than Topaz's service answered.",
                "Check the network: a proxy or a sign-in page may stand between.", process_id=process_id)
        return True


@contextmanager
def _about(process_id: str) -> Iterator[None]:
    """Names the job in errors that come from reading an answer."""
    try:
        yield
    except CloudError as error:
        error.process_id = process_id
        raise
