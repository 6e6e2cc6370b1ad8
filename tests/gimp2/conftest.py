"""The adapter's modules with a GIMP made of tables."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from .fake_gimp import FakeGimp, FakeImage

ROOT = Path(__file__).resolve().parents[2]
GIMP2 = ROOT / "plugin" / "gimp2"
PYTHONFU = GIMP2 / "pythonfu"


def _ours(name: str) -> bool:
    return name.startswith("gimp")


@pytest.fixture
def modules() -> Iterator[None]:
    """The adapter's folders on the path; its modules are forgotten afterwards."""
    before = {name: module for name, module in sys.modules.items() if _ours(name)}
    for name in before:
        del sys.modules[name]
    paths = [str(GIMP2), str(PYTHONFU)]
    sys.path[:0] = paths
    try:
        yield
    finally:
        for path in paths:
            sys.path.remove(path)
        for name in [name for name in sys.modules if _ours(name)]:
            del sys.modules[name]
        sys.modules.update(before)


@pytest.fixture
def pythonfu(modules: None) -> SimpleNamespace:
    """The module in place of Python-Fu; nothing of it needs GIMP to be imported."""
    names = (
        "gimp", "gimpfu", "gimpfu_c", "gimpfu_dialog", "gimpfu_fields", "gimpfu_pdb", "gimpfu_run", "gimpfu_values",
        "gimpenums")
    return SimpleNamespace(**{name: importlib.import_module(name) for name in names})


@pytest.fixture
def adapter(modules: None) -> SimpleNamespace:
    """The adapter's modules; ``fake`` is the GIMP that they talk to."""
    fake = FakeGimp()
    real = importlib.import_module("gimpfu")
    for name in ("gimp", "gimpfu"):
        module = ModuleType(name)
        module.pdb = fake.pdb
        sys.modules[name] = module
    sys.modules["gimpfu"].__dict__.update(
        {name: value for name, value in vars(real).items() if name.startswith("PF_")},
        register=fake.register, main=fake.main)
    for name in ("error", "Parasite", "progress_init", "progress_update", "message", "get_data", "set_data"):
        setattr(sys.modules["gimp"], name, getattr(fake, name))
    sys.modules["gimp"].Image = FakeImage
    found = {name: importlib.import_module(name) for name in (
        "gimp2_layer", "gimp2_gegl", "gimp2_result", "gimp2_host", "gimp2_arguments")}
    specification = importlib.util.spec_from_file_location("gimp2_cutaway", GIMP2 / "cutaway.py")
    program = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(program)
    return SimpleNamespace(fake=fake, program=program, **found)
