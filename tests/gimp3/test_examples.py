"""The example for Python-Fu without a GIMP: what it says where Cutaway is not there. The rest runs in the real one."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "plugin" / "gimp3" / "examples" / "cutaway_examples.py"


@pytest.fixture
def examples(adapter, monkeypatch):
    monkeypatch.setattr(adapter.Gimp.PDB, "lookup_procedure", lambda self, name: None, raising=False)
    monkeypatch.setattr(sys.modules["gi.repository"], "Gio", None, raising=False)  # no file is opened
    specification = importlib.util.spec_from_file_location("gimp3_examples", EXAMPLES)
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_a_gimp_without_the_plug_in_says_what_to_do(examples, tmp_path):
    for call in (lambda: examples.folder("a", tmp_path), lambda: examples.open_images(tmp_path / "out")):
        with pytest.raises(RuntimeError, match=r"no plug-in Cutaway\. Install Cutaway"):
            call()
