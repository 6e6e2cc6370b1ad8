"""What refinement is worth, on scenes whose true matte is known: no weights and no pictures from elsewhere needed."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from cutaway.job import Job
from cutaway.mask.refine import enlarge, refine
from cutaway.picture.model import Picture

PICTURES = Path(__file__).parent.parent / "pictures"
SIZE = (900, 1200)


def smooth() -> np.ndarray:
    """An ellipse with a soft rim on one side."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]].astype(np.float32)
    apart = 1 - np.hypot((y - 470) / 330, (x - 590) / 380)
    return np.clip(apart * 330 / np.clip((x - 500) / 20, 2, 30) + 0.5, 0, 1)


def hairy() -> np.ndarray:
    """A head with strands that are one to three pixels wide."""
    random = np.random.default_rng(8)
    drawn = np.zeros((2 * SIZE[0], 2 * SIZE[1]), np.uint8)
    cv2.ellipse(drawn, (1200, 1000), (520, 600), 0, 0, 360, 255, -1)
    for angle in random.uniform(np.pi, 2 * np.pi, 260):
        start = np.array([1200 + 510 * np.cos(angle), 1000 + 590 * np.sin(angle)])
        bend = random.normal(0, 0.3)
        ends = [start + step * 45 * np.array([np.cos(angle + bend * step / 4), np.sin(angle + bend * step / 4)])
                for step in range(5)]
        cv2.polylines(drawn, [np.int32(ends)], False, 255, int(random.integers(2, 6)), cv2.LINE_AA)
    return cv2.resize(drawn, SIZE[::-1], interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def composed(true: np.ndarray) -> np.ndarray:
    """A dark, grained subject before a photograph that is out of focus, with a camera's noise."""
    random = np.random.default_rng(9)
    back = cv2.cvtColor(cv2.imread(str(PICTURES / "astronaut.jpg")), cv2.COLOR_BGR2RGB)
    back = cv2.GaussianBlur(cv2.resize(back, SIZE[::-1]), (0, 0), 25).astype(np.float32) * 0.5 + 110
    grain = cv2.GaussianBlur(random.normal(0, 1, (*SIZE, 1)).astype(np.float32), (0, 0), 3)
    front = np.float32([70, 45, 30]) + 40 * grain[..., None]
    mixed = true[..., None] * front + (1 - true[..., None]) * back + random.normal(0, 2, (*SIZE, 3))
    return np.clip(mixed + 0.5, 0, 255).astype(np.uint8)


def gradient_error(matte: np.ndarray, true: np.ndarray) -> float:
    slopes = [cv2.GaussianBlur(np.hypot(cv2.Sobel(one, -1, 1, 0), cv2.Sobel(one, -1, 0, 1)), (0, 0), 1.4)
              for one in (matte, true)]
    return float(((slopes[0] - slopes[1]) ** 2).sum())


@pytest.mark.parametrize(("scene", "sad", "gradient"), [(smooth, 0.4, 0.15), (hairy, 0.45, 0.25)])
@pytest.mark.parametrize("side", [320, 1024])
def test_refinement_beats_the_plain_enlargement_of_a_blurred_answer(scene, sad, gradient, side) -> None:
    true = scene()
    picture = Picture(composed(true))
    coarse = cv2.GaussianBlur(cv2.resize(true, (side, side), interpolation=cv2.INTER_AREA), (0, 0), side / 250)
    plain, better = (way(coarse, picture, Job(), np.uint8).astype(np.float32) / 255 for way in (enlarge, refine))
    assert np.abs(better - true).sum() < sad * np.abs(plain - true).sum()
    assert gradient_error(better, true) < gradient * gradient_error(plain, true)
