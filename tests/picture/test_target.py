"""A target appears whole or not at all, and nothing that was there is lost."""

from __future__ import annotations

import errno
import os
import stat

import numpy as np
import pytest

from cutaway.errors import DiskFull, OutputError, TargetExists, TargetNotWritable
from cutaway.picture import target
from cutaway.picture.model import Picture
from cutaway.picture.write import write
from tests.picture.make import as_other_user, random_pixels

DATA = b"a whole file"
posix = pytest.mark.skipif(os.name != "posix", reason="POSIX permissions and limits")


def fill(stream):
    stream.write(DATA)


def refused(path, kind, *, overwrite=False, filling=fill, says=""):
    with pytest.raises(OutputError) as caught:
        target.place(path, filling, overwrite=overwrite)
    error = caught.value
    assert type(error) is kind
    assert path.name in error.message or str(path.parent) in error.message
    assert error.message.endswith(".") and error.hint.endswith(".")
    assert says in error.message
    return error


def failing(number):
    def filling(stream):
        stream.write(DATA)
        raise OSError(number, os.strerror(number))

    return filling


def test_a_new_file(tmp_path):
    assert target.place(tmp_path / "a", fill, overwrite=False) == len(DATA)
    assert (tmp_path / "a").read_bytes() == DATA
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@posix
def test_a_new_file_is_readable_as_any_other(tmp_path):
    target.place(tmp_path / "a", fill, overwrite=False)
    (tmp_path / "b").write_bytes(b"")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


def test_what_exists_is_not_touched(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    before = path.stat()
    refused(path, TargetExists, says="exists")
    assert path.read_bytes() == b"old"
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)
    assert len(list(tmp_path.iterdir())) == 1


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_meanwhile_is_not_touched(tmp_path, monkeypatch, links):
    if not links:
        monkeypatch.setattr(os, "link", no_links)

    def filling(stream):
        stream.write(DATA)
        (tmp_path / "a").write_bytes(b"somebody else's")

    refused(tmp_path / "a", TargetExists, filling=filling)
    assert (tmp_path / "a").read_bytes() == b"somebody else's"
    assert len(list(tmp_path.iterdir())) == 1


def no_links(_source, _target):
    raise OSError(errno.EPERM, "no hard links here")


def test_a_disk_without_hard_links(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", no_links)
    assert target.place(tmp_path / "a", fill, overwrite=False) == len(DATA)
    assert (tmp_path / "a").read_bytes() == DATA
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_another_failure_of_the_link_is_told(tmp_path, monkeypatch):
    def broken(_source, _target):
        raise OSError(errno.EIO, "the disk is broken")

    monkeypatch.setattr(os, "link", broken)
    refused(tmp_path / "a", TargetNotWritable, says="the disk is broken")
    assert list(tmp_path.iterdir()) == []


def test_overwriting(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o640)
    target.place(path, fill, overwrite=True)
    assert path.read_bytes() == DATA
    assert stat.S_IMODE(path.stat().st_mode) == 0o640 or os.name != "posix"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_failure_while_overwriting_leaves_the_old_file(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    refused(path, DiskFull, overwrite=True, filling=failing(errno.ENOSPC))
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


@posix
def test_a_link_is_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to(tmp_path / "real" / "file")
    refused(tmp_path / "link", TargetExists)
    target.place(tmp_path / "link", fill, overwrite=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "file").read_bytes() == DATA


@posix
def test_a_link_to_nowhere_is_something_that_exists(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    refused(tmp_path / "link", TargetExists)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("overwrite", [True, False])
def test_a_folder(tmp_path, overwrite):
    (tmp_path / "a").mkdir()
    refused(tmp_path / "a", TargetNotWritable, overwrite=overwrite, says="is a folder")


@posix
def test_a_device_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", TargetNotWritable, overwrite=True, says="not a file")
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


def test_no_folder(tmp_path):
    refused(tmp_path / "missing" / "a", TargetNotWritable, says="no folder")
    (tmp_path / "file").write_bytes(b"")
    refused(tmp_path / "file" / "a", TargetNotWritable, says="no folder")


@posix
def test_a_folder_that_may_not_be_written_to(tmp_path):
    tmp_path.chmod(0o555)
    try:
        with as_other_user():
            refused(tmp_path / "a", TargetNotWritable)
    finally:
        tmp_path.chmod(0o755)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["a\0b", "x" * 300])
def test_an_impossible_name(tmp_path, name):
    refused(tmp_path / name, TargetNotWritable)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk(tmp_path, number):
    refused(tmp_path / "a", DiskFull, filling=failing(number), says="no room")
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_full_only_when_flushed(tmp_path, monkeypatch):
    def fsync(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fsync)
    refused(tmp_path / "a", DiskFull)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.EROFS])
def test_no_permission(tmp_path, number):
    refused(tmp_path / "a", TargetNotWritable, filling=failing(number), says="no permission")


def test_the_data_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(os, "fsync", lambda _descriptor: seen.append((tmp_path / "a").exists()))
    target.place(tmp_path / "a", fill, overwrite=False)
    assert seen == [False]


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, ValueError])
def test_any_failure_leaves_nothing(tmp_path, error):
    def filling(stream):
        stream.write(DATA)
        raise error

    with pytest.raises(error):
        target.place(tmp_path / "a", filling, overwrite=False)
    assert list(tmp_path.iterdir()) == []


@posix
@pytest.mark.parametrize("name", ["a.png", "a.tif", "a.webp", "m.jpg"])
def test_a_limit_of_the_real_system_in_mid_file(tmp_path, name):
    """The system itself refuses to let the file grow, as a full disk does."""
    import resource

    picture = Picture(random_pixels((300, 300, 3), np.uint8))
    mask = random_pixels((300, 300), np.uint8)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(DiskFull):
            write(tmp_path / name, picture, mask, None, form="mask" if name == "m.jpg" else "cutout")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
