"""The examples in the docstrings are true."""

import doctest
import importlib

import pytest


@pytest.mark.parametrize("name", ["addresses", "backoff", "price", "said", "secret", "statuses"])
def test_examples(name):
    found = doctest.testmod(importlib.import_module(f"cutaway.topaz.{name}"))
    assert found.attempted
    assert not found.failed
