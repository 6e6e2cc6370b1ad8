from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

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
