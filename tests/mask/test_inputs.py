"""Every operation on every kind of input that an array can be."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cutaway.errors import CutawayError, InputError, PictureEmpty, SettingsInvalid
from cutaway.job import Job
from cutaway.mask.chain import apply
from cutaway.mask.contrast import contrast
from cutaway.mask.feather import feather
from cutaway.mask.holes import fill_holes
from cutaway.mask.invert import invert
from cutaway.mask.shift import shift
from cutaway.mask.smooth import smooth
from cutaway.mask.specks import drop_specks
from cutaway.mask.threshold import threshold
from cutaway.settings import MaskSettings
from tests.mask.masks import DTYPES, Array, blobs, of_type, top

EVERYTHING = MaskSettings(holes=3, specks=3, smooth=20, contrast=30, shift=-2.5, feather=4.0, invert=True)

OPERATIONS: dict[str, Callable[[Array], Array]] = {
    "expand": lambda mask: shift(mask, 2.5),
    "shrink": lambda mask: shift(mask, -3),
    "expand far": lambda mask: shift(mask, 200),
    "shrink farther than any picture": lambda mask: shift(mask, -1e9),
    "feather": lambda mask: feather(mask, 5),
    "feather far": lambda mask: feather(mask, 250),
    "invert": invert,
    "smooth": lambda mask: smooth(mask, 20),
    "smooth most": lambda mask: smooth(mask, 100),
    "contrast": lambda mask: contrast(mask, 40),
    "contrast most": lambda mask: contrast(mask, 100),
    "threshold": lambda mask: threshold(mask, 0.5),
    "holes": lambda mask: fill_holes(mask, 5),
    "holes of any size": lambda mask: fill_holes(mask, 2000),
    "specks": lambda mask: drop_specks(mask, 5),
    "chain": lambda mask: apply(mask, EVERYTHING, Job()),
    "chain of nothing": lambda mask: apply(mask, MaskSettings(), Job()),
    "shift by 0": lambda mask: shift(mask, 0),
    "feather by 0": lambda mask: feather(mask, 0),
    "smooth by 0": lambda mask: smooth(mask, 0),
    "contrast by 0": lambda mask: contrast(mask, 0),
    "holes of 0": lambda mask: fill_holes(mask, 0),
    "specks of 0": lambda mask: drop_specks(mask, 0),
}
each_operation = pytest.mark.parametrize("operation", OPERATIONS.values(), ids=list(OPERATIONS))
each_dtype = pytest.mark.parametrize("dtype", DTYPES)

SHAPES = ((1, 1), (1, 40), (40, 1), (2, 2), (33, 47))


@each_operation
@each_dtype
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_gives_a_new_array_of_the_same_shape_and_type_and_leaves_the_input(
        operation: Callable[[Array], Array], dtype: str, shape: tuple[int, int]) -> None:
    mask = of_type(blobs(50, 60)[:shape[0], :shape[1]], dtype)
    before = mask.copy()
    out = operation(mask)
    assert type(out) is np.ndarray
    assert (out.shape, out.dtype) == (mask.shape, mask.dtype)
    assert out.flags.writeable and out.flags.c_contiguous
    assert not np.shares_memory(out, mask)
    np.testing.assert_array_equal(mask, before)
    assert out.min() >= 0 and out.max() <= top(dtype)


@each_operation
@each_dtype
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_flat_masks_stay_flat(operation: Callable[[Array], Array], dtype: str, shape: tuple[int, int]) -> None:
    for value in (0, 1):
        out = operation(np.full(shape, value * top(dtype), dtype))
        assert len(np.unique(out)) == 1
        assert out[0, 0] in (0, top(dtype))


@each_operation
@each_dtype
def test_kind_of_memory_makes_no_difference(
        operation: Callable[[Array], Array], dtype: str, tmp_path: Path) -> None:
    mask = of_type(blobs(37, 53, seed=4), dtype)
    expected = operation(mask)
    larger = np.zeros((80, 120), dtype)
    larger[2:76:2, 5:58] = mask
    read_only = mask.copy()
    read_only.flags.writeable = False
    mapped = np.memmap(tmp_path / "mask", dtype, "w+", shape=mask.shape)
    mapped[:] = mask
    mapped.flush()
    kinds = {
        "strided rows": larger[2:76:2, 5:58],
        "Fortran order": np.asfortranarray(mask),
        "reversed": mask[::-1, ::-1].copy()[::-1, ::-1],
        "read-only": read_only,
        "memory-mapped": np.memmap(tmp_path / "mask", dtype, "r", shape=mask.shape),
        "a channel of a picture": np.repeat(mask[:, :, None], 3, axis=2)[..., 1],
    }
    for name, kind in kinds.items():
        np.testing.assert_array_equal(operation(kind), expected, err_msg=name)


@each_operation
def test_values_that_cannot_be_used_are_refused_with_a_hint(operation: Callable[[Array], Array]) -> None:
    broken = np.zeros((4, 4), np.float32)
    broken[1, 2] = np.nan
    for mask, error in (
        (broken, InputError), (np.zeros((4, 4), np.float64), InputError), (np.zeros((4, 4), bool), InputError),
        (np.zeros((4, 4), ">u2"), InputError), (np.zeros((4, 4, 1), np.uint8), InputError),
        (np.zeros(4, np.uint8), InputError), (np.zeros((0, 4), np.uint8), PictureEmpty),
    ):
        with pytest.raises(error) as caught:
            operation(mask)
        assert isinstance(caught.value, CutawayError)
        assert caught.value.hint and caught.value.message.endswith(".")


@each_operation
def test_floats_a_little_outside_count_as_the_nearest(operation: Callable[[Array], Array]) -> None:
    mask = of_type(blobs(20, 30), "float32")
    over = np.where(mask > 0.9, np.float32(1.01), np.where(mask < 0.1, np.float32(-0.01), mask))
    kept = over.copy()
    np.testing.assert_array_equal(operation(over), operation(over.clip(0, 1)))
    np.testing.assert_array_equal(over, kept)


@pytest.mark.parametrize("call", [
    lambda mask: shift(mask, float("nan")), lambda mask: shift(mask, float("inf")), lambda mask: shift(mask, "wide"),
    lambda mask: feather(mask, -1), lambda mask: feather(mask, float("inf")), lambda mask: smooth(mask, 101),
    lambda mask: smooth(mask, -1), lambda mask: contrast(mask, 100.5), lambda mask: contrast(mask, float("nan")),
    lambda mask: threshold(mask, 1.01), lambda mask: threshold(mask, -0.1), lambda mask: fill_holes(mask, -1),
    lambda mask: drop_specks(mask, float("inf")),
])
def test_amounts_out_of_range_are_refused_with_a_hint(call: Callable[[Array], Array]) -> None:
    with pytest.raises(SettingsInvalid) as caught:
        call(np.zeros((3, 3), np.uint8))
    assert "number" in caught.value.hint
