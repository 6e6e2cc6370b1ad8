"""The benchmark's scores: worked by hand, and of what must not change them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from cutaway.job import Job
from cutaway.mask.refine import enlarge, refine
from cutaway.picture.model import Picture
from tests.bench.edges_bench import composed, read_set
from tests.bench.edges_scores import colour_error, connected, edge_band, scores, slope
from tests.bench.edges_ways import Network, pasted


def half() -> np.ndarray:
    true = np.zeros((40, 60), np.float32)
    true[:, 30:] = 1.0
    return true


def test_the_truth_scores_nothing() -> None:
    assert set(scores(half(), half(), connectivity=True).values()) == {0.0}


def test_by_hand() -> None:
    wrong = half()
    wrong[:10, :10] = 0.5
    got = scores(wrong, half())
    assert got["SAD"] == pytest.approx(0.05)
    assert got["MSE"] == pytest.approx(100 * 0.25 / 2400)
    assert got["Band MSE"] == 0.0


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
    gap = connected(matte, half())
    assert (gap[5:10, 5:10] == 0.0).all()
    assert (gap[:, 30:] == 1.0).all()


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
    np.testing.assert_array_equal(pasted(pixels, None), pixels)


@pytest.mark.data
@pytest.mark.model
def test_refinement_lowers_the_gradient_error_of_a_real_answer() -> None:
    data = os.environ.get("CUTAWAY_DATA", "")
    model = Path(os.environ.get("CUTAWAY_TEST_MODELS", "")) / "u2netp.onnx"
    if not data or not model.is_file():
        pytest.skip("needs CUTAWAY_DATA (pictures with ground truth) and u2netp.onnx in CUTAWAY_TEST_MODELS")
    network = Network(model, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    before, after = [], []
    for _, (_, pixels, true) in zip(range(4), read_set(Path(data) / "alphamatting"), strict=False):
        coarse, picture = network.answer(pixels), Picture(pixels)
        before.append(scores(enlarge(coarse, picture, Job(), np.uint8) / 255, true)["Gradient"])
        after.append(scores(refine(coarse, picture, Job(), np.uint8) / 255, true)["Gradient"])
    assert sum(after) < 0.85 * sum(before)
