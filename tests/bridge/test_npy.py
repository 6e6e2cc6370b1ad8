"""Arrays without numpy: numpy is the oracle."""

from __future__ import annotations

import errno
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from cutaway_bridge import npy
from cutaway_bridge.errors import BridgeError

ARRAYS = arrays_of.arrays(
    st.sampled_from([np.dtype(name) for name in npy.DTYPES]),
    arrays_of.array_shapes(min_dims=1, max_dims=4, min_side=0, max_side=5))


class FakeFullDisk(io.BytesIO):
    """Takes 200 bytes."""

    def write(self, data: Any) -> int:
        if self.tell() + len(data) > 200:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


@given(values=ARRAYS)
def test_numpy_reads_what_is_written(tmp_path_factory: pytest.TempPathFactory, values: Any) -> None:
    path = tmp_path_factory.mktemp("npy") / "a.npy"
    with npy.Writer(str(path), values.shape, values.dtype.str) as writer:
        assert writer.row_bytes == values[:1].nbytes or not len(values)
        writer.write(values.tobytes())
    found = np.load(path)
    assert found.dtype == values.dtype and found.shape == values.shape
    np.testing.assert_array_equal(found, values)
    with open(path, "rb") as stream:
        assert np.lib.format.read_magic(stream) == (1, 0)
        np.lib.format.read_array_header_1_0(stream)
        assert stream.tell() % 64 == 0


@given(values=ARRAYS, version=st.sampled_from([(1, 0), (2, 0)]), start=st.integers(0, 5), rows=st.integers(0, 5))
def test_what_numpy_writes_is_read(
    tmp_path_factory: pytest.TempPathFactory, values: Any, version: tuple[int, int], start: int, rows: int
) -> None:
    path = tmp_path_factory.mktemp("npy") / "a.npy"
    with open(path, "wb") as stream:
        np.lib.format.write_array(stream, values, version)
    with npy.Reader(str(path)) as reader:
        assert (reader.shape, reader.dtype) == (values.shape, values.dtype.str)
        if start + rows <= len(values):
            assert reader.read_rows(start, rows) == values[start : start + rows].tobytes()
        else:
            with pytest.raises(ValueError, match="rows"):
                reader.read_rows(start, rows)


@pytest.mark.parametrize("data", [b"\x01\x02", bytearray(b"\x01\x02"), memoryview(b"\x01\x02"),
                                  memoryview(np.array([513], "<u2"))])
def test_kinds_of_bytes(tmp_path: Path, data: Any) -> None:
    path = tmp_path / "a.npy"
    with npy.Writer(str(path), (1, 2), "|u1") as writer:
        writer.write(data)
    assert np.load(path).tolist() == [[1, 2]]


def test_too_few_or_too_many_bytes_leave_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    with pytest.raises(ValueError, match="1 bytes are missing"), npy.Writer(str(path), (2, 2), "|u1") as writer:
        writer.write(b"abc")
    assert not path.exists()
    with pytest.raises(ValueError, match="1 bytes too many"), npy.Writer(str(path), (2, 2), "|u1") as writer:
        writer.write(b"abcde")
    assert not path.exists()


def test_a_failure_in_the_block_leaves_no_file_and_is_passed_on(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    with pytest.raises(KeyError), npy.Writer(str(path), (1, 1), "|u1") as writer:
        writer.write(b"a")
        raise KeyError
    assert not path.exists()


def test_an_abandoned_generator_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"

    def writing() -> Any:
        with npy.Writer(str(path), (1, 1), "|u1"):
            yield

    generator = writing()
    next(generator)
    assert path.exists()
    generator.close()
    assert not path.exists()


def test_a_full_disk_is_said_and_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    with pytest.raises(BridgeError) as caught, npy.Writer(str(path), (10, 100), "|u1") as writer:
        writer._stream.close()
        writer._stream = FakeFullDisk()
        for _ in range(10):
            writer.write(bytes(100))
    assert caught.value.code == "disk_full" and not path.exists()


@pytest.mark.parametrize(("shape", "dtype"), [((1,), ">u2"), ((1,), "u1"), ((), "|u1"), ((-1,), "|u1"), ((1,), "|O")])
def test_other_arrays_are_not_written(tmp_path: Path, shape: tuple[int, ...], dtype: str) -> None:
    with pytest.raises(ValueError, match="no array"):
        npy.Writer(str(tmp_path / "a.npy"), shape, dtype)
    assert list(tmp_path.iterdir()) == []


GOOD = "{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2), }"


def file_with(
    header: str, data: bytes = b"abcd", magic: bytes = b"\x93NUMPY\x01\x00", size: int | None = None
) -> bytes:
    text = header.encode()
    return magic + (len(text) if size is None else size).to_bytes(2, "little") + text + data


@pytest.mark.parametrize("content", [
    b"", b"\x93NUMPY", b"\x93NUMPY\x01\x00\xff", file_with(GOOD, magic=b"\x93NUMPX\x01\x00"),
    file_with(GOOD, magic=b"\x93NUMPY\x03\x00"), file_with(GOOD, b"abc"), file_with(GOOD, size=60000),
    file_with("{"), file_with("[]"), file_with("{}"), file_with("__import__('os')"), file_with("(" * 500),
    file_with(GOOD.replace("False", "True")), file_with(GOOD.replace("|u1", "|O")),
    file_with(GOOD.replace("|u1", ">u2")),
    file_with(GOOD.replace("(2, 2)", "[2, 2]")), file_with(GOOD.replace("(2, 2)", "(2, -2)")),
    file_with(GOOD.replace("(2, 2)", "()")), file_with(GOOD.replace("(2, 2)", "(2, 2.0)")),
    file_with(GOOD.replace("(2, 2)", "(True, 2)")), file_with(GOOD.replace("'shape'", "'form'")),
    file_with(GOOD.replace("(2, 2)", "(10**9, 10**9)")), file_with(GOOD.replace("(2, 2)", "(1000000000, 1000000000)")),
])
def test_a_file_that_is_not_such_an_array_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.npy"
    path.write_bytes(content)
    with pytest.raises(BridgeError) as caught:
        npy.Reader(str(path))
    assert caught.value.code == "protocol" and "a.npy" in caught.value.message


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BridgeError):
        npy.Reader(str(tmp_path / "a.npy"))


def test_a_file_that_shrinks_while_it_is_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.npy"
    np.save(path, np.zeros((100, 1000), np.uint8))
    with npy.Reader(str(path)) as reader:
        with open(path, "r+b") as stream:
            stream.truncate(1000)
        with pytest.raises(BridgeError):
            reader.read_rows(50, 50)
