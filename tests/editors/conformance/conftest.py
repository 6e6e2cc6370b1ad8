"""The hosts of the suite, each run once with all cases that were selected."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from ..short import short_path
from .cases import BY_ID
from .files import FilesInSuite
from .gimp import Gimp2, Gimp3
from .host import Conforming, Outcome
from .krita import KritaHost
from .scene import Scene

MARKS = {"gimp3": (pytest.mark.gimp3,), "gimp2": (pytest.mark.gimp2,),
         "krita": (pytest.mark.krita, pytest.mark.gui)}
HOSTS: dict[str, type[Any]] = {"gimp3": Gimp3, "gimp2": Gimp2, "krita": KritaHost,
                                "files": FilesInSuite}
NEEDS = {"gimp3": ("gimp", "fake_worker"), "gimp2": ("gimp2", "fake_worker2"), "krita": ("krita", "krita_worker"),
         "files": ("files_folder",)}


@pytest.fixture(scope="session")
def files_folder() -> Iterator[Path]:
    """The host made of files needs no editor."""
    with short_path() as folder:
        yield folder


@dataclass
class Ran:
    """A host with what came of its cases."""

    host: Conforming
    scenes: dict[str, Scene]
    outcomes: dict[str, Outcome] = field(default_factory=dict)


@pytest.fixture(scope="session")
def ran(request: pytest.FixtureRequest) -> Iterator[Callable[[str], Ran]]:
    """By the host's name; runs it at the first call, with the cases of the tests that were selected."""
    kept: dict[str, Ran] = {}

    def give(name: str) -> Ran:
        if name not in kept:
            host = HOSTS[name](*(request.getfixturevalue(need) for need in NEEDS[name]))
            chosen = {item.callspec.params["case"].id for item in request.session.items
                      if hasattr(item, "callspec") and item.callspec.params.get("host_name") == name
                      and "case" in item.callspec.params}
            scenes = host.scenes([case for case in BY_ID.values() if case.id in chosen])
            kept[name] = Ran(host, {scene.case.id: scene for scene in scenes})
            kept[name].outcomes = host.outcomes(scenes)
        if not kept[name].outcomes:
            pytest.fail(f"{name} did not get to the end of its cases: see the first of its failures")
        return kept[name]

    yield give


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "host_name" in metafunc.fixturenames:
        metafunc.parametrize("host_name", [pytest.param(name, marks=MARKS.get(name, ())) for name in HOSTS])
