"""The policy: Topaz where the user has set a key and allowed it, else this computer, and the user is told why."""

from __future__ import annotations

import dataclasses
from typing import Final

from cutaway import engines
from cutaway.cloud.ask import Cloud
from cutaway.cutout import Matte, Note
from cutaway.engines.port import Engine
from cutaway.errors import CloudError, CloudOutcomeUnknown
from cutaway.home import Home
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings

PATIENCE_S: Final = 600.0
"""How long Topaz may take before this computer does it instead."""


def create(home: Home) -> Auto:
    return Auto(Cloud(home), engines.create("local", home))


class Auto:
    """``local`` does what ``cloud`` could not."""

    def __init__(self, cloud: Cloud, local: Engine) -> None:
        self._cloud = cloud
        self._local = local

    def matte(self, picture: Picture, settings: RemoveSettings, job: Job) -> Matte:
        """The cloud's, else the local engine's with a note that says why. Raises what the local engine raises."""
        found, notes = tried(self._cloud, picture, settings, job)
        if found is not None:
            return found
        local = self._local.matte(picture, settings, job)
        return dataclasses.replace(local, notes=notes + local.notes)

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
    try:
        return cloud.matte(picture, settings, job, PATIENCE_S), ()
    except CloudError as error:
        said = f"This computer did it instead of Topaz: {error.message}"
        if _may_be_paid(cloud, error):
            said += " A paid job may still finish there: cutaway jobs  shows it."
        return None, (Note("cloud_fallback", said),)


def _may_be_paid(cloud: Cloud, error: CloudError) -> bool:
    """Whether the error is about a job that the journal does not know the end of."""
    if isinstance(error, CloudOutcomeUnknown):
        return True
    if not error.process_id:
        return False
    jobs = [entry for entry in cloud.journal.entries() if entry.process_id == error.process_id]
    return not jobs or not all(entry.ended for entry in jobs)  # none: its name could not be written down
