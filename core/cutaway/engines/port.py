"""The engine port: what an engine must be able to do.

An engine is one file in this folder with a function ``create(home: Home) -> Engine``. It is found by its file's name
and imported only when chosen (see :mod:`cutaway.engines`).
"""

from __future__ import annotations

from typing import Protocol

from cutaway.cutout import Matte
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings


class Engine(Protocol):
    """Finds the subject. One instance serves many jobs, one at a time.

    An engine for which another look costs nothing but time may have ``closer(picture, settings, job) -> Matte``, like
    ``matte``: where the subject is small, the pipeline shows it the subject's surroundings once more, large. It is
    asked for after ``matte``, and may then be None.
    """

    def matte(self, picture: Picture, settings: RemoveSettings, job: Job) -> Matte:
        """The unrefined matte, (h, w) of any size that covers the whole picture: the pipeline brings it to full size.

        Reports the stage "model" to ``job`` and stops soon after a cancel. Raises the errors of the tree.
        """
        ...

    def load(self, settings: RemoveSettings) -> None:
        """Gets ready, ahead, what :meth:`matte` would need with these settings; need not be called.

        Raises the errors of the tree.
        """
        ...

    def loaded(self) -> list[dict[str, str]]:
        """What is in memory: {"name", "provider"} each; for any thread."""
        ...

    def unload(self) -> None:
        """Frees models and connections; the next :meth:`matte` loads them again."""
        ...


class Weightless:
    """The part of an engine that keeps nothing in memory."""

    def load(self, settings: RemoveSettings) -> None:
        """Nothing to load."""

    def loaded(self) -> list[dict[str, str]]:
        return []

    def unload(self) -> None:
        """Nothing to free."""
