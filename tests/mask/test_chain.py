from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.errors import Cancelled
from cutaway.job import Job
from cutaway.mask import chain
from cutaway.mask.contrast import contrast
from cutaway.mask.feather import feather
from cutaway.mask.holes import fill_holes
from cutaway.mask.invert import invert
from cutaway.mask.shift import shift
from cutaway.mask.smooth import smooth
from cutaway.mask.specks import drop_specks
from cutaway.settings import MaskSettings
from tests.mask.masks import Array, blobs, masks, of_type

any_settings = st.builds(
    MaskSettings, holes=st.integers(0, 20), specks=st.integers(0, 20), smooth=st.integers(0, 100),
    contrast=st.integers(0, 100), shift=st.floats(-10, 10), feather=st.floats(0, 40), invert=st.booleans())


def test_order_by_hand() -> None:
    """A dot is dropped before it could be expanded, the edge is expanded before it is inverted."""
    mask = np.zeros((9, 9), np.uint8)
    mask[:, :3] = 255
    mask[4, 7] = 255
    out = chain.apply(mask, MaskSettings(specks=1, shift=2, invert=True), Job())
    assert (out[:, :5] == 0).all() and (out[:, 5:] == 255).all()


@settings(max_examples=40, deadline=None)
@given(masks(), any_settings)
def test_is_the_operations_in_the_order_of_the_settings(mask: Array, said: MaskSettings) -> None:
    expected = fill_holes(mask, said.holes)
    expected = drop_specks(expected, said.specks)
    expected = smooth(expected, said.smooth)
    expected = contrast(expected, said.contrast)
    expected = shift(expected, said.shift)
    expected = feather(expected, said.feather)
    expected = invert(expected) if said.invert else expected
    np.testing.assert_array_equal(chain.apply(mask, said, Job()), expected)


@settings(max_examples=20, deadline=None)
@given(masks())
def test_the_defaults_do_nothing(mask: Array) -> None:
    out = chain.apply(mask, MaskSettings(), Job())
    np.testing.assert_array_equal(out, mask)
    assert not np.shares_memory(out, mask)
    assert chain.plan(MaskSettings()) == []


def test_says_how_far_it_is() -> None:
    said: list[tuple[str, float]] = []
    job = Job(lambda stage, fraction: said.append((stage, fraction)))
    mask = of_type(blobs(20, 20), "uint8")
    chain.apply(mask, MaskSettings(smooth=10, shift=1, feather=2, invert=True), job)
    assert said == [("mask", 0.0), ("mask", 0.25), ("mask", 0.5), ("mask", 0.75), ("mask", 1.0)]


def test_stops_between_two_steps() -> None:
    job = Job(lambda stage, fraction: job.cancel() if fraction > 0 else None)
    mask = of_type(blobs(20, 20), "uint8")
    with pytest.raises(Cancelled):
        chain.apply(mask, MaskSettings(smooth=10, shift=1, feather=2), job)
