"""Several providers: each is measured once, the first fast one or else the fastest is used, and it is said."""

import numpy as np
import pytest

from cutaway.engines import _choice
from cutaway.engines._choice import ENOUGH_S, chosen
from cutaway.engines._preferred import preferred
from cutaway.engines._runtime import CPU, PROVIDERS, TENSORRT, OnnxRuntime, ProviderFailed, library
from cutaway.engines.local_onnx import LocalOnnx
from cutaway.errors import Cancelled, EngineError
from cutaway.home import Home
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings

from . import networks
from .fake_runtime import FakeRuntime
from .networks import HIGH, WIDE

CUDA, COREML, DML = "CUDAExecutionProvider", "CoreMLExecutionProvider", "DmlExecutionProvider"
PLAIN = Picture(np.full((12, 16, 3), 90, np.uint8))
AUTO = RemoveSettings()


class FakeClock:
    """Time passes only while a provider runs, as long as ``takes`` says."""

    def __init__(self, **takes):
        self.now = 0.0
        self.takes = {name: takes.get(shown, 0.0) for name, shown in PROVIDERS.items()}

    def perf_counter(self):
        return self.now


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """(store, runtime of the providers, clock): runs take what the clock says."""

    def make(providers, clock, **more):
        runtime = FakeRuntime(providers, **more)
        opening = runtime.open

        def open_timed(found, provider):
            session = opening(found, provider)
            running = session.run

            def run(values, job):
                clock.now += clock.takes[provider]
                return running(values, job)

            session.run = run
            return session

        runtime.open = open_timed
        monkeypatch.setattr(_choice, "time", clock)
        return networks.store(tmp_path, gray=networks.mean()), runtime

    return make


def used(store, runtime):
    """The provider of a new engine's session, and its notes, as a run's."""
    engine = LocalOnnx(store, runtime)
    session, notes = engine._session(store.find("gray"), Job())
    return session.provider, notes


def test_a_fast_first_provider_is_used_and_the_rest_not_even_opened(desk):
    store, runtime = desk([CUDA, COREML, CPU], FakeClock(CUDA=0.05, CPU=0.4))
    assert used(store, runtime)[0] == "CUDA"
    assert {provider for _, provider in runtime.opened} == {CUDA}


def test_a_slow_one_is_compared_and_the_fastest_is_used_and_said(desk):
    store, runtime = desk([DML, CPU], FakeClock(DirectML=5.0, CPU=2.0))
    provider, notes = used(store, runtime)
    assert provider == "CPU"
    assert [(note.code, note.message) for note in notes] == [
        ("provider_timed", "gray takes 5 s with DirectML, 2 s with CPU: CPU is used from now on.")]
    assert [(row["provider"], row["seconds"]) for row in store.list()[0]["runs"]] == [("CPU", 2.0), ("DirectML", 5.0)]


def test_what_was_measured_is_not_measured_again_until_another_release(desk):
    clock = FakeClock(DirectML=5.0, CPU=2.0)
    store, runtime = desk([DML, CPU], clock)
    used(store, runtime)
    opened = len(runtime.opened)
    provider, notes = used(store, runtime)
    assert (provider, notes) == ("CPU", ()) and runtime.opened[opened:] == [("gray", CPU)]
    runtime.version = "2.0"
    clock.takes[DML] = ENOUGH_S
    assert used(store, runtime)[0] == "DirectML"


def test_one_provider_alone_is_not_measured_before_the_first_run(desk):
    store, runtime = desk([CPU], FakeClock(CPU=9.0))
    assert used(store, runtime) == ("CPU", ()) and runtime.opened == [("gray", CPU)]
    assert store.list()[0]["runs"] == []


@pytest.mark.parametrize("fails", [
    {"opens": {CUDA: ProviderFailed("no driver")}}, {"runs": {CUDA: ProviderFailed("no driver")}},
    {"runs": {CUDA: np.full((1, 1, HIGH, WIDE), np.inf, np.float32)}}, {"runs": {CUDA: EngineError("odd")}}])
def test_one_that_fails_its_trial_is_left_out_with_a_note(desk, fails):
    store, runtime = desk([CUDA, COREML, CPU], FakeClock(CoreML=0.1), **fails)
    provider, notes = used(store, runtime)
    assert provider == "CoreML"
    assert [note.code for note in notes] == ["provider_failed", "provider_timed"]
    assert notes[0].message.startswith("CUDA failed")


