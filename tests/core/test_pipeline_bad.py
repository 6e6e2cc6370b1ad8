"""Pictures that are not as they should be: the result is right, or a clear message; never a crash, never noise."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from cutaway import pipeline
from cutaway.cutout import TILE, Matte
from cutaway.errors import PictureEmpty
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.picture.render import render
from cutaway.settings import RemoveSettings

FRONT, BACK = np.float32([0.85, 0.6, 0.3]), np.float32([0.1, 0.25, 0.2])
SIDE = 96


class FakeSeer:
    """Looks at the picture as the real engine does, through render(): what is brighter than mid-gray is the subject."""

    def __init__(self) -> None:
        self.answers: list[np.ndarray] = []

    def matte(self, picture, settings, job):
        shown = render(picture, None, (SIDE, SIDE))[..., 0].astype(np.float32)
        answer = cv2.GaussianBlur(np.clip((shown - 60) / 110, 0, 1), (0, 0), 0.7)
        self.answers.append(answer)
        return Matte(answer, "fake", "bright")

    closer = matte


def disks(height: int, width: int, *places: tuple[float, float, float]) -> np.ndarray:
    """The true matte of disks (y, x, radius)."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    apart = [np.clip(radius - np.hypot(y - top, x - left) + 0.5, 0, 1) for top, left, radius in places]
    return np.maximum.reduce([np.zeros((height, width), np.float32), *apart])


def mixed(true: np.ndarray) -> np.ndarray:
    """(h, w, 3) float32 with a little noise."""
    noise = np.random.default_rng(3).normal(0, 0.01, (*true.shape, 3)).astype(np.float32)
    return true[..., None] * FRONT + (1 - true[..., None]) * BACK + noise


def run(pixels: np.ndarray, **more):
    return pipeline.remove(Picture(pixels, **more), RemoveSettings(), Job(), engine=FakeSeer())


def wrong(mask: np.ndarray, true: np.ndarray) -> float:
    return float(np.abs(mask / np.iinfo(mask.dtype).max - true).mean())


def shown(pixels: np.ndarray, foreground) -> np.ndarray:
    out = pixels[..., :3].copy()
    for (x, y), tile in zip(foreground.origins, foreground.pixels, strict=True) if foreground is not None else ():
        view = out[y : y + TILE, x : x + TILE]
        view[:] = tile[: view.shape[0], : view.shape[1]]
    return out


TRUE = disks(400, 500, (200, 250, 120))


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_pixels_that_are_no_numbers(dtype: str, value: float) -> None:
    pixels = mixed(TRUE).astype(dtype)
    pixels[190:210, 60:90] = value  # in the background, along the edge, and inside
    pixels[80:90, 245:255] = value
    pixels[200:205, 240:260, 1] = value
    result = run(pixels)
    assert wrong(result.mask, TRUE) < 0.02
    colours = shown(pixels, result.foreground)
    edge = (result.mask > 0) & (result.matte.values < 65535)
    assert np.isfinite(colours[edge]).all(), "no pixel that is shown and cleaned is left without a number"


def test_a_picture_of_nothing_but_nan() -> None:
    result = run(np.full((90, 120, 3), np.nan, np.float32))
    assert not result.mask.any() and [note.code for note in result.notes] == ["no_clear_subject"]


@pytest.mark.parametrize("scale", [4.0, 1000.0])
def test_colours_over_one_keep_their_range(scale: float) -> None:
    pixels = mixed(TRUE)
    pixels[disks(400, 500, (200, 250, 60)) > 0] *= np.float32(scale)
    result = run(pixels)
    assert wrong(result.mask, TRUE) < 0.02
    inside = result.matte.values == 65535
    colours = shown(pixels, result.foreground)
    np.testing.assert_array_equal(colours[inside], pixels[inside])
    assert colours.max() <= pixels.max() * 1.001 and np.isfinite(colours).all()


