from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cutaway_bridge.errors import BridgeError

from . import fakes

FOLDER = Path(__file__).parents[2] / "plugin" / "krita"


@pytest.fixture
def app() -> fakes.FakeKrita:
    return fakes.FakeKrita()


@pytest.fixture
def adapter(app: fakes.FakeKrita, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Imports one file of the adapter, with a fake Krita in place of the real one."""
    fakes.forget()
    for name, module in fakes.modules(app).items():
        monkeypatch.setitem(sys.modules, name, module)
    sys.modules[fakes.PACKAGE].__path__ = [str(FOLDER)]
    try:
        yield lambda name: importlib.import_module(f"{fakes.PACKAGE}.{name}")
    finally:
        fakes.forget()


class FakeWork:
    """In the place of scripting.work_off: what the window does."""

    error: BridgeError | None = None

    def __call__(self, pictures: Any, report: Any) -> None:
        for picture in pictures:
            report.attempt(picture.name, lambda picture=picture: ([picture.name], [("n", "In a window.")]))
        if self.error is not None:
            raise self.error


@pytest.fixture
def batch(adapter: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    scripting = ModuleType(f"{fakes.PACKAGE}.scripting")
    scripting.work_off = FakeWork()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, scripting.__name__, scripting)
    sys.modules[fakes.PACKAGE].scripting = scripting  # type: ignore[attr-defined]
    return adapter("batch")
