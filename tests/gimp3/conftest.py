"""The adapter's modules with stubs in the place of GIMP."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
MODULES = ("gimp3_pixels", "gimp3_layer", "gimp3_result", "gimp3_host", "gimp3_arguments")


def _ours(name: str) -> bool:
    return name.startswith("gimp3_") or name == "gi" or name.startswith("gi.")


@pytest.fixture
def adapter() -> Iterator[SimpleNamespace]:
    """The modules, freshly imported, and the stub namespaces ``Gimp`` and ``Gegl``."""
    before = {name: module for name, module in sys.modules.items() if _ours(name)}
    for name in before:
        del sys.modules[name]
    paths = [str(ROOT / "tests" / "stubs"), str(ROOT / "plugin" / "gimp3")]
    sys.path[:0] = paths
    try:
        found = {name.removeprefix("gimp3_"): importlib.import_module(name) for name in MODULES}
        repository = importlib.import_module("gi.repository")
        yield SimpleNamespace(**found, Gimp=repository.Gimp, Gegl=repository.Gegl)
    finally:
        for path in paths:
            sys.path.remove(path)
        for name in [name for name in sys.modules if _ours(name)]:
            del sys.modules[name]
        sys.modules.update(before)
