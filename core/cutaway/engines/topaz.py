"""The engine at Topaz: see :mod:`cutaway.cloud`. The picture leaves this computer, with the user's consent only."""

from __future__ import annotations

from cutaway.cloud.ask import Cloud
from cutaway.cutout import Matte
from cutaway.engines.port import Weightless
from cutaway.home import Home
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings


def create(home: Home) -> Topaz:
    return Topaz(Cloud(home))


class Topaz(Weightless):
    """Keeps nothing in memory between two pictures."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def matte(self, picture: Picture, settings: RemoveSettings, job: Job) -> Matte:
        """See :meth:`cutaway.cloud.ask.Cloud.matte`."""
        return self._cloud.matte(picture, settings, job)
