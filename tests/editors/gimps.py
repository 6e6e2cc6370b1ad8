"""The GIMPs that the same test can be run in; the fixture ``kind`` gives one after the other."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import pytest


class Kind(NamedTuple):
    """``gimp``, ``real``, ``worker``: fixtures. ``scripts``: what the names of its own scripts begin with.

    ``cancel``: where the button beside the progress bar is.
    """

    name: str
    gimp: str
    real: str
    worker: str
    scripts: str
    cancel: tuple[int, int]


GIMP3: Final = Kind("gimp3", "gimp", "real_gimp", "fake_worker", "", (1108, 850))
GIMP2: Final = Kind("gimp2", "gimp2", "real_gimp2", "fake_worker2", "gimp2_", (1144, 852))


def both() -> list[Any]:
    """For pytest, each with its marker."""
    return [pytest.param(kind, marks=getattr(pytest.mark, kind.name), id=kind.name) for kind in (GIMP3, GIMP2)]
