"""The policy: Topaz where the user has set a key and allowed it, else this computer, and the user is told why."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from cutaway import engines
from cutaway.cloud.ask import Cloud
from cutaway.cutout import Matte, Note
from cutaway.engines.port import Engine
from cutaway.errors import Cancelled, CloudError, CloudOutcomeUnknown
from cutaway.home import Home
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings

PATIENCE_S: Final = 600.0
"""How long Topaz may take before this computer does it instead: with the upload, what precedes it, and the fetch."""

LAST_LOOK_S: Final = 15.0
"""At the end of the patience a job that is waited for is looked at once more, and left; all else is broken off."""


def create(home: Home) -> Auto:
    return Auto(Cloud(home), engines.create("local", home))


class Auto:
    """``local`` does what ``cloud`` could not."""

    def __init__(self, cloud: Cloud, local: Engine) -> None:
        self._cloud = cloud
        self._local = local
        self._last = threading.local()

    def matte(self, picture: Picture, settings: RemoveSettings, job: Job) -> Matte:
        """The cloud's, else the local engine's with a note that says why. Raises what the local engine raises."""
        found, notes = tried(self._cloud, picture, settings, job)
        self._last.was_local = found is None
        if found is not None:
            return found
        local = self._local.matte(picture, settings, job)
        return dataclasses.replace(local, notes=notes + local.notes)

    @property
    def closer(self) -> Callable[[Picture, RemoveSettings, Job], Matte] | None:
        """The local engine's (see the port) where it has answered this thread last: a look at Topaz would be paid."""
        return getattr(self._local, "closer", None) if getattr(self._last, "was_local", False) else None

    def load(self, settings: RemoveSettings) -> None:
        self._local.load(settings)

    def loaded(self) -> list[dict[str, str]]:
        return self._local.loaded()

    def unload(self) -> None:
        self._local.unload()


def tried(
    cloud: Cloud, picture: Picture, settings: RemoveSettings, job: Job
) -> tuple[Matte | None, tuple[Note, ...]]:
    """The cloud's matte, or None and one sentence that says why not. Raises Cancelled only."""
    with _patient(job) as bounded:
        try:
            return cloud.matte(picture, settings, bounded, PATIENCE_S), ()
        except CloudError as error:
            why, paid = error.message, _may_be_paid(cloud, error)
        except Cancelled:
            if job.cancelled or not bounded.cancelled:
                raise
            why, paid = "It took too long.", bool(cloud.journal.open())
    said = f"This computer did it instead of Topaz: {why}"
    if paid:
        said += " A paid job may still finish there: cutaway jobs  shows it."
    return None, (Note("cloud_fallback", said),)


@contextmanager
def _patient(job: Job) -> Iterator[Job]:
    """A job that ends with ``job``, or by itself when the patience is over. Raises Cancelled."""
    bounded = Job(job.progress)
    timer = threading.Timer(PATIENCE_S + LAST_LOOK_S, bounded.cancel)
    timer.daemon = True
    with job.interruptible(bounded.cancel):
        timer.start()
        try:
            yield bounded
        finally:
            timer.cancel()


def _may_be_paid(cloud: Cloud, error: CloudError) -> bool:
    """Whether the error is about a job that the journal does not know the end of."""
    if isinstance(error, CloudOutcomeUnknown):
        return True
    if not error.process_id:
        return False
    jobs = [entry for entry in cloud.journal.entries() if entry.process_id == error.process_id]
    return not jobs or not all(entry.ended for entry in jobs)  # none: its name could not be written down
