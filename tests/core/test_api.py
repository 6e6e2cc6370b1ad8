"""Cutaway in a script: files, arrays and pictures in; pixels and files out."""

import threading
import time

import numpy as np
import pytest
from PIL import Image

import cutaway
from cutaway import Picture, RemoveSettings, api, remove_background
from cutaway.api import Result
from cutaway.cutout import Cutout, Foreground, Matte, Provenance
from cutaway.errors import Cancelled, ModelMissing, PictureUnreadable, SettingsInvalid, TargetExists
from cutaway.home import Home
from cutaway.job import Job


def result(pixels, mask, foreground=None):
    matte = Matte(mask, "fake", "fake")
    provenance = Provenance("fake", "fake", "", RemoveSettings())
    return Result(Picture(pixels), Cutout(mask, foreground, matte, provenance), ())


def test_straight_alpha_and_the_sources_colours():
    pixels = np.full((2, 3, 3), (255, 0, 0), np.uint8)
    mask = np.array([[0, 128, 255]] * 2, np.uint8)
    out = result(pixels, mask).rgba()
    assert out.dtype == np.uint8 and (out[..., :3] == pixels).all() and (out[..., 3] == mask).all()


def test_alpha_that_was_there_is_multiplied_in_once():
    pixels = np.full((1, 2, 2), (40000, 32768), np.uint16)
    out = result(pixels, np.array([[32768, 65535]], np.uint16)).rgba()
    assert out[0, :, 1].tolist() == [16384, 32768] and (out[..., 0] == 40000).all()


def test_cleaned_colours_are_in_the_pixels():
    tile = np.zeros((1, 128, 128, 3), np.uint8)
    tile[...] = 7
    foreground = Foreground(np.array([[0, 0]], np.int32), tile)
    out = result(np.full((2, 3, 3), 200, np.uint8), np.full((2, 3), 90, np.uint8), foreground).rgba()
    assert (out[..., :3] == 7).all()


def test_saved_files_are_read_back_by_another_reader(tmp_path):
    mask = np.array([[0, 128, 255]] * 2, np.uint8)
    made = result(np.full((2, 3, 3), (10, 20, 30), np.uint8), mask)
    path = made.save(tmp_path / "out.png")
    with Image.open(path) as image:
        assert image.mode == "RGBA" and image.getpixel((1, 0)) == (10, 20, 30, 128)
    with pytest.raises(TargetExists):
        made.save(path)
    made.save(path, form="mask", overwrite=True)
    with Image.open(path) as image:
        assert image.mode == "L" and list(image.tobytes()) == mask.flatten().tolist()


def test_choices_are_settings_by_name():
    with pytest.raises(SettingsInvalid) as caught:
        remove_background(np.zeros((4, 4, 3), np.uint8), softness=3)
    assert "softness" in caught.value.message


def test_a_file_that_is_no_picture_is_said(tmp_path):
    (tmp_path / "a.png").write_text("hello")
    with pytest.raises(PictureUnreadable):
        remove_background(tmp_path / "a.png", home=Home(tmp_path))


def test_without_a_model_the_remedy_is_said(tmp_path):
    with pytest.raises(ModelMissing) as caught:
        remove_background(np.zeros((4, 4, 3), np.uint8), home=Home(tmp_path))
    assert "cutaway models get" in caught.value.hint


def test_the_names_of_the_package_are_there_and_no_others():
    assert all(hasattr(cutaway, name) for name in cutaway.__all__)
    with pytest.raises(AttributeError):
        cutaway.remove_foreground  # noqa: B018


class FakeLocal:
    """Counts who is inside, and has a second look only after the first."""

    def __init__(self):
        self.inside = self.most = self.looks = 0
        self.closer = None

    def matte(self, picture, settings, job):
        self.closer = self.again
        return self.again(picture, settings, job)

    def again(self, picture, settings, job):
        self.inside += 1
        self.most = max(self.most, self.inside)
        time.sleep(0.02)
        self.inside -= 1
        self.looks += 1
        values = np.zeros((20, 20), np.float32)
        values[8:12, 8:12] = 1
        return Matte(values, "fake", "fake")


@pytest.fixture
def local(monkeypatch):
    made = []

    def create(name, home):
        made.append(FakeLocal())
        return made[-1]

    monkeypatch.setattr(api.engines, "create", create)
    api.release()
    yield made
    api.release()


def test_threads_take_turns_at_the_one_engine(local, tmp_path):
    pixels = np.zeros((200, 200, 3), np.uint8)
    home = Home(tmp_path)
    remove_background(pixels, home=home, refine=False, clean=0)
    threads = [threading.Thread(target=remove_background, args=(pixels,), kwargs={"home": home, "refine": False})
               for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [engine.most for engine in local] == [1] and local[0].looks == 2 * 7, "the second look too"


def test_one_who_waits_for_the_engine_can_be_cancelled():
    job = Job()
    shared = api._Shared(FakeLocal())
    shown = Picture(np.zeros((9, 9, 3), np.uint8))
    with shared._lock:
        timer = threading.Timer(0.05, job.cancel)
        timer.start()
        with pytest.raises(Cancelled):
            shared.matte(shown, RemoveSettings(), job)
        timer.join()
    assert shared.matte(shown, RemoveSettings(), Job()).engine == "fake"


def test_release_lets_the_engine_go(local, tmp_path):
    pixels = np.zeros((20, 20, 3), np.uint8)
    for _ in range(2):
        remove_background(pixels, home=Home(tmp_path), refine=False)
    assert len(local) == 1
    api.release()
    remove_background(pixels, home=Home(tmp_path), refine=False)
    assert len(local) == 2
