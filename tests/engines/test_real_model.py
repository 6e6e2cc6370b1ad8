"""The default model itself: from CUTAWAY_TEST_MODELS (a folder) or this user's installation."""

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cutaway.engines._runtime import CPU, OnnxRuntime
from cutaway.engines.local_onnx import LocalOnnx, prepare
from cutaway.home import Home
from cutaway.job import Job
from cutaway.models.store import ModelStore
from cutaway.picture.model import Picture
from cutaway.picture.render import render
from cutaway.settings import RemoveSettings

pytestmark = pytest.mark.model

PICTURES = Path(__file__).resolve().parents[1] / "pictures"
SETTINGS = RemoveSettings(model="u2netp")


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    folder = Path(os.environ.get("CUTAWAY_TEST_MODELS") or Home.find().models)
    if not (folder / "u2netp.onnx").is_file():
        pytest.skip(f"the model u2netp is not in {folder} (CUTAWAY_TEST_MODELS)")
    made = ModelStore(Home(tmp_path_factory.mktemp("home")))
    made.import_file(folder / "u2netp.onnx", "u2netp")
    return made


@pytest.fixture(scope="module")
def astronaut():
    with Image.open(PICTURES / "astronaut.jpg") as image:
        return Picture(np.array(image.convert("RGB")))


def test_it_finds_the_astronaut(store, astronaut):
    matte = LocalOnnx(store).matte(astronaut, SETTINGS, Job())
    assert matte.values.shape == (320, 320) and matte.provider and matte.notes == ()
    assert matte.values[240:300, 100:200].mean() > 0.9  # the suit
    assert matte.values[:60, :40].mean() < 0.1  # the flag's corner


def test_its_output_is_a_share_already_so_that_nothing_needs_to_be_stretched(store, astronaut):
    found = store.find("u2netp")
    session = OnnxRuntime().open(found, CPU)
    shown = render(astronaut, None, found.model.size)
    raw = session.run(prepare(shown, found.model), Job())
    assert raw.min() >= 0.0 and 0.9 < raw.max() <= 1.0


@pytest.mark.parametrize("kind", ["black", "white", "gradient", "noise"])
def test_a_picture_without_a_subject_is_noted_and_stays_empty(store, kind):
    pixels = {
        "black": np.zeros((90, 120, 3), np.uint8), "white": np.full((90, 120, 3), 255, np.uint8),
        "gradient": np.broadcast_to(np.linspace(0, 255, 120).astype(np.uint8)[None, :, None], (90, 120, 3)).copy(),
        "noise": np.random.default_rng(5).integers(0, 256, (90, 120, 3), dtype=np.uint8)}[kind]
    matte = LocalOnnx(store).matte(Picture(pixels), SETTINGS, Job())
    assert [note.code for note in matte.notes] == ["no_clear_subject"]
    assert matte.values.max() < 0.5
