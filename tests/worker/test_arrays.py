"""Arrays in the job's folder: numpy is the oracle; a hostile client is the case to think of."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from cutaway.errors import Cancelled, DiskFull, ProtocolError
from cutaway.job import Job
from cutaway.worker import arrays

PICTURE = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


class FakeUsage(NamedTuple):
    total: int
    used: int
    free: int


def written(folder: Path, values: Any, name: str = "picture.npy") -> Path:
    np.save(folder / name, values)
    return folder / name


@given(values=arrays_of.arrays(
    st.sampled_from([np.uint8, np.uint16, np.float32]), arrays_of.array_shapes(min_dims=2, max_dims=4, max_side=6)))
def test_what_is_saved_is_what_numpy_reads(tmp_path_factory: pytest.TempPathFactory, values: Any) -> None:
    folder = tmp_path_factory.mktemp("job")
    arrays.save(folder, "out.npy", values, Job())
    np.testing.assert_array_equal(np.load(folder / "out.npy"), values)
    expected = io.BytesIO()
    np.save(expected, np.ascontiguousarray(values))
    assert (folder / "out.npy").read_bytes() == expected.getvalue()


def test_views_and_several_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "CHUNK", 7)
    values = np.arange(200, dtype=np.uint16).reshape(10, 20)[::2, ::-1]
    arrays.save(tmp_path, "out.npy", values, Job())
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), values)


@pytest.mark.parametrize("dtype", arrays.PICTURE_TYPES)
def test_a_picture_is_mapped_as_it_is(tmp_path: Path, dtype: str) -> None:
    written(tmp_path, PICTURE.astype(dtype))
    found = arrays.load(tmp_path, "picture.npy", arrays.PICTURE_TYPES)
    assert isinstance(found, np.memmap) and not found.flags.writeable
    np.testing.assert_array_equal(found, PICTURE.astype(dtype))


@pytest.mark.parametrize("values", [
    PICTURE.astype(">u2"), PICTURE.astype(np.int16), np.array([None, {}]), PICTURE[0], PICTURE[None],
    np.zeros((2, 2, 5), np.uint8), np.zeros((2, 2, 0), np.uint8), np.asfortranarray(PICTURE), np.zeros((2, 2, 1), "S1"),
])
def test_other_arrays_are_refused(tmp_path: Path, values: Any) -> None:
    written(tmp_path, values)
    with pytest.raises(ProtocolError):
        arrays.load(tmp_path, "picture.npy", arrays.PICTURE_TYPES)


def test_a_mask_must_have_the_pictures_size(tmp_path: Path) -> None:
    written(tmp_path, np.zeros((2, 3), np.uint16), "mask.npy")
    assert arrays.load(tmp_path, "mask.npy", arrays.MASK_TYPES, (2, 3)).shape == (2, 3)
    with pytest.raises(ProtocolError):
        arrays.load(tmp_path, "mask.npy", arrays.MASK_TYPES, (3, 2))
    with pytest.raises(ProtocolError):
        arrays.load(tmp_path, "mask.npy", arrays.SELECTION_TYPES, (2, 3))


@pytest.mark.parametrize("keep", [0, 5, 60, 127, 128, 151])
def test_a_file_that_is_too_short_is_refused(tmp_path: Path, keep: int) -> None:
    path = written(tmp_path, PICTURE)
    assert path.stat().st_size == 152
    os.truncate(path, keep)
    with pytest.raises(ProtocolError):
        arrays.load(tmp_path, "picture.npy", arrays.PICTURE_TYPES)


def test_an_archive_is_refused(tmp_path: Path) -> None:
    with open(tmp_path / "picture.npy", "wb") as stream:
        np.savez(stream, PICTURE)
    with pytest.raises(ProtocolError):
        arrays.load(tmp_path, "picture.npy", arrays.PICTURE_TYPES)


@pytest.mark.parametrize("name", [
    "", ".", "..", "/etc/passwd", "../picture.npy", "sub/picture.npy", "a\\b", "c:picture.npy", "nul\0.npy",
    "missing.npy"])
def test_names_that_are_not_of_files_in_the_folder_are_refused(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "job"
    folder.mkdir()
    written(tmp_path, PICTURE)
    with pytest.raises(ProtocolError):
        arrays.bare(folder, name)


def test_links_and_folders_are_refused(tmp_path: Path) -> None:
    os.symlink("/etc/hostname", tmp_path / "link")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("link", "folder", "pipe"):
        with pytest.raises(ProtocolError):
            arrays.bare(tmp_path, name)


def test_a_result_larger_than_the_disk_is_refused_before_it_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: FakeUsage(10 << 20, 9 << 20, 1 << 20))
    with pytest.raises(DiskFull, match=r"2 MB.*1 MB left"):
        arrays.save(tmp_path, "out.npy", np.zeros((2 << 20,), np.uint8), Job())
    with pytest.raises(DiskFull):
        arrays.save_bytes(tmp_path, "out.bin", b"x")
    assert list(tmp_path.iterdir()) == []


LIMITED = """
import resource, signal, sys
import numpy as np
from pathlib import Path
from cutaway.errors import DiskFull
from cutaway.job import Job
from cutaway.worker import arrays
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
try:
    arrays.save(Path(sys.argv[1]), "out.npy", np.zeros((1000, 1000), np.uint8), Job())
except DiskFull:
    print("full", list(Path(sys.argv[1]).iterdir()))
"""


def test_a_disk_that_gets_full_in_mid_write_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", LIMITED, str(tmp_path)], capture_output=True, text=True, timeout=30)
    assert done.stdout == "full []\n", done.stderr


def test_a_cancelled_write_leaves_nothing(tmp_path: Path) -> None:
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        arrays.save(tmp_path, "out.npy", PICTURE, job)
    assert list(tmp_path.iterdir()) == []


def test_other_system_errors_stay_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "out.npy").mkdir()
    with pytest.raises(IsADirectoryError):
        arrays.save_bytes(tmp_path, "out.npy", b"x")
    assert not arrays.is_full(OSError(5, "input/output"))
