"""Execution providers: which is used, what happens when one fails, and what onnxruntime's errors become."""

import numpy as np
import pytest

from cutaway.engines import _runtime
from cutaway.engines._runtime import CPU, OnnxRuntime, OnnxSession, ProviderFailed
from cutaway.engines.local_onnx import LocalOnnx
from cutaway.errors import EngineError, OutOfMemory
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings

from . import networks
from .fake_runtime import FakeRuntime
from .networks import HIGH, WIDE

AUTO = RemoveSettings()
CUDA, COREML = "CUDAExecutionProvider", "CoreMLExecutionProvider"
NAN = np.full((1, 1, HIGH, WIDE), np.nan, np.float32)


def plain(*colour, size=(12, 16)):
    return Picture(np.full((*size, 3), colour, np.uint8))


def test_the_first_provider_is_used_and_said(tmp_path):
    runtime = FakeRuntime([CUDA, CPU])
    matte = LocalOnnx(networks.store(tmp_path, gray=networks.mean()), runtime).matte(plain(1, 2, 3), AUTO, Job())
    assert matte.provider == "CUDA" and set(runtime.opened) == {("gray", CUDA)}


@pytest.mark.parametrize("fails", [
    {"opens": {CUDA: ProviderFailed("no\n libcudart")}}, {"runs": {CUDA: ProviderFailed("no\n libcudart")}},
    {"runs": {CUDA: NAN}}, {"runs": {CUDA: EngineError("odd")}}])
def test_a_provider_that_fails_is_left_for_good_and_each_run_says_so(tmp_path, fails):
    runtime = FakeRuntime([CUDA, CPU], **fails)
    engine = LocalOnnx(networks.store(tmp_path, gray=networks.mean()), runtime)
    matte = engine.matte(plain(1, 2, 3), AUTO, Job())
    assert matte.provider == "CPU" and matte.values.min() == 0.75
    assert matte.notes[0].code == "provider_failed" and matte.notes[0].message.startswith("CUDA failed")
    assert "\n" not in matte.notes[0].message
    engine.unload()
    again = engine.matte(plain(1, 2, 3), AUTO, Job())
    assert again.provider == "CPU" and [note.code for note in again.notes].count("provider_failed") == 1
    assert engine.matte(plain(1, 2, 3), AUTO, Job()).notes == again.notes
    tries = [provider for _, provider in runtime.opened]
    assert tries.count(CUDA) == 1 and tries[0] == CUDA, "it is tried once in the life of the process"


def test_a_network_that_fails_does_not_turn_the_provider_off_for_the_others(tmp_path):
    class FakeCard(FakeRuntime):
        """Its CUDA cannot do one of the networks."""

        def open(self, found, provider):
            session = super().open(found, provider)
            if (found.model.name, provider) == ("bad", CUDA):
                session.run = lambda values, job: NAN
            return session

    store = networks.store(tmp_path, bad=networks.mean(), good=networks.mean(add=0.25))
    engine = LocalOnnx(store, FakeCard([CUDA, CPU]))
    ran = [engine.matte(plain(1, 2, 3), RemoveSettings(model=name), Job()) for name in ("bad", "good", "bad")]
    assert [matte.provider for matte in ran] == ["CPU", "CUDA", "CPU"]
    failed = [[note.message for note in matte.notes if note.code == "provider_failed"] for matte in ran]
    assert failed[0] == failed[2] and "the model bad" in failed[0][0] and failed[1] == []


def test_several_providers_may_fail_before_the_cpu(tmp_path):
    runtime = FakeRuntime([CUDA, COREML, CPU], opens={COREML: ProviderFailed("b")}, runs={CUDA: ProviderFailed("a")})
    matte = LocalOnnx(networks.store(tmp_path, gray=networks.mean()), runtime).matte(plain(1, 2, 3), AUTO, Job())
    assert matte.provider == "CPU"
    assert [note.message.split()[0] for note in matte.notes if note.code == "provider_failed"] == ["CUDA", "CoreML"]


@pytest.mark.parametrize("error", [OutOfMemory("full"), EngineError("bad")])
def test_what_fails_on_the_cpu_is_an_error_and_frees_the_model(tmp_path, error):
    runtime = FakeRuntime([CPU], runs={CPU: error})
    engine = LocalOnnx(networks.store(tmp_path, gray=networks.mean()), runtime)
    with pytest.raises(type(error)):
        engine.matte(plain(1, 2, 3), AUTO, Job())
    assert engine.loaded() == []


# onnxruntime itself

def test_the_cpu_is_always_the_last_choice_and_nothing_leaves_the_computer():
    providers = OnnxRuntime().providers()
    assert providers[-1] == CPU and providers.count(CPU) == 1
    assert "AzureExecutionProvider" not in providers


def test_a_provider_that_onnxruntime_replaces_in_silence_is_a_failure(tmp_path):
    found = networks.store(tmp_path, gray=networks.mean()).find("gray")
    if CUDA in OnnxRuntime().providers():
        pytest.skip("CUDA is here")
    with pytest.warns(UserWarning, match="CUDA"), pytest.raises(ProviderFailed, match="CUDA did not start"):
        OnnxRuntime().open(found, CUDA)


class FakeOrt:
    """onnxruntime's session, whose run raises."""

    def __init__(self, error):
        self.error = error

    def get_inputs(self):
        return [self]

    get_outputs = get_inputs
    name = "out"

    def run(self, *_):
        raise self.error


def fail(text):
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    return state.Fail(text)


@pytest.mark.parametrize("error, provider, kind", [
    (MemoryError(), CPU, OutOfMemory),
    (RuntimeError("std::bad_alloc"), CPU, OutOfMemory),
    ("Failed to allocate memory for requested buffer of size 1073741824", CPU, OutOfMemory),
    ("the node failed", CPU, EngineError),
    ("CUDA out of memory", CUDA, ProviderFailed),
    ("the node failed", CUDA, ProviderFailed),
])
def test_every_failure_of_a_run_has_its_class(tmp_path, error, provider, kind):
    found = networks.store(tmp_path, gray=networks.mean()).find("gray")
    broken = FakeOrt(fail(error) if isinstance(error, str) else error)
    session = OnnxSession(broken, found, provider, _runtime.errors(), "out")
    with pytest.raises(kind) as caught:
        session.run(np.zeros((1, 3, HIGH, WIDE), np.float32), Job())
    assert type(caught.value) is kind and (kind is ProviderFailed or caught.value.hint)


def test_every_error_of_onnxruntime_is_known():
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    own = {getattr(state, name) for name in dir(state) if isinstance(getattr(state, name), type)}
    assert {kind for kind in own if issubclass(kind, Exception)} <= set(_runtime.errors())


def test_threads_are_a_sensible_number():
    import os

    assert 0 <= _runtime.threads() <= (os.cpu_count() or 1)
