"""The stand-ins invent no procedure, and the reader of sources finds those that are named."""

from __future__ import annotations

from pathlib import Path

from .calls import named_procedures
from .conftest import GIMP2
from .fake_gimp import FakePdb


def test_the_fake_has_only_what_the_adapter_calls() -> None:
    """Which the real GIMP is asked for."""
    fake = {name.replace("_", "-") for name in vars(FakePdb) if name.startswith("gimp")}
    assert fake <= set(named_procedures(GIMP2))


def test_calls_are_found_with_their_counts(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(
        "pdb.gimp_one(a, b)\npdb.gimp_one(*c)\nf = pdb.gimp_two\nself.gimp_three()\nother.gimp_four(a)\n"
        "w = _property('gimp-five', 'gimp-six')\nv = _children('gimp-seven')\n")
    assert named_procedures(tmp_path) == {
        "gimp-one": {2}, "gimp-two": set(), "gimp-three": {0}, "gimp-five": {1}, "gimp-six": {2}, "gimp-seven": {1}}
