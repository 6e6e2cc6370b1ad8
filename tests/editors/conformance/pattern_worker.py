"""The real worker with an engine whose answer is known: for files, whose pixels the worker reads itself.

The model's name is the case's id: "refused-by-the-worker" is refused, HOLD is at work until it is cancelled.
"""

from __future__ import annotations

import stat
import sys
import time
from pathlib import Path

from cutaway.cutout import Matte
from cutaway.errors import EngineError
from cutaway.home import Home
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings
from cutaway.worker import process
from cutaway.worker.core import RealCore

from ..fake_worker import made_mask
from ..sandbox import CHECKOUT

HOLD, REFUSE = "hold", "refused-by-the-worker"


class FakeEngine:
    """The same pattern as the tests' other worker."""

    def matte(self, picture: Picture, settings: RemoveSettings, job: Job) -> Matte:
        job.progress("model")
        while settings.model == HOLD:
            job.check()
            time.sleep(0.005)
        if settings.model == REFUSE:
            raise EngineError("The engine does not want this.", "Choose another picture.")
        return Matte(made_mask(picture.pixels, None, None), "fake", "pattern")

    def load(self, settings: RemoveSettings) -> None:
        pass

    def loaded(self) -> list[dict[str, str]]:
        return []

    def unload(self) -> None:
        pass


class FakeCore(RealCore):
    """The real core with that engine."""

    def _engine(self, name: str) -> FakeEngine:  # type: ignore[override]
        return FakeEngine()


def write_program(path: Path, home: Path) -> None:
    """A program to be named as the installation's interpreter: whatever it is asked, it becomes the worker."""
    code = (f"import sys; sys.path.insert(0, {str(CHECKOUT)!r}); "
            f"from tests.editors.conformance import pattern_worker; pattern_worker.main({str(home)!r})")
    path.write_text(f"#!/bin/sh\nexec '{sys.executable}' -c \"{code}\"\n", encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def main(home: str) -> None:
    sys.exit(process.serve(Home(Path(home)), FakeCore(Home(Path(home)))))
