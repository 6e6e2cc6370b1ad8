"""The engine "mask": what it starts from, and that nothing is applied twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cutaway import remove_background
from cutaway.errors import InputError
from cutaway.given import chosen
from cutaway.home import Home
from cutaway.job import Job
from cutaway.picture import matte
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings
from cutaway.worker.core import RealCore

SIZE = (48, 64)


def disc(full: int, dtype: type) -> np.ndarray:
    y, x = np.mgrid[:SIZE[0], :SIZE[1]]
    return np.where(np.hypot(x - 30, y - 24) < 15, full, 0).astype(dtype)


def picture(alpha: np.ndarray | None = None) -> Picture:
    """Bright where the disc is, dark elsewhere."""
    shown = np.repeat(disc(220, np.uint8)[..., None], 3, axis=2)
    return Picture(shown if alpha is None else np.dstack([shown, alpha]))


def test_the_order_and_what_is_left_to_apply() -> None:
    given, selection, mask = (np.full(SIZE, value, np.uint8) for value in (1, 2, 3))
    alpha = disc(255, np.uint8)
    cases = [((given, selection, mask), (1, selection, mask)), ((None, selection, mask), (3, selection, None)),
             ((None, selection, None), (2, None, None))]
    for said, (value, left, still) in cases:
        taken, *rest = chosen(picture(alpha), *said)
        assert taken.max() == value and rest[0] is left and rest[1] is still
    assert np.array_equal(chosen(picture(alpha), None, None, None)[0], alpha)


def test_an_opaque_layer_without_anything_says_what_to_do() -> None:
    for alpha in (None, np.full(SIZE, 255, np.uint8)):
        with pytest.raises(InputError, match="Select the subject"):
            chosen(picture(alpha), None, None, None)


def test_float_transparency_with_holes_is_taken() -> None:
    values = np.ones((*SIZE, 4), np.float32)
    values[:10, :, 3], values[0, 0, 3] = 0.5, np.nan
    taken = chosen(Picture(values), None, None, None)[0]
    assert taken.dtype == np.uint16 and taken[0, 0] == 0 and taken[5, 5] == 32768 and taken[20, 5] == 65535


def test_the_worker_takes_the_layers_mask_once(tmp_path: Path) -> None:
    half = disc(128, np.uint8)
    core = RealCore(Home(tmp_path))
    settings = RemoveSettings(engine="mask", refine=False, clean=0)
    cutout = core.remove(picture(), settings, Job(), None, half)
    assert np.array_equal(cutout.mask, half), "multiplied with itself it would be a quarter"
    cutout = core.remove(picture(), settings, Job(), disc(255, np.uint8), None)
    assert np.array_equal(cutout.mask, disc(255, np.uint8)) and cutout.provenance.engine == "mask"


def test_no_model_is_needed(tmp_path: Path) -> None:
    result = remove_background(picture(), matte=disc(255, np.uint8), home=Home(tmp_path))
    kept = disc(255, np.uint8)
    assert np.mean(np.abs(result.mask.astype(int) - kept)) < 4
    with pytest.raises(InputError):
        remove_background(picture(), engine="mask", home=Home(tmp_path))


def test_a_mask_from_a_file(tmp_path: Path) -> None:
    shades = np.arange(SIZE[0] * SIZE[1], dtype=np.uint16).reshape(SIZE) * 20
    rgba = np.zeros((*SIZE, 4), np.uint8)
    rgba[..., 3] = disc(200, np.uint8)
    opaque = np.dstack([np.repeat(disc(90, np.uint8)[..., None], 3, axis=2), np.full(SIZE, 255, np.uint8)])
    coloured = np.zeros((*SIZE, 3), np.uint8)
    coloured[..., 1] = 255
    for name, pixels, expected in (
        ("gray.png", disc(77, np.uint8), disc(77, np.uint8)), ("deep.png", shades, shades),
        ("alpha.png", rgba, disc(200, np.uint8)), ("opaque.png", opaque, disc(90, np.uint8)),
        ("coloured.png", coloured, np.full(SIZE, 182, np.uint8)),
    ):
        Image.fromarray(pixels).save(tmp_path / name)
        values, _ = matte.read(tmp_path / name)
        assert values.dtype == expected.dtype and np.array_equal(values, expected), name


def faded(dtype: type = np.uint8) -> np.ndarray:
    """Transparency with a soft edge."""
    y, x = np.mgrid[:SIZE[0], :SIZE[1]]
    share = np.clip((18 - np.hypot(x - 30, y - 24)) / 8, 0, 1)
    return np.rint(share * np.iinfo(dtype).max).astype(dtype)


@pytest.mark.parametrize("refine", [True, False])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_transparency_is_written_as_it_was(tmp_path: Path, dtype: type, refine: bool) -> None:
    """The cut-out layer keeps its alpha and has the mask: together they are the alpha, not its square."""
    alpha = faded(dtype)
    shown = picture().pixels.astype(dtype) * dtype(np.iinfo(dtype).max // 255)
    result = remove_background(
        Picture(np.dstack([shown, alpha])), engine="mask", refine=refine, clean=0, home=Home(tmp_path))
    assert np.array_equal(result.rgba()[..., 3], alpha)
    assert (result.mask[alpha > 0] == np.iinfo(dtype).max).all()
    result.save(tmp_path / "out.png")
    if dtype == np.uint8:
        with Image.open(tmp_path / "out.png") as image:
            assert np.array_equal(np.asarray(image)[..., 3], alpha)


def test_a_hard_transparency_is_refined_and_applied_once(tmp_path: Path) -> None:
    result = remove_background(picture(disc(255, np.uint8)), engine="mask", clean=0, home=Home(tmp_path))
    inside = disc(1, np.uint8) > 0
    assert ((result.mask > 0) & (result.mask < 255)).any()
    written = result.rgba()[..., 3]
    assert (written[~inside] == 0).all() and np.array_equal(written[inside], result.mask[inside])


def test_the_kept_matte_does_not_hold_the_transparency_either(tmp_path: Path) -> None:
    """Refining the mask again starts from it, on the layer that still has its alpha."""
    result = remove_background(picture(faded()), engine="mask", clean=0, shift=2.0, home=Home(tmp_path))
    assert (result.cutout.matte.values[faded() > 0] == 255).all()
    assert np.array_equal(result.rgba()[..., 3], faded())
