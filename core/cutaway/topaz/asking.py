"""Requests with their retries: what is asked, how often, and which error stands at the end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

import cutaway
from cutaway.errors import Cancelled, CloudAnswerBad, CloudError, CloudOutcomeUnknown, CloudUnreachable
from cutaway.job import Job
from cutaway.topaz import said, statuses
from cutaway.topaz.answers import Links
from cutaway.topaz.backoff import Backoff, retry_after
from cutaway.topaz.clock import Clock
from cutaway.topaz.connect import Connector
from cutaway.topaz.exchange import Answer, Ask, Exchange
from cutaway.topaz.limits import Limits
from cutaway.topaz.lost import Lost
from cutaway.topaz.secret import Secret
from cutaway.topaz.statuses import Where

_IDENTITY: Final = {"Accept-Encoding": "identity"}
_HEADERS: Final = {**_IDENTITY, "Accept": "application/json", "User-Agent": f"cutaway/{cutaway.__version__}"}
_LATER: Final = "Check the network, and try again later."


@dataclass(frozen=True)
class Trouble:
    """Why a try did not work: the error to raise, and what speaks for another try.

    ``again``: whether the same request may be sent again. ``wait_s``: what the server asked for.
    """

    error: CloudError
    again: bool
    status: int = 0
    wait_s: float | None = None


class Asking:
    """Sends requests of one key to one service. Holds nothing between requests, so threads may share it."""

    def __init__(
        self, key: Secret, limits: Limits, clock: Clock, chance: Callable[[], float], api: Connector,
        storage: Connector,
    ) -> None:
        self._key = key
        self._limits = limits
        self._clock = clock
        self._chance = chance
        self._api = api
        self._storage = storage

    def read(
        self, where: Where, method: str, url: str, job: Job, *, tries: int = 0, process_id: str = "",
        params: dict[str, str] | None = None, form: dict[str, str] | None = None,
    ) -> Answer:
        """A request that may be sent any number of times. Raises the error of the last try, and Cancelled."""
        ask = Ask(method, url, self._key, _HEADERS, params, form)
        return self._insist(lambda: self._try(where, ask, job, process_id), job, tries or self._limits.read_tries)

    def read_once(self, where: Where, url: str, job: Job, process_id: str) -> Answer | Trouble:
        """A single look, for the caller that has its own patience. Raises Cancelled."""
        return self._try(where, Ask("GET", url, self._key, _HEADERS), job, process_id)

    def submit(self, url: str, form: dict[str, str], content: bytes | Path, filename: str, job: Job) -> Answer:
        """The paid request: sent again only after a refusal that made no job, or where nothing was sent.

        Raises CloudOutcomeUnknown with the file name where a job may have been made, a cancel in mid-upload included.
        """
        ask = Ask("POST", url, self._key, _HEADERS, form=form, upload=("image", filename, content))
        return self._insist(lambda: self._try_submit(ask, filename, job), job, self._limits.submit_tries)

    def fetch(self, links: Links, job: Job, process_id: str) -> Answer | Trouble:
        """A signed link's content: without the key and without headers of our own. Raises Cancelled."""
        ask = Ask("GET", links.download_url, headers=_IDENTITY)
        outcome = self._exchange(self._storage, ask, job, self._limits.fetch_s, self._limits.result_bytes)
        return self._judge("storage", outcome, process_id)

    def json(self, answer: Answer) -> Any:
        """The body's value. Raises CloudAnswerBad."""
        try:
            if not answer.too_large:
                return said.read_json(answer.body, self._key)
        except ValueError:
            pass  # raised below, where no half-read text hangs on the error
        raise CloudAnswerBad(
            "Topaz's answer cannot be understood: it is not JSON.",
            "Check the network: a proxy or a sign-in page may stand between.")

    def pause(self, seconds: float, job: Job) -> None:
        self._clock.wait(seconds, job)

    def _insist(self, attempt: Callable[[], Answer | Trouble], job: Job, tries: int) -> Answer:
        backoff = Backoff(self._limits, self._chance)
        while True:
            outcome = attempt()
            if isinstance(outcome, Answer):
                return outcome
            tries -= 1
            if not outcome.again or tries < 1:
                raise outcome.error
            self._clock.wait(backoff.next(outcome.wait_s, outcome.status == statuses.SLOWLY), job)

    def _try(self, where: Where, ask: Ask, job: Job, process_id: str) -> Answer | Trouble:
        outcome = self._exchange(self._api, ask, job, self._limits.answer_s, self._limits.answer_bytes)
        return self._judge(where, outcome, process_id)

    def _try_submit(self, ask: Ask, filename: str, job: Job) -> Answer | Trouble:
        outcome = self._exchange(self._api, ask, job, self._limits.upload_s, self._limits.answer_bytes,
                                 self._limits.grace_s)
        if isinstance(outcome, Lost) and outcome.sent:
            why = statuses.meaning(500, "submit")
            return Trouble(CloudOutcomeUnknown(why.message, why.hint, filename=filename), again=False)
        trouble = self._judge("submit", outcome, "")
        if isinstance(trouble, Trouble) and isinstance(trouble.error, CloudOutcomeUnknown):
            trouble.error.filename = filename
        return trouble

    def _exchange(
        self, connector: Connector, ask: Ask, job: Job, total_s: float, cap: int, grace_s: float = 0.0,
    ) -> Answer | Lost:
        limits = self._limits
        timeout = httpx.Timeout(
            connect=limits.connect_s, read=limits.read_s, write=limits.write_s, pool=limits.connect_s)
        return Exchange(lambda: connector.open(ask.url), ask, cap, timeout).run(job, total_s, grace_s)

    def _judge(self, where: Where, outcome: Answer | Lost, process_id: str) -> Answer | Trouble:
        if isinstance(outcome, Lost):
            if outcome.cancelled:
                raise Cancelled()
            if outcome.ours:
                return Trouble(CloudError(
                    f"The picture was not sent to Topaz: {outcome.reason}.", outcome.hint), again=False)
            place = "Topaz's storage" if where == "storage" else "Topaz's service"
            error = CloudUnreachable(
                f"{place} cannot be reached: {outcome.reason}.", outcome.hint or _LATER, process_id=process_id)
            return Trouble(error, again=not outcome.lasting)
        if statuses.good(outcome.status):
            return outcome
        means = statuses.meaning(outcome.status, where)
        # A storage's message names the signed link.
        told = "" if where == "storage" else said.message(outcome.body, self._key)
        quoted = f' Topaz says: "{told}"' if told else ""
        number = "" if outcome.status in statuses.DOCUMENTED else f" (HTTP {outcome.status})"
        message = f"{means.message[:-1]}{number}.{quoted}"
        wait_s = retry_after(outcome.headers.get("retry-after"), self._clock.now(), self._limits.retry_after_longest_s)
        return Trouble(means.error(message, means.hint, process_id=process_id), means.retry, outcome.status, wait_s)
