"""The local engine on tiny networks: what comes out, which model, what is kept, and cancelling."""

import os
import threading
import time

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cutaway.engines import local_onnx
from cutaway.engines._runtime import CPU
from cutaway.engines.local_onnx import LocalOnnx
from cutaway.errors import Cancelled, EngineError, ModelDamaged, ModelMissing, ModelUnknown
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings
from cutaway.subject import judged

from . import networks
from .fake_runtime import FakeRuntime
from .networks import HIGH, WIDE

AUTO = RemoveSettings()


def plain(*colour, size=(12, 16)):
    return Picture(np.full((*size, 3), colour, np.uint8))


def halves(left, right, size=(12, 16)):
    pixels = np.full((*size, 3), left, np.uint8)
    pixels[:, size[1] // 2:] = right
    return Picture(pixels)


@pytest.fixture
def engine(tmp_path):
    return LocalOnnx(networks.store(tmp_path, gray=networks.mean()))


# What comes out

def test_the_matte_is_the_networks_output_as_it_is(engine):
    seen = []
    matte = engine.matte(halves(51, 204), AUTO, Job(lambda stage, fraction: seen.append((stage, fraction))))
    assert matte.values.dtype == np.float32 and matte.values.shape == (HIGH, WIDE)
    assert np.allclose(matte.values[:, :4], 0.2) and np.allclose(matte.values[:, 4:], 0.8)
    assert (matte.engine, matte.model, matte.provider, matte.notes) == ("local", "gray", "CPU", ())
    assert set(matte.seconds) == {"load", "run"} and min(matte.seconds.values()) >= 0
    assert [stage for stage, _ in seen] == ["model"] * 3 and [f for _, f in seen] == sorted(f for _, f in seen)


def test_a_faint_output_is_not_stretched(engine):
    matte = engine.matte(halves(3, 13), AUTO, Job())
    assert matte.values.max() == pytest.approx(13 / 255)
    assert [note.code for note in matte.notes] == ["no_clear_subject"]


def test_values_outside_are_clipped(tmp_path):
    engine = LocalOnnx(networks.store(tmp_path, gray=networks.mean(times=3.0, add=-1.0)))
    values = engine.matte(halves(0, 255), AUTO, Job()).values
    assert np.array_equal(np.unique(values), [0.0, 1.0])


def test_a_network_without_sigmoid_gets_one(tmp_path):
    network = (networks.mean(times=20.0, add=-10.0), {}, {"activation": "sigmoid"})
    values = LocalOnnx(networks.store(tmp_path, gray=network)).matte(halves(51, 204), AUTO, Job()).values
    assert np.allclose(values[:, :4], 1 / (1 + np.exp(6.0)), atol=1e-6)
    assert np.allclose(values[:, 4:], 1 / (1 + np.exp(-6.0)), atol=1e-6)


def test_channels_are_red_green_blue_and_normalised_each_by_its_own(tmp_path):
    more = {"mean": [0.1, 0.9, 0.9], "std": [0.5, 9.0, 9.0]}
    engine = LocalOnnx(networks.store(tmp_path, red=(networks.red(), more, {})))
    values = engine.matte(plain(102, 0, 255), AUTO, Job()).values
    assert np.allclose(values, (102 / 255 - 0.1) / 0.5, atol=1e-6)


@given(hnp.arrays(np.uint8, hnp.array_shapes(min_dims=2, max_dims=2, max_side=5).map(lambda s: (*s, 3))),
       st.floats(0.0, 1.0), st.floats(0.1, 2.0), st.sampled_from([1.0, 255.0]))
def test_prepare_follows_its_formula(shown, mean, std, scale):
    model = networks.known(
        a=(b"x", {"mean": [mean, 0.5, 0.0], "std": [std, 1.0, 0.25], "scale": scale}, {}))["a"]
    values = local_onnx.prepare(shown, model)
    assert values.shape == (1, 3, *shown.shape[:2]) and values.dtype == np.float32 and values.flags.c_contiguous
    for channel in range(3):
        slow = (shown[..., channel].astype(np.float64) / scale - model.mean[channel]) / model.std[channel]
        assert np.allclose(values[0, channel], slow, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (HIGH, WIDE), (50, 70)])
