"""The tree: stable codes, no two alike, and the drawing in the docstring is the tree itself."""

import re

from cutaway import errors
from cutaway.errors import Cancelled, CutawayError, DiskFull


def all_classes(root=CutawayError):
    return [root] + [c for child in root.__subclasses__() for c in all_classes(child)]


def test_codes_are_unique():
    codes = [c.code for c in all_classes()]
    assert len(codes) == len(set(codes))
    assert set(errors.tree()) == set(codes)


def test_the_docstring_draws_every_class_under_its_parent():
    parents, drawn = {}, {}
    for line in errors.__doc__.splitlines():
        found = re.match(r"^([ |]*)(?:\+-- )?([A-Z]\w+)\b", line[4:]) if line.startswith("    ") else None
        if found:
            depth = len(found.group(1)) // 4 + ("+--" in line)
            parents[depth] = found.group(2)
            drawn[found.group(2)] = parents.get(depth - 1)
    real = {c.__name__: (c.__bases__[0].__name__ if c is not CutawayError else None) for c in all_classes()}
    assert drawn == real


def test_an_error_reads_as_sentence_and_remedy():
    error = DiskFull("The disk is full.", "Free some room.")
    assert str(error) == "The disk is full. Free some room."
    assert str(Cancelled()) == "Cancelled."
