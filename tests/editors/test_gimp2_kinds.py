"""Every kind of pixels through the adapter in a real GIMP 2.10, judged by the XCF files that GIMP saves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.picture import profiles

from . import xcf
from .test_gimp3_kinds import DTYPES, expected_pixels, mask_samples, samples

pytestmark = pytest.mark.gimp2


def cases() -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = []
    for base, types in (("RGB", ("RGB_IMAGE", "RGBA_IMAGE")), ("GRAY", ("GRAY_IMAGE", "GRAYA_IMAGE"))):
        for kind in types:
            for precision in ("U8_GAMMA", "U8_LINEAR", "U16_GAMMA", "FLOAT_LINEAR", "FLOAT_GAMMA"):
                said.append({"name": f"{kind}-{precision}", "base": base, "type": kind, "precision": precision})
    for precision in ("U16_LINEAR", "U32_GAMMA", "HALF_LINEAR", "DOUBLE_LINEAR"):
        said.append({"name": f"rare-{precision}", "base": "RGB", "type": "RGBA_IMAGE", "precision": precision})
    u8 = {"base": "RGB", "precision": "U8_GAMMA", "type": "RGBA_IMAGE"}
    for precision in ("U8_GAMMA", "FLOAT_LINEAR"):
        said.append({**u8, "name": f"adobe-{precision}", "precision": precision, "profile": True})
    said += [
        {**u8, "name": "tiny", "size": "tiny"},
        {**u8, "name": "row", "size": "row"},
        {**u8, "name": "column", "size": "column", "type": "RGB_IMAGE"},
        {**u8, "name": "masked", "mask": True},
        {**u8, "name": "masked-u16", "mask": True, "precision": "U16_GAMMA"},
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
def saved(gimp2: Any, fake_worker2: Any) -> dict[str, tuple[dict[str, Any], Any]]:
    """By name: what GIMP said, and what the worker was given and made."""
    icc = gimp2.folder / "adobe.icc"
    icc.write_bytes(profiles.rgb())
    before = len(fake_worker2.runs)
    answers = gimp2.script("gimp2_kinds", {"cases": CASES, "profile": str(icc)})
    runs = fake_worker2.runs[before:]
    assert answers.pop("python")[0] == 3
    assert [a["error"] for a in answers.values()] == [""] * len(CASES)
    assert len(runs) == len(CASES)
    return {name: (answers[name], run) for name, run in zip(answers, runs, strict=True)}


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
        linear = case["precision"].endswith("_LINEAR")
        assert run.params["picture"]["transfer"] == ("linear" if linear else "nonlinear")
    assert run.icc == (profiles.rgb() if case.get("profile") else None)

    # The new layer.
    assert (new.x, new.y, new.width, new.height) == (source.x, source.y, source.width, source.height)
    assert (new.apply_mask, new.edit_mask, new.show_mask) == (True, True, False)
    made = mask_samples(new, image, run.out_mask.dtype)
    if dtype == "<f2":  # a half has 11 bits
        assert np.abs(made.astype(int) - run.out_mask.astype(int)).max() <= 65535 >> 11
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


def test_tiles_were_written_at_all(saved: Any) -> None:
    assert saved["RGBA_IMAGE-U8_GAMMA"][1].origins == [[0, 0], [256, 0], [128, 128]]


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
    assert saved["RGB_IMAGE-U8_GAMMA"][1].selection is None


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
