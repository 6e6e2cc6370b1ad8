"""What only GIMP 3 has: filters, vectors, links, its locks, several layers selected."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from .layered import mask_of, rgb, saved

pytestmark = pytest.mark.gimp3


@pytest.fixture
def done(gimp3_layers: dict[str, SimpleNamespace]) -> dict[str, SimpleNamespace]:
    return gimp3_layers


def test_locks_stay_on_the_source_and_the_copy_can_be_painted_on(done: Any) -> None:
    case = done["locked"]
    image = saved(case)
    source, new = image.layer("photo"), image.layer("photo (cutout)")
    assert source.lock_content and source.lock_position and source.lock_visibility and source.lock_alpha
    assert not source.visible and new.visible
    assert not new.lock_content and not new.lock_visibility and new.lock_position
    np.testing.assert_array_equal(mask_of(new), case.run.out_mask)
    assert (rgb(new.pixels) != rgb(source.pixels)).any(), "the colours were not written"


@pytest.mark.parametrize("name", ["vector", "link"])
def test_vector_and_link_layers_stay_what_they_are(done: Any, name: str) -> None:
    if name not in done:
        pytest.skip("needs GIMP 3.2")
    case = done[name]
    assert case.still
    np.testing.assert_array_equal(mask_of(saved(case).layer(case.new)), case.run.out_mask)
    assert case.run.params["settings"]["clean"] == 0 and case.run.picture[..., :3].any()


@pytest.mark.parametrize("name", ["filtered", "shadow", "filtered_group", "filtered_off"])
def test_filters_stay_and_the_worker_sees_them(done: Any, name: str) -> None:
    case = done[name]
    assert case.filters == [1, 1]
    assert case.images == 0, "a temporary image was left"
    image = saved(case)
    new = image.layer(case.new)
    source = image.layer("photo") if name != "filtered_group" else image.layer("photo group")
    raw = rgb(source.pixels)
    assert case.run.picture.shape[:2] == raw.shape[:2]
    seen, stored = case.run.picture.astype(int), raw.astype(int)
    solid = stored[..., 3] == 255
    assert solid.any()
    if name in ("filtered", "filtered_group"):
        np.testing.assert_allclose(seen[solid][:, :3], 255 - stored[solid][:, :3], atol=1)
    elif name == "shadow":
        np.testing.assert_allclose(seen[solid], stored[solid], atol=1)
        assert (seen[..., 3] > stored[..., 3] + 5).any(), "no shadow"
    else:
        np.testing.assert_array_equal(seen, stored)
    assert case.run.params["settings"]["clean"] == (100 if name == "filtered_off" else 0)
    assert case.run.mask is not None
    np.testing.assert_array_equal(mask_of(new), case.run.out_mask)


@pytest.mark.parametrize(("name", "message"), [
    ("none", "No layer is selected"), ("several", "2 layers are selected")])
def test_one_layer_must_be_selected(gimp3_refusals: Any, name: str, message: str) -> None:
    case = gimp3_refusals[name]
    assert message in case["error"] and "Select one layer" in case["error"], case["error"]
    assert not case["new"] and case["same"] and all(case["visible"])
