"""What only GIMP 2.10 has: a group with a mask, a layer named beside the active one, values refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from .layered import mask_of, saved

pytestmark = pytest.mark.gimp2


@pytest.fixture
def done(gimp2_layers: dict[str, SimpleNamespace]) -> dict[str, SimpleNamespace]:
    return gimp2_layers


def test_a_group_that_has_a_mask_gets_a_new_one_on_its_copy(done: Any) -> None:
    case = done["group_with_mask"]
    assert case.size == [130, 90, 10, 20] and case.run.mask is not None
    assert [name for name, _ in case.tree] == ["set (cutout)", "set"]
    new = saved(case).layer("set (cutout)")
    assert new.is_group and case.run.params["settings"]["clean"] == 0
    np.testing.assert_array_equal(mask_of(new), case.run.out_mask)


def test_the_layer_that_was_named_is_taken_and_not_the_active_one(done: Any) -> None:
    case = done["other_layer_active"]
    assert [name for name, _ in case.tree] == ["other", "photo (cutout)", "photo"]
    assert case.active == "photo (cutout)"


@pytest.mark.parametrize(("name", "message", "hint"), [
    ("shift", "shift cannot be 999.0", "It is a number from -250 to 250 px."),
    ("output", "output cannot be paper", "It is one of layer, mask."),
    ("clean", "clean cannot be 10.5", "It is a whole number from 0 to 100 %."),
])
def test_values_out_of_range(gimp2_refusals: Any, name: str, message: str, hint: str) -> None:
    case = gimp2_refusals[name]
    assert message in case["error"] and hint in case["error"], case["error"]
    assert not case["new"] and case["same"] and all(case["visible"])
