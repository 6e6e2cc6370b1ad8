"""No engine: the matte is one that is there already. The pipeline is given it and asks nobody."""

from __future__ import annotations

from cutaway.cutout import Matte
from cutaway.engines.port import Weightless
from cutaway.errors import InputError
from cutaway.home import Home
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings


def create(home: Home) -> Given:
    return Given()


class Given(Weightless):
    """Stands where an engine is asked for although no mask was given."""

    def matte(self, picture: Picture, settings: RemoveSettings, job: Job) -> Matte:
        """Always raises InputError."""
        raise InputError("There is no mask to start from.", "Give one, or choose another engine.")