def test_every_size_is_squashed_to_the_networks(engine, size):
    matte = engine.matte(plain(255, 255, 0, size=size), AUTO, Job())
    assert matte.values.shape == (HIGH, WIDE) and np.allclose(matte.values, 2 / 3, atol=1e-6)


@pytest.mark.parametrize("output, shape", [((1, 1, 6, 8), (6, 8)), ((1, 6, 8), (6, 8)), ((6, 8), (6, 8))])
def test_outputs_of_one_channel_have_several_shapes(tmp_path, output, shape):
    found = networks.store(tmp_path, gray=networks.mean()).find("gray")
    assert local_onnx.finished(np.zeros(output, np.float32), found).shape == shape


def test_an_output_that_is_no_matte_is_an_error(tmp_path):
    broken = {"nan": networks.not_a_number(), "two": networks.two_channels()}
    engine = LocalOnnx(networks.store(tmp_path, **broken))
    for name, says in (("nan", "not a number"), ("two", "shape")):
        with pytest.raises(EngineError, match=says) as caught:
            engine.matte(plain(9, 9, 9), RemoveSettings(model=name), Job())
        assert caught.value.hint


@pytest.mark.parametrize("kept, total, noted", [
    (0, 10_000, True), (4, 10_000, True), (6, 10_000, False), (5_000, 10_000, False), (9_994, 10_000, False),
    (9_996, 10_000, True), (10_000, 10_000, True), (1, 1, True), (0, 1, True)])
def test_nothing_or_everything_kept_is_noted(kept, total, noted):
    values = np.full(total, 0.5, np.float32)
    values[:kept] = 0.6
    notes = judged(values.reshape(1, -1))
    assert [note.code for note in notes] == (["no_clear_subject"] if noted else [])


# Which model

def test_auto_is_the_best_installed_and_a_name_is_that_one(tmp_path):
    store = networks.store(tmp_path, low=networks.mean(), high=networks.mean(add=0.25))
    engine = LocalOnnx(store)
    assert engine.matte(plain(0, 0, 0), AUTO, Job()).model == "high"
    assert engine.matte(plain(0, 0, 0), RemoveSettings(model="low"), Job()).model == "low"
    store.remove("high")
    assert engine.matte(plain(0, 0, 0), AUTO, Job()).model == "low"


def test_a_model_that_is_not_there_names_the_command(tmp_path):
    engine = LocalOnnx(networks.store(tmp_path, install=False, gray=networks.mean()))
    for settings in (AUTO, RemoveSettings(model="gray")):
        with pytest.raises(ModelMissing) as caught:
            engine.matte(plain(1, 2, 3), settings, Job())
        assert caught.value.hint == "Run: cutaway models get gray"
    with pytest.raises(ModelUnknown) as caught:
        engine.matte(plain(1, 2, 3), RemoveSettings(model="nosuch"), Job())
    assert caught.value.hint == "Known: gray."


@pytest.mark.parametrize("content", [b"", b"no network", networks.mean()[:-40], bytes(400)])
def test_a_file_that_the_catalogue_trusts_but_is_no_network_is_damaged(tmp_path, content):
    engine = LocalOnnx(networks.store(tmp_path, gray=networks.mean()))
    path = engine._store.path("gray")
    padded = content + b"\xff" * (path.stat().st_size - len(content))
    store = networks.store(tmp_path / "other" if (tmp_path / "other").mkdir() is None else tmp_path, gray=padded)
    with pytest.raises(ModelDamaged) as caught:
        LocalOnnx(store).matte(plain(1, 2, 3), AUTO, Job())
    assert caught.value.hint == "Run: cutaway models get gray"


def test_a_damaged_file_never_reaches_onnxruntime(tmp_path):
    store = networks.store(tmp_path, gray=networks.mean())
    file = store.path("gray")
    time.sleep(0.01)
    file.write_bytes(file.read_bytes()[:-1])
    runtime = FakeRuntime([CPU])
    with pytest.raises(ModelDamaged):
        LocalOnnx(store, runtime).matte(plain(1, 2, 3), AUTO, Job())
    assert runtime.opened == []


@pytest.mark.parametrize("change", [{"input": "nosuch"}, {"output": "nosuch"}, {"input": 1}, {"output": 7}])
def test_a_port_that_the_network_lacks_is_damage(tmp_path, change):
    engine = LocalOnnx(networks.store(tmp_path, gray=(networks.mean(), {}, change)))
    with pytest.raises(ModelDamaged, match="no input or output"):
        engine.matte(plain(1, 2, 3), AUTO, Job())


