"""The examples in the docstrings are run, and every operation has one and says what it must."""

from __future__ import annotations

import doctest
import importlib

import pytest

OPERATIONS = {"shift": "shift", "feather": "feather", "invert": "invert", "smooth": "smooth", "contrast": "contrast",
              "threshold": "threshold", "holes": "fill_holes", "specks": "drop_specks", "chain": "apply"}


@pytest.mark.parametrize("name", [*OPERATIONS, "values"])
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(f"cutaway.mask.{name}"))
    assert result.attempted > 0
    assert result.failed == 0


@pytest.mark.parametrize("name", OPERATIONS)
def test_says_shape_errors_and_edge_rule(name: str) -> None:
    text = getattr(importlib.import_module(f"cutaway.mask.{name}"), OPERATIONS[name]).__doc__
    assert "(H, W) uint8, uint16 or float32 (0..1)" in text
    assert "Raises InputError" in text
    assert name == "chain" or "edge rule" in text.lower() or "border" in text