def test_one_that_was_fast_once_and_will_not_start_now_gives_way(desk):
    store, runtime = desk([CUDA, CPU], FakeClock(CUDA=0.1, CPU=0.2))
    used(store, runtime)
    runtime.opens[CUDA] = ProviderFailed("the driver is gone")
    provider, notes = used(store, runtime)
    assert provider == "CPU" and [note.code for note in notes] == ["provider_failed"]


def test_the_cpu_s_own_failure_is_the_error(desk):
    store, runtime = desk([DML, CPU], FakeClock(DirectML=5.0), runs={CPU: EngineError("the node failed")})
    with pytest.raises(EngineError, match="the node failed"):
        used(store, runtime)


def test_without_any_provider_it_is_said(desk):
    store, runtime = desk([CPU], FakeClock())
    with pytest.raises(EngineError, match="cannot compute"):
        chosen(store.find("gray"), [], runtime, store.timings, lambda *_: (), Job())


def test_a_cancel_ends_the_comparison(desk):
    job = Job()
    store, runtime = desk([DML, COREML, CPU], FakeClock(DirectML=5.0))
    opening = runtime.open

    def cancelling(found, provider):
        job.cancel()
        return opening(found, provider)

    runtime.open = cancelling
    with pytest.raises(Cancelled):
        chosen(store.find("gray"), [DML, COREML, CPU], runtime, store.timings, lambda *_: (), job)
    assert {provider for _, provider in runtime.opened} == {DML}


def test_a_real_run_writes_down_what_it_took_and_the_list_says_it(tmp_path):
    store = networks.store(tmp_path, gray=networks.mean())
    LocalOnnx(store).matte(PLAIN, AUTO, Job())
    (row,) = store.list()[0]["runs"]
    assert row["provider"] == "CPU" and 0 < row["seconds"] < 60
    assert store.timings.get(store.find("gray").weights.sha256, "CPU", library().__version__) == row["seconds"]


def test_only_a_much_faster_run_is_written_again(tmp_path):
    store = networks.store(tmp_path, gray=networks.mean())
    engine = LocalOnnx(store, FakeRuntime([CPU]))
    found = store.find("gray")
    for seconds, kept in ((2.0, 2.0), (9.0, 2.0), (1.9, 2.0), (1.0, 1.0)):
        engine._note_time(found, "CPU", seconds)
        assert store.list()[0]["runs"] == [{"provider": "CPU", "seconds": kept}]


@pytest.mark.parametrize(("size", "noted"), [((40, 40), True), ((40, 20), False)])
def test_a_run_of_another_shape_than_the_comparisons_is_not_noted(tmp_path, monkeypatch, size, noted):
    """It is shorter, and would look like a faster provider."""
    store = networks.store(tmp_path, gray=(networks.mean(size=(64, 64)), {"size": [64, 64]}, {}))
    runtime = FakeRuntime([CPU])
    opening = runtime.open

    def opened(found, provider):
        session = opening(found, provider)
        session.fluid = True
        return session

    runtime.open = opened
    monkeypatch.setattr("cutaway.engines.local_onnx.GRAIN", 8)
    LocalOnnx(store, runtime).matte(Picture(np.zeros((*size, 3), np.uint8)), AUTO, Job())
    assert bool(store.list()[0]["runs"]) == noted


# The order

class FakeLibrary:
    __version__ = "1.0"

    def get_available_providers(self):
        return ["AzureExecutionProvider", TENSORRT, CPU, DML, CUDA]


@pytest.mark.parametrize("wanted, order", [
    ((), [CUDA, DML, CPU]),
    (("DirectML",), [DML, CPU]),
    (("TensorRT", "CUDA"), [TENSORRT, CUDA, CPU]),
    (("CPU", "CUDA"), [CUDA, CPU]),
    (("CPU",), [CPU]),
    (("CoreML",), [CPU]),
    (("Magic", "Azure"), [CUDA, DML, CPU]),
])
def test_the_users_order_and_the_usual_one_without_tensorrt(monkeypatch, wanted, order):
    monkeypatch.setattr("cutaway.engines._runtime.library", FakeLibrary)
    assert OnnxRuntime(wanted).providers() == order


@pytest.mark.parametrize("text, found", [
    ('{"providers": ["TensorRT", "CUDA"]}', ("TensorRT", "CUDA")), ('{"worker": {}}', ()), ("", ()), ("[]", ()),
    ('{"providers": "CUDA"}', ()), ('{"providers": [1]}', ()), (None, ())])
def test_the_users_order_is_read_from_the_settings(tmp_path, text, found):
    if text is not None:
        (tmp_path / "settings.json").write_text(text)
    assert preferred(Home(tmp_path)) == found