def test_ports_may_be_named_or_counted(tmp_path):
    store = networks.store(tmp_path, named=(networks.mean(), {}, {"input": "in", "output": "out"}),
                           counted=(networks.mean(add=0.125), {}, {"input": 0, "output": 0}))
    engine = LocalOnnx(store)
    for name, value in (("named", 0.4), ("counted", 0.525)):
        assert np.allclose(engine.matte(plain(102, 102, 102), RemoveSettings(model=name), Job()).values, value)


# Kept, ahead, freed

def test_the_session_is_kept_between_jobs_and_only_one(tmp_path):
    runtime = FakeRuntime([CPU])
    engine = LocalOnnx(networks.store(tmp_path, low=networks.mean(), high=networks.mean(add=0.25)), runtime)
    engine.load(AUTO)
    assert engine.loaded() == [{"name": "high", "provider": "CPU"}]
    for _ in range(2):
        engine.matte(plain(1, 2, 3), AUTO, Job())
    assert runtime.opened == [("high", CPU)]
    engine.matte(plain(1, 2, 3), RemoveSettings(model="low"), Job())
    assert runtime.opened == [("high", CPU), ("low", CPU)] and runtime.alive == runtime.most == 1
    engine.unload()
    assert engine.loaded() == [] and runtime.alive == 0
    engine.matte(plain(1, 2, 3), RemoveSettings(model="low"), Job())
    assert len(runtime.opened) == 3


# The interior of one network filled by another

HALVES = np.repeat(np.arange(8)[None, :, None] < 4, 6, axis=0) * np.full(3, 255, np.uint8)


def test_auto_fills_the_interior_where_the_catalogue_says_so(tmp_path):
    fine = (networks.mean(times=0.25), {"fill": "sure"}, {})
    store = networks.store(tmp_path, sure=networks.mean(), fine=fine)
    engine = LocalOnnx(store)
    matte = engine.matte(Picture(HALVES), AUTO, Job())
    assert matte.model == "fine+sure"
    assert matte.values[0, 0] == 1.0 and matte.values[0, 7] == 0.0
    assert [one["name"] for one in engine.loaded()] == ["fine", "sure"]
    alone = engine.matte(Picture(HALVES), RemoveSettings(model="fine"), Job())
    assert alone.model == "fine" and alone.values.max() == np.float32(0.25)
    assert [one["name"] for one in engine.loaded()] == ["fine"], "what a run does not need is freed"


def test_auto_does_without_a_filler_that_is_not_installed(tmp_path):
    store = networks.store(tmp_path, sure=networks.mean(), fine=(networks.mean(times=0.25), {"fill": "sure"}, {}))
    store.remove("sure")
    assert LocalOnnx(store).matte(Picture(HALVES), AUTO, Job()).model == "fine"


def test_auto_does_without_a_damaged_filler_and_says_so(tmp_path):
    store = networks.store(tmp_path, sure=networks.mean(), fine=(networks.mean(times=0.25), {"fill": "sure"}, {}))
    path = store.path("sure")
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    os.utime(path, (1, 1))
    matte = LocalOnnx(store).matte(Picture(HALVES), AUTO, Job())
    assert matte.model == "fine" and next(note.code for note in matte.notes) == "fill_left_out"


# Cancel

def test_a_cancel_stops_the_run_and_the_engine_goes_on_working(tmp_path):
    engine = LocalOnnx(networks.store(tmp_path, gray=networks.mean(), slow=networks.slow()))
    job = Job()
    timer = threading.Timer(0.5, job.cancel)
    timer.start()
    began = time.monotonic()
    with pytest.raises(Cancelled):
        engine.matte(plain(1, 2, 3), RemoveSettings(model="slow"), job)
    assert time.monotonic() - began < 30  # the loop takes minutes
    timer.join()
    assert engine.loaded() == [{"name": "slow", "provider": "CPU"}]
    assert engine.matte(plain(255, 255, 255), RemoveSettings(model="gray"), Job()).values.min() == 1.0


def test_a_job_cancelled_before_loads_nothing(tmp_path):
    runtime = FakeRuntime([CPU])
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        LocalOnnx(networks.store(tmp_path, gray=networks.mean()), runtime).matte(plain(1, 2, 3), AUTO, job)
    assert runtime.opened == []
