"""Graphs kept a second time: found again for the same processor and release only, and never a changed one."""

import os

import pytest

from cutaway.errors import Cancelled
from cutaway.home import Home
from cutaway.job import Job
from cutaway.models import optimised
from cutaway.models.optimised import WORTH, Optimised

from .fakes import SMALL, store_with, wheel

A, B = "a" * 64, "b" * 64


@pytest.fixture
def kept(tmp_path):
    return Optimised(Home(tmp_path / "home"), worth=10)


def writes(content):
    return lambda path: path.write_bytes(content)


def keep(kept, content=b"graph", sha256=A, version="1.0"):
    return kept.keep(sha256, 10, version, writes(content))


def test_looking_makes_nothing(kept):
    assert kept.find(A, "1.0") is None and kept.bytes(A) == 0 and not kept.folder.exists()


def test_what_is_kept_is_found_for_the_same_file_and_release(kept):
    path = keep(kept)
    assert kept.find(A, "1.0") == path and path.read_bytes() == b"graph" and kept.bytes(A) == 5
    assert kept.find(A, "1.1") is None and kept.find(B, "1.0") is None


def test_another_processor_makes_its_own(kept, monkeypatch):
    keep(kept)
    monkeypatch.setattr(optimised, "processor", lambda: "another")
    assert kept.find(A, "1.0") is None


def test_a_new_release_takes_the_place_of_the_old_and_other_models_stay(kept):
    keep(kept)
    keep(kept, sha256=B)
    keep(kept, b"newer", version="1.1")
    assert kept.find(A, "1.0") is None and kept.find(A, "1.1").read_bytes() == b"newer" and kept.find(B, "1.0")
    assert len(list(kept.folder.iterdir())) == 4


def test_the_place_of_a_kept_one_is_never_empty_while_it_is_made_again(kept, monkeypatch):
    """Another process may be about to load it."""
    path = keep(kept)
    there = []
    real = type(path).replace

    def replace(self, target):
        there.append(path.exists())
        return real(self, target)

    monkeypatch.setattr(type(path), "replace", replace)
    keep(kept, b"again")
    assert there == [True] and path.read_bytes() == b"again" and kept.find(A, "1.0") == path


def test_small_files_are_not_worth_it(kept):
    assert kept.keep(A, 9, "1.0", writes(b"graph")) is None and not kept.folder.exists()
    assert 4_574_861 < WORTH < 44_173_029  # U2-Net small is loaded at once, silueta and larger are not


@pytest.mark.parametrize("change", [
    lambda path: path.write_bytes(b"graphs"), lambda path: os.utime(path, (1, 1)),
    lambda path: path.with_suffix(".json").unlink(), lambda path: path.with_suffix(".json").write_text("{"),
    lambda path: path.with_suffix(".json").write_text("[]"), lambda path: path.unlink()])
def test_a_changed_one_is_not_loaded(kept, change):
    change(keep(kept))
    assert kept.find(A, "1.0") is None


def test_a_change_that_keeps_size_and_time_is_thrown_away_by_verify(kept):
    path = keep(kept)
    before = path.stat()
    kept.verify(A, Job())
    assert kept.find(A, "1.0") == path
    path.write_bytes(b"Graph")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert kept.find(A, "1.0") == path
    kept.verify(A, Job())
    assert kept.find(A, "1.0") is None and list(kept.folder.iterdir()) == []


def test_a_cancel_ends_verify(kept):
    path = keep(kept)
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        kept.verify(A, job)
    assert kept.find(A, "1.0") == path


def test_a_disk_that_will_not_take_it_leaves_nothing(kept, tmp_path):
    def full(path):
        path.write_bytes(b"gr")
        raise OSError(28, "No space left on device")

    assert kept.keep(A, 10, "1.0", full) is None and list(kept.folder.iterdir()) == []
    (tmp_path / "file").write_text("")
    assert Optimised(Home(tmp_path / "file"), worth=1).keep(A, 10, "1.0", writes(b"x")) is None


def test_what_the_builder_raises_goes_on_and_leaves_nothing(kept):
    def broken(path):
        path.write_bytes(b"gr")
        raise RuntimeError("no graph")

    with pytest.raises(RuntimeError, match="no graph"):
        kept.keep(A, 10, "1.0", broken)
    assert list(kept.folder.iterdir()) == []


def test_removing_a_model_takes_its_kept_graph_and_the_list_says_its_size(home):
    store, _ = store_with(home, gives={"pip": wheel(SMALL)})
    store.get("small", Job())
    sha256 = store.find("small").weights.sha256
    Optimised(home, worth=1).keep(sha256, len(SMALL), "1.0", writes(b"graph"))
    assert store.list()[0]["optimised"] == 5
    store.verify("small")
    assert store.list()[0]["optimised"] == 5
    store.remove("small")
    assert store.list()[0]["optimised"] == 0 and list((home.path / "optimised").iterdir()) == []


def test_the_processor_is_described_alike_each_time():
    assert optimised.processor() == optimised.processor() and len(optimised.processor()) > 3
