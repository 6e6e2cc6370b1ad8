"""Every kind of pixels through the adapter in a real GIMP, judged by the XCF files that GIMP saves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from . import xcf
from .fake_worker import TILE

pytestmark = pytest.mark.gimp3

DTYPES = {"U8": "|u1", "U16": "<u2", "U32": "<u4", "HALF": "<f2", "FLOAT": "<f4", "DOUBLE": "<f8"}


def cases() -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []
    for base, types in (("RGB", ("RGB_IMAGE", "RGBA_IMAGE")), ("GRAY", ("GRAY_IMAGE", "GRAYA_IMAGE"))):
        for kind in types:
            for precision in ("U8_NON_LINEAR", "U8_LINEAR", "U16_NON_LINEAR", "FLOAT_LINEAR", "FLOAT_NON_LINEAR"):
                said.append({"name": f"{kind}-{precision}", "base": base, "type": kind, "precision": precision})
    for precision in ("U8_PERCEPTUAL", "U16_LINEAR", "U32_NON_LINEAR", "HALF_LINEAR", "DOUBLE_LINEAR"):
        said.append({"name": f"rare-{precision}", "base": "RGB", "type": "RGBA_IMAGE", "precision": precision})
    u8 = {"base": "RGB", "precision": "U8_NON_LINEAR", "type": "RGBA_IMAGE"}
    for precision in ("U8_NON_LINEAR", "U16_PERCEPTUAL", "FLOAT_LINEAR"):
        said.append({**u8, "name": f"adobe-{precision}", "precision": precision, "profile": "adobe"})
    said += [
        {**u8, "name": "tiny", "size": "tiny"},
        {**u8, "name": "row", "size": "row"},
        {**u8, "name": "column", "size": "column", "type": "RGB_IMAGE"},
        {**u8, "name": "masked", "mask": True},
        {**u8, "name": "masked-u16", "mask": True, "precision": "U16_NON_LINEAR"},
        {**u8, "name": "masked-float", "mask": True, "precision": "FLOAT_LINEAR"},
        {**u8, "name": "selected", "selection": [10, 40, 60, 70]},
        {**u8, "name": "selected-masked-far", "selection": [100, 90, 100, 70], "mask": True, "offset": [90, -60]},
        {**u8, "name": "far-outside", "offset": [1000, -1000]},
        {**u8, "name": "as-mask", "settings": {"output": "mask"}},
        {**u8, "name": "as-mask-masked", "settings": {"output": "mask"}, "mask": True},
        {**u8, "name": "unclean", "settings": {"clean": 0}},
        {**u8, "name": "indexed", "indexed": True, "type": "RGB_IMAGE"},
        {**u8, "name": "indexed-alpha", "indexed": True},
    ]
    return said


CASES = cases()


@pytest.fixture(scope="module")
def saved(gimp: Any, fake_worker: Any) -> dict[str, tuple[dict[str, Any], Any]]:
    """By name: what GIMP said, and what the worker was given and made."""
    before = len(fake_worker.runs)
    answers = gimp.script("kinds", CASES)
    runs = fake_worker.runs[before:]
    assert [a["error"] for a in answers.values()] == [""] * len(CASES)
    assert len(runs) == len(CASES)
    return {name: (answers[name], run) for name, run in zip(answers, runs, strict=True)}


def samples(raster: xcf.Raster, dtype: str) -> np.ndarray:
    return np.frombuffer(raster.data, dtype).reshape(raster.height, raster.width, -1)


def mask_samples(layer: xcf.Layer, image: xcf.Xcf, dtype: np.dtype) -> np.ndarray:
    """The saved mask as the core's integers. GIMP keeps masks in the image's own precision."""
    raw = samples(layer.mask, DTYPES[image.precision.split("-")[0].upper()])[..., 0]
    if raw.dtype == dtype:
        return raw
    if raw.dtype.kind == "f":
        return np.rint(raw.astype(np.float64) * np.iinfo(dtype).max).astype(dtype)
    return np.rint(raw / np.iinfo(raw.dtype).max * np.iinfo(dtype).max).astype(dtype)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_kind(case: dict[str, Any], saved: Any) -> None:
    answer, run = saved[case["name"]]
    image = xcf.read(Path(answer["path"]))
    source = image.layer("photo")
    dtype = DTYPES[case["precision"].split("_")[0]]
    on_itself = case.get("settings", {}).get("output") == "mask"
    new = source if on_itself else image.layer("photo (cutout)")
    assert answer["new"] == new.name
    assert [layer.name for layer in image.layers] == (["photo"] if on_itself else ["photo (cutout)", "photo"])
    assert source.visible == on_itself and new.visible and new.active

    # What the worker was given is what GIMP has.
    if not case.get("indexed"):
        assert run.picture.dtype == np.dtype(dtype)
        np.testing.assert_array_equal(run.picture, samples(source.pixels, dtype))
        assert run.params["picture"]["transfer"] == ("linear" if case["precision"].endswith("_LINEAR") and
                                                     not case["precision"].endswith("NON_LINEAR") else "nonlinear")
    assert (run.icc is not None) == (case.get("profile") is not None)

    # The new layer.
    assert (new.x, new.y, new.width, new.height) == (source.x, source.y, source.width, source.height)
    assert (new.apply_mask, new.edit_mask, new.show_mask) == (True, True, False)
    steps = {"<f2": 11, "<f4": 24}.get(dtype, 53)
    made = mask_samples(new, image, run.out_mask.dtype)
    if steps < 16:  # a half has 11 bits
        assert np.abs(made.astype(int) - run.out_mask.astype(int)).max() <= 65535 >> steps
    else:
        np.testing.assert_array_equal(made, run.out_mask)
    np.testing.assert_array_equal(samples(new.pixels, dtype), expected_pixels(source, run, dtype))

    # What is kept for later.
    assert new.parasites["cutaway-matte"].data == run.matte
    kept = json.loads(new.parasites["cutaway-settings"].data)
    assert kept["settings"] == run.params["settings"]
    assert kept["provenance"]["engine"] == "fake"
    assert new.parasites["cutaway-matte"].flags & 1, "not kept in the file"
    assert on_itself or not source.parasites


def expected_pixels(source: xcf.Layer, run: Any, dtype: str) -> np.ndarray:
    """The source's pixels with the worker's tiles laid over its colours."""
    pixels = samples(source.pixels, dtype).copy()
    for (x, y), tile in zip(run.origins, run.tiles if run.tiles is not None else [], strict=True):
        height, width = pixels[y:y + TILE, x:x + TILE].shape[:2]
        pixels[y:y + TILE, x:x + TILE, :tile.shape[2]] = tile[:height, :width]
    return pixels


def test_tiles_were_written_at_all(saved: Any) -> None:
    assert saved["RGBA_IMAGE-U8_NON_LINEAR"][1].origins == [[0, 0], [256, 0], [128, 128]]


@pytest.mark.parametrize("name", ["masked", "masked-u16", "masked-float"])
def test_mask_is_handed_over_unbent(saved: Any, name: str) -> None:
    answer, run = saved[name]
    y, x = np.mgrid[:150, :300]
    ramp = (x * 5 + y * 2) % 256
    want = ramp.astype(np.uint8) if run.mask.dtype == np.uint8 else (ramp * 257).astype(np.uint16)
    np.testing.assert_array_equal(run.mask, want)
    source = xcf.read(Path(answer["path"])).layer("photo")
    assert source.mask is not None, "the source's own mask is gone"


@pytest.mark.parametrize(("name", "box"), [
    ("selected", (30, 10, 90, 80)), ("selected-masked-far", (10, 150, 110, 220))])
def test_selection_comes_in_the_layers_frame_and_stays(saved: Any, name: str, box: tuple[int, ...]) -> None:
    answer, run = saved[name]
    want = np.zeros((150, 300), np.uint8)
    left, top, right, bottom = box
    want[top:bottom, left:right] = 255
    np.testing.assert_array_equal(run.selection, want)
    selection = xcf.read(Path(answer["path"])).selection
    assert selection is not None
    kept = np.frombuffer(selection.data, np.uint8).reshape(160, 200)
    x, y, width, height = next(case for case in CASES if case["name"] == name)["selection"]
    assert kept[y:y + height, x:x + width].min() == 255 and kept.sum() == 255 * width * height


def test_no_selection_means_none(saved: Any) -> None:
    assert saved["RGB_IMAGE-U8_NON_LINEAR"][1].selection is None


@pytest.mark.parametrize("name", ["indexed", "indexed-alpha"])
def test_indexed_layers_are_read_as_rgb_and_keep_their_colours(saved: Any, name: str) -> None:
    answer, run = saved[name]
    image = xcf.read(Path(answer["path"]))
    source = image.layer("photo")
    palette = np.frombuffer(image.colormap, np.uint8).reshape(-1, 3)
    raw = samples(source.pixels, "|u1")
    seen = raw[..., 1] > 0 if name == "indexed-alpha" else np.ones(raw.shape[:2], bool)  # unseen ones have any index
    assert seen.sum() > 10_000
    np.testing.assert_array_equal(run.picture[seen][:, :3], palette[raw[seen][:, 0]])
    if name == "indexed-alpha":
        np.testing.assert_array_equal(run.picture[..., 3], raw[..., 1])
    assert run.params["settings"]["clean"] == 0
    assert image.base == xcf.INDEXED


def test_masks_on_the_layer_itself_leave_its_colours(saved: Any) -> None:
    assert saved["as-mask"][1].params["settings"]["clean"] == 0


def test_profiles(saved: Any) -> None:
    """A perceptual image's values have sRGB's curve, so the profile that goes with them has it too."""
    plain, perceptual, linear = (
        saved[f"adobe-{name}"][1].icc for name in ("U8_NON_LINEAR", "U16_PERCEPTUAL", "FLOAT_LINEAR"))
    assert plain == linear and b"acsp" in plain[:64]
    assert perceptual != plain and b"acsp" in perceptual[:64]