def test_colours_multiplied_by_alpha_bring_no_noise() -> None:
    """A layer with premultiplied colour in it by mistake: dark under soft alpha, black outside."""
    alpha = disks(400, 500, (200, 250, 150))
    alpha = cv2.GaussianBlur(alpha, (0, 0), 5)
    pixels = np.dstack([mixed(TRUE) * alpha[..., None], alpha])
    pixels = np.clip(pixels * 255 + 0.5, 0, 255).astype(np.uint8)
    result = run(pixels)
    assert wrong(np.minimum(result.mask, pixels[..., 3]), TRUE * alpha) < 0.03
    sure = result.matte.values == 255
    np.testing.assert_array_equal(shown(pixels, result.foreground)[sure], pixels[..., :3][sure])


@pytest.mark.parametrize("channels", [2, 4])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_nothing_visible_is_said(channels: int, dtype: type) -> None:
    pixels = np.ones((50, 60, channels), dtype)
    pixels[..., -1] = 0
    with pytest.raises(PictureEmpty) as caught:
        run(pixels)
    assert caught.value.message and caught.value.hint


def test_a_subject_that_touches_all_borders() -> None:
    true = 1 - disks(400, 500, (0, 0, 120), (0, 500, 120), (400, 0, 120), (400, 500, 120))
    result = run(np.clip(mixed(true) * 255, 0, 255).astype(np.uint8))
    assert wrong(result.mask, true) < 0.02
    assert (result.mask[200, [0, -1]] == 255).all() and (result.mask[[0, -1], 250] == 255).all()


@pytest.mark.parametrize("places", [
    ((100, 120, 50), (280, 400, 60), (300, 100, 40)), ((30, 30, 8), (370, 470, 8)), ((190, 200, 12), (210, 260, 12))])
def test_several_subjects_all_stay(places: tuple[tuple[float, float, float], ...]) -> None:
    true = disks(400, 500, *places)
    result = run(np.clip(mixed(true) * 255, 0, 255).astype(np.uint8))
    assert wrong(result.mask, true) < 0.02
    for y, x, _ in places:
        assert result.mask[int(y), int(x)] > 200


@pytest.mark.parametrize("value", [0.0, 0.1, 0.2])
def test_no_subject_is_said_and_never_noise(value: float) -> None:
    noise = np.random.default_rng(4).normal(0, 0.02, (400, 500, 3))
    result = run(np.clip((value + noise) * 255, 0, 255).astype(np.uint8))
    assert not result.mask.any() and result.foreground is None
    assert [note.code for note in result.notes] == ["no_clear_subject"]


@pytest.mark.parametrize("shape", [(1, 1), (1, 2), (2, 1), (1, 900), (900, 1), (1, 5000), (3, 4000), (4000, 2)])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_pictures_of_a_pixels_width(shape: tuple[int, int], channels: int) -> None:
    true = np.zeros(shape, np.float32)
    true[shape[0] // 4 : shape[0] - shape[0] // 4, shape[1] // 4 : shape[1] - shape[1] // 4] = 1
    pixels = np.clip(mixed(true) * 255, 0, 255).astype(np.uint8)
    if channels in (2, 4):
        pixels = np.dstack([pixels[..., : channels - 1], np.full(shape, 255, np.uint8)])
    result = run(pixels[..., :channels])
    assert result.mask.shape == shape and result.mask.dtype == np.uint8
    if max(shape) > 100:
        assert wrong(result.mask, true) < 0.1


def test_a_long_panorama() -> None:
    """10 : 1, as 30000 x 3000 but smaller; `python -m tests.bench --panorama` does the large one."""
    true = disks(300, 3000, (150, 400, 90), (150, 1500, 120), (150, 2700, 60))
    result = run(np.clip(mixed(true) * 255, 0, 255).astype(np.uint8))
    assert wrong(result.mask, true) < 0.02
    assert (result.mask[150, [400, 1500, 2700]] > 245).all()
