"""What leaves this computer, and that no copy of it stays behind."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from cutaway.cloud import upload
from cutaway.cloud.upload import STALE_S, SentRows, packed, sweep
from cutaway.errors import CloudError
from cutaway.picture.model import Picture
from cutaway.picture.render import render


def pictures() -> list[Picture]:
    chance = np.random.default_rng(5)
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return [
        Picture(chance.integers(0, 256, (37, 29, 3), np.uint8)),
        Picture(chance.integers(0, 256, (37, 29, 4), np.uint8)),
        Picture(chance.integers(0, 65536, (37, 29, 2), np.uint16)), Picture(chance.random((37, 29, 1), np.float32)),
        Picture(chance.random((37, 29, 4)).astype(np.float32), "linear"),
        Picture(chance.integers(0, 256, (37, 29, 3), np.uint8), icc=icc)]


@pytest.mark.parametrize("number", range(6))
def test_strips_are_those_of_the_whole(number: int) -> None:
    source = pictures()[number]
    rows, whole = SentRows(source), render(source)
    assert (rows.height, rows.width, rows.channels, rows.dtype) == (37, 29, 3, np.uint8)
    for start in range(37):
        for stop in range(start + 1, 38):
            assert np.array_equal(rows.strip(start, stop), whole[start:stop])


def test_the_file_is_a_plain_png_for_nobody_else_and_goes_again(tmp_path: Path) -> None:
    source = pictures()[1]
    with packed(SentRows(source), tmp_path / "sending") as path:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        with Image.open(path) as shown:
            shown.load()
            assert (shown.mode, shown.info) == ("RGB", {}) and np.array_equal(np.asarray(shown), render(source))
    assert list(path.parent.iterdir()) == []
    with pytest.raises(KeyError), packed(SentRows(source), tmp_path / "sending"):
        raise KeyError
    assert list(path.parent.iterdir()) == []


def test_a_disk_that_does_not_take_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sending").write_text("in the way")
    with pytest.raises(CloudError, match="prepared"), packed(SentRows(pictures()[0]), tmp_path / "sending"):
        pass

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))
    monkeypatch.setattr(upload, "encode", full)
    with pytest.raises(CloudError, match=os.strerror(28)), packed(SentRows(pictures()[0]), tmp_path / "other"):
        pass
    assert list((tmp_path / "other").iterdir()) == []


@pytest.mark.skipif(sys.platform == "win32", reason="there only the age counts")
def test_what_killed_processes_have_left_goes_and_what_is_on_its_way_stays(tmp_path: Path) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    names = {f"{gone.pid}-a.png": False, f"{os.getpid()}-b.png": True, "1-c.png": True, "odd.png": True}
    for name in names:
        (tmp_path / name).touch()
    old = tmp_path / f"{os.getpid()}-old.png"
    old.touch()
    os.utime(old, (0, time.time() - STALE_S - 10))
    sweep(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {name for name, stays in names.items() if stays}
    sweep(tmp_path / "not there")
