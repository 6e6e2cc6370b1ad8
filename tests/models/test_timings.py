"""What a run took, kept by file, provider and release of onnxruntime."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cutaway.home import Home
from cutaway.models.timings import FILE, Timings

A, B = "a" * 64, "b" * 64


@pytest.fixture
def timings(tmp_path):
    return Timings(Home(tmp_path))


def test_nothing_is_known_and_nothing_made_by_looking(tmp_path):
    timings = Timings(Home(tmp_path / "none"))
    assert timings.of(A) == [] and timings.get(A, "CPU", "1.0") is None and not (tmp_path / "none").exists()


def test_what_is_put_is_found_again_by_file_provider_and_release(timings, tmp_path):
    timings.put(A, "CPU", "1.0", 2.0)
    timings.put(A, "CUDA", "1.0", 0.123456)
    timings.put(B, "CPU", "1.0", 5.0)
    again = Timings(Home(tmp_path))
    assert again.get(A, "CPU", "1.0") == 2.0 and again.get(A, "CPU", "2.0") is None
    assert again.get(A, "CoreML", "1.0") is None
    assert again.of(A) == [{"provider": "CUDA", "seconds": 0.1235}, {"provider": "CPU", "seconds": 2.0}]
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_another_release_takes_the_place_of_the_older(timings):
    timings.put(A, "CPU", "1.0", 2.0)
    timings.put(A, "CPU", "1.1", 1.0)
    assert timings.get(A, "CPU", "1.0") is None
    assert timings.of(A) == [{"provider": "CPU", "seconds": 1.0}]


@pytest.mark.parametrize("text", [
    "", "{", "[]", "null", f'{{"{A}": 5}}', f'{{"{A}": {{"CPU": 5}}}}', f'{{"{A}": {{"CPU": {{"seconds": "1"}}}}}}',
    f'{{"{A}": {{"CPU": {{"seconds": true, "version": "1.0"}}}}}}', f'{{"{A}": {{"CPU": {{"seconds": -1}}}}}}',
    f'{{"{A}": {{"CPU": {{"seconds": NaN, "version": "1.0"}}}}}}', f'{{"{A}": {{"CPU": {{"seconds": 1}}}}}}'])
def test_what_makes_no_sense_counts_as_not_measured_and_is_replaced(timings, tmp_path, text):
    (tmp_path / FILE).write_text(text)
    assert timings.of(A) == [] and timings.get(A, "CPU", "1.0") is None
    timings.put(A, "CPU", "1.0", 3.0)
    assert timings.get(A, "CPU", "1.0") == 3.0


def test_a_folder_that_cannot_be_written_is_no_failure(tmp_path):
    (tmp_path / "file").write_text("")
    Timings(Home(tmp_path / "file")).put(A, "CPU", "1.0", 1.0)
    assert (tmp_path / "file").read_text() == ""


@settings(deadline=None)
@given(st.floats(0, 1e6), st.sampled_from(["CPU", "CUDA"]))
def test_seconds_survive_to_a_tenth_of_a_millisecond(tmp_path_factory, seconds, provider):
    folder = tmp_path_factory.mktemp("home")
    Timings(Home(folder)).put(A, provider, "1.0", seconds)
    assert abs(Timings(Home(folder)).get(A, provider, "1.0") - seconds) <= 5.1e-5
    assert json.loads((folder / FILE).read_text())
