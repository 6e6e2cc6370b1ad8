"""The size of a picture by its header."""

from __future__ import annotations

import contextlib
import struct
import threading
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cutaway.errors import PictureUnreadable
from cutaway.picture import read as reading
from cutaway.picture.size import size


def vast(path: Path, width: int = 30_000, height: int = 16_000) -> Path:
    """A PNG that says it is that large, with no pixels in it."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [head, b"IDAT" + zlib.compress(b"x"), b"IEND"]
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) for chunk in chunks))
    return path


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.tif", "a.webp", "a.bmp"])
def test_the_size_of_every_kind(tmp_path: Path, name: str) -> None:
    Image.fromarray(np.zeros((7, 11, 3), np.uint8)).save(tmp_path / name)
    assert size(tmp_path / name) == (11, 7)


def test_a_vast_picture_is_not_decoded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def read(path: Path) -> None:
        raise AssertionError("it was read")

    monkeypatch.setattr(reading, "read", read)
    assert size(vast(tmp_path / "vast.png")) == (30_000, 16_000)


def test_the_filters_of_the_process_are_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are the process's, and threads that restore them in another order leave them wrong."""
    changed, found = [], []
    path = vast(tmp_path / "vast.png", 10_000, 10_000)
    with monkeypatch.context() as patched:  # pytest itself uses it
        patched.setattr(warnings, "catch_warnings", lambda: changed.append(1) or contextlib.nullcontext())
        patched.setattr(warnings, "simplefilter", lambda *_: None)
        threads = [threading.Thread(target=lambda: found.append(size(path))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [(10_000, 10_000)] * 8 and not changed


@pytest.mark.parametrize("content", [None, b"", b"no picture", b"\x89PNG\r\n\x1a\nbroken"])
def test_what_is_no_picture_is_said(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    with pytest.raises(PictureUnreadable) as caught:
        size(tmp_path / "file")
    assert caught.value.hint
