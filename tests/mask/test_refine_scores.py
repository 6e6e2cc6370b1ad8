"""The benchmark's scores: worked by hand, and of what must not change them."""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from cutaway.home import Home
from cutaway.job import Job
from cutaway.mask.refine import enlarge, refine
from cutaway.picture.model import Picture
from tests.bench.edges_data import composed, read_set, sets
from tests.bench.edges_scores import Truth, colour_error, connected, edge_band, scores, slope, together, weighted_f
from tests.bench.edges_ways import Bare, found


def half() -> np.ndarray:
    true = np.zeros((40, 60), np.float32)
    true[:, 30:] = 1.0
    return true


def test_the_truth_scores_nothing() -> None:
    said = scores(half(), Truth(half()))
    assert (said.pop("IoU"), said.pop("Weighted F")) == (1.0, 1.0)
    assert set(said.values()) == {0.0}


def test_by_hand() -> None:
    wrong = half()
    wrong[:10, :10] = 0.5
    got = scores(wrong, Truth(half()))
    assert got["SAD"] == pytest.approx(0.05)
    assert got["MSE"] == pytest.approx(100 * 0.25 / 2400)
    assert got["Band MSE"] == 0.0


def slow_weighted_f(matte: np.ndarray, there: np.ndarray) -> float:
    """The paper's formulae, a pixel at a time; of equally near pixels of the subject, the mean error."""
    places = np.argwhere(there)
    error = np.abs(matte - there)
    spread, far = error.copy(), np.zeros(matte.shape)
    for y, x in np.argwhere(~there):
        apart = np.hypot(places[:, 0] - y, places[:, 1] - x)
        far[y, x] = apart.min()
        spread[y, x] = np.mean([error[tuple(place)] for place in places[apart == apart.min()]])
    bell = np.array([[np.exp(-(i * i + j * j) / 50) for j in range(-3, 4)] for i in range(-3, 4)])
    bell /= bell.sum()
    padded = np.pad(spread, 3)
    weighted = np.zeros(matte.shape)
    for y, x in np.ndindex(*matte.shape):
        around = (padded[y : y + 7, x : x + 7] * bell).sum()
        weighted[y, x] = min(error[y, x], around) if there[y, x] else error[y, x] * (2 - 0.5 ** (far[y, x] / 5))
    recall = 1 - weighted[there].mean()
    right = (1 - weighted[there]).sum()
    precision = right / (right + weighted[~there].sum())
    return float(2 * recall * precision / (recall + precision))


@pytest.mark.parametrize("seed", range(4))
def test_weighted_f_is_the_papers(seed: int) -> None:
    random = np.random.default_rng(seed)
    there = np.zeros((30, 36), bool)
    top, left = random.integers(0, 15, 2)
    there[top : top + 12, left : left + 14] = True
    matte = np.clip(there * 0.8 + random.uniform(-0.2, 0.3, there.shape), 0, 1)
    assert weighted_f(matte, there) == pytest.approx(slow_weighted_f(matte, there), abs=1e-3)


def test_an_error_far_from_the_subject_weighs_more() -> None:
    there = half() > 0.5
    near, far, nothing = half(), half(), np.zeros_like(half())
    near[10:20, 20:25] = far[10:20, :5] = 1
    assert 1 > weighted_f(near, there) > weighted_f(far, there) > weighted_f(nothing, there)


def test_intersection_over_union_by_hand() -> None:
    matte = half()
    matte[:20] = 0.4
    assert scores(matte, Truth(half()))["IoU"] == 0.5
    assert "IoU" not in scores(half(), Truth(half() * np.float32(0.9))), "no hard mask, no regions"


def test_slope_of_a_step_is_highest_there_and_even() -> None:
    steep = slope(half())
    assert steep[20].argmax() in (29, 30)
    np.testing.assert_allclose(steep[20, 29], steep[20, 30])
    assert steep[20, 10] == pytest.approx(0, abs=1e-12)


def test_slope_is_the_same_both_ways() -> None:
    random = np.random.default_rng(1).random((20, 20))
    np.testing.assert_allclose(slope(random).T, slope(random.T))


def test_a_loose_piece_is_not_connected() -> None:
    matte = half()
    matte[5:10, 5:10] = 1.0
    gap = connected(matte, together(matte, half()))
    assert (gap[5:10, 5:10] == 0.0).all()
    assert (gap[:, 30:] == 1.0).all()
    assert scores(matte, Truth(half()))["Connectivity"] == pytest.approx(0.025)
    np.testing.assert_array_equal(together(matte, half()), together(half(), matte))


def test_the_band_is_three_pixels_at_least() -> None:
    assert edge_band(half())[0].nonzero()[0].tolist() == list(range(26, 34))


def test_composition_keeps_the_opaque_colours() -> None:
    random = np.random.default_rng(2)
    pixels, true = random.integers(0, 256, (40, 60, 3)).astype(np.uint8), half()
    true[:, 28:30] = 0.5
    mixed, front = composed(pixels, true, np.zeros_like(pixels))
    np.testing.assert_array_equal(front[:, 30:], pixels[:, 30:])
    assert mixed[:, :20].mean() < 3
    assert colour_error(front, front, true) == 0.0 < colour_error(mixed, front, true)


def test_a_folder_is_one_set_or_several(tmp_path: Path) -> None:
    for name in ("b", "a"):
        (tmp_path / name / "images").mkdir(parents=True)
    (tmp_path / "c").mkdir()
    assert sets(tmp_path) == [tmp_path / "a", tmp_path / "b"] and sets(tmp_path / "b") == [tmp_path / "b"]


def test_of_a_set_as_many_pictures_as_are_asked_for(tmp_path: Path) -> None:
    for folder in ("images", "alphas"):
        (tmp_path / folder).mkdir()
        for name in ("one", "two", "three"):
            cv2.imwrite(str(tmp_path / folder / f"{name}.png"), np.full((4, 6, 3), 255, np.uint8))
    (tmp_path / "alphas" / "one.png").unlink()
    assert [name for name, _, _ in read_set(tmp_path)] == ["three", "two"]
    assert [(name, true.max()) for name, _, true in read_set(tmp_path, 1)] == [("three", 1.0)]


@pytest.mark.data
@pytest.mark.model
def test_refinement_lowers_the_gradient_error_of_a_real_answer() -> None:
    data = os.environ.get("CUTAWAY_DATA", "")
    models = Path(os.environ.get("CUTAWAY_TEST_MODELS", ""))
    model = found(Home(models.parent), "u2netp") if models.name == "models" else None
    if not data or model is None:
        pytest.skip("needs CUTAWAY_DATA (pictures with ground truth) and u2netp.onnx in CUTAWAY_TEST_MODELS")
    network = Bare(model)
    before, after = [], []
    for _, (_, pixels, true) in zip(range(4), read_set(Path(data) / "alphamatting"), strict=False):
        coarse, picture = network.answer(pixels), Picture(pixels)
        before.append(scores(enlarge(coarse, picture, Job(), np.uint8) / 255, Truth(true))["Gradient"])
        after.append(scores(refine(coarse, picture, Job(), np.uint8) / 255, Truth(true))["Gradient"])
    assert sum(after) < 0.85 * sum(before)
