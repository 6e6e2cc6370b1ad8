"""No engine: the matte is one that is there already. The pipeline is given it and asks nobody."""

from __future__ import annotations

from cutaway.cutout import Matte
from cutaway.errors import InputError
from cutaway.home import Home
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings


def create(home: Home) -> Given:
    return Given()


class Given:
    """Stands where an engine is asked for although no mask was given."""

    def matte(self, picture: Picture, settings: RemoveSettings, job: Job) -> Matte:
        """Always raises InputError."""
        raise InputError("There is no mask to start from.", "Give one, or choose another engine.")

    def load(self, settings: RemoveSettings) -> None:
        """Nothing to load."""

    def loaded(self) -> list[dict[str, str]]:
        return []

    def unload(self) -> None:
        """Nothing to free."""
