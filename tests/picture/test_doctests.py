from __future__ import annotations

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["orient", "render", "rows"])
def test_the_examples_in_docstrings_are_true(name):
    found = doctest.testmod(importlib.import_module(f"cutaway.picture.{name}"))
    assert found.attempted > 0
    assert found.failed == 0
