"""A real Krita: layers that get what they show from elsewhere as the source, and an animated one."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from . import kra

pytestmark = [pytest.mark.krita, pytest.mark.gui]

KINDS = {"file": "filelayer", "file_scaled": "filelayer", "clone": "clonelayer", "clone_moved": "clonelayer",
         "fill": "filllayer", "vector": "vectorlayer", "group": "grouplayer", "strips": "grouplayer"}
SIZE = (200, 160)


def photo() -> np.ndarray:
    y, x = np.mgrid[:100, :130]
    return np.stack([x * 2 % 256, y * 2 % 256, (x + y) % 256, 255 - (x * y % 90)], -1).astype(np.uint8)


@pytest.fixture(scope="module")
def done(krita: Any, krita_worker: Any) -> dict[str, SimpleNamespace]:
    path = krita.folder / "linked.png"
    Image.fromarray(photo()).save(path)
    before = len(krita_worker.runs)
    answers = krita.script("krita_sources", {"file": str(path)}, limit_s=240)
    runs = krita_worker.runs[before:]
    assert list(answers) == [*KINDS, "animated"] and len(runs) == len(answers)
    return {name: SimpleNamespace(**answers[name], run=run) for name, run in zip(answers, runs, strict=True)}


def shown(path: Path) -> np.ndarray:
    """What Krita itself shows of the layer, (height, width) red, green, blue, alpha."""
    return np.frombuffer(path.read_bytes(), np.uint8).reshape(SIZE[1], SIZE[0], 4)[..., [2, 1, 0, 3]]


@pytest.mark.parametrize("name", KINDS)
def test_the_core_gets_what_the_user_sees(done: Any, name: str) -> None:
    case = done[name]
    x, y, width, height = case.bounds
    seen = shown(Path(case.path).with_suffix(".shown"))
    left, top = max(x, 0), max(y, 0)
    want = seen[top:y + height, left:x + width].astype(int)
    got = case.run.picture[top - y:, left - x:].astype(int)[:want.shape[0], :want.shape[1]]
    assert want.size and want[..., 3].any(), "the case itself shows nothing"
    np.testing.assert_array_equal(got[..., 3], want[..., 3])
    solid = want[..., 3] > 0
    assert np.abs(got[solid] - want[solid]).max() <= 1


@pytest.mark.parametrize("name", KINDS)
def test_the_result_is_of_the_same_kind_with_the_mask_and_one_step(done: Any, name: str) -> None:
    case = done[name]
    assert case.kind == case.new == KINDS[name]
    new = case.tree[-1]
    assert new[0].endswith("(cutout)") and new[1] and new[2][-1] == ["Cutout mask", True, []]
    assert not case.tree[-2][1], "the source is hidden"
    assert [name for name, _, _ in case.undone] == [name for name, _, _ in case.tree[:-1]]
    assert all(visible for _, visible, _ in case.undone)
    assert case.documents == 1, "a scratch document was left open"
    (mask,) = [each for each in kra.read(Path(case.path)).every() if each.name == "Cutout mask"]
    x, y, width, height = case.bounds
    np.testing.assert_array_equal(mask.samples(x, y, width, height), case.run.out_mask)


@pytest.mark.parametrize("name", KINDS)
def test_colours_stay_and_why_is_told(done: Any, name: str) -> None:
    case = done[name]
    assert case.run.params["settings"]["clean"] == 0
    reason = "a group has no pixels" if case.kind == "grouplayer" else "only paint layers have pixels"
    assert case.message.startswith("The edge colours were left as they are: " + reason)


def test_a_file_layer_shows_its_file(done: Any) -> None:
    case = done["file"]
    assert case.bounds == [0, 0, 130, 100]
    np.testing.assert_array_equal(case.run.picture, photo())
    # Fitted to the canvas: as wide as it, the proportions kept.
    assert done["file_scaled"].bounds == [0, 0, 200, 200 * 100 // 130]


def test_a_moved_clone_is_read_where_it_is(done: Any) -> None:
    one, other = done["clone"], done["clone_moved"]
    assert one.bounds == [30, 40, 120, 90]
    dx, dy = (30 - 25 - other.bounds[0], 40 + 10 - other.bounds[1])
    moved = other.run.picture[dy:dy + 90, dx:dx + 120]
    np.testing.assert_array_equal(moved[..., 3], one.run.picture[..., 3])


def test_frames_stay_and_the_one_mask_holds_for_all(done: Any) -> None:
    case = done["animated"]
    assert case.frames == [[0, 5], [0, 5]], "the copy has its source's frames"
    assert "The layer is animated: the one mask holds for all its frames." in case.message
    mask = kra.read(Path(case.path)).layer("Cutout mask").samples(0, 0, *SIZE)
    np.testing.assert_array_equal(mask, case.run.out_mask)
    first, second = (shown(Path(path)) for path in case.shown)
    assert (case.run.picture[..., 3] == 255).all()
    for frame in (first, second):
        np.testing.assert_array_equal(frame[..., 3], mask)
    clear = mask > 200
    assert (second[clear][:, :3] == [199, 99, 9]).all(axis=1).mean() > 0.99
    np.testing.assert_array_equal(first[mask == 255], case.run.picture[mask == 255])
