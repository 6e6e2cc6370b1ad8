"""The parts of a result: what is written when, and what goes wrong on the thread."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.cutout import Cutout, Foreground, Matte, Provenance
from cutaway.errors import Cancelled, DiskFull
from cutaway.job import Job
from cutaway.settings import RemoveSettings
from cutaway.worker import arrays
from cutaway.worker.parts import Parts
from tests.worker.fake_core import FakeCore

ALL = ["mask", "foreground", "matte"]
VALUES = np.arange(12, dtype=np.uint8).reshape(3, 4)


def cutout(tiles: int = 1) -> Cutout:
    colours = Foreground(np.full((tiles, 2), 128, np.int32), np.full((tiles, 2, 2, 3), 7, np.uint8))
    matte = Matte(VALUES, "fake", "echo")
    return Cutout(VALUES, colours, matte, Provenance("fake", "echo", "CPU", RemoveSettings()))


def made(folder: Path, wanted: list[str], result: Cutout, job: Job, core: Any = None, before: Any = None) -> dict:
    with Parts(core or FakeCore(), folder, wanted, before, job) as parts:
        parts.ready(result.matte, result.mask)
        return parts.said(result)


def test_all_parts(tmp_path: Path) -> None:
    said = made(tmp_path, ALL, cutout(), Job(), before=VALUES)
    assert said == {"mask": "out-mask.npy", "matte": "out-matte.bin",
                    "foreground": {"pixels": "out-foreground.npy", "origins": [[128, 128]], "tile": 128}}
    np.testing.assert_array_equal(np.load(tmp_path / "out-mask.npy"), VALUES)
    assert (np.load(tmp_path / "out-foreground.npy") == 7).all()
    assert (tmp_path / "out-matte.bin").read_bytes() == b"matte of 12 bytes and mask"


@pytest.mark.parametrize("wanted", [[], ["mask"], ["foreground"], ["matte"]])
def test_only_what_is_wanted_is_written(tmp_path: Path, wanted: list[str]) -> None:
    said = made(tmp_path, wanted, cutout(), Job())
    assert [name for name, value in said.items() if value is not None] == wanted
    assert len(list(tmp_path.iterdir())) == len(wanted)


def test_no_tiles_are_no_file(tmp_path: Path) -> None:
    assert made(tmp_path, ALL, cutout(tiles=0), Job())["foreground"] is None
    assert not (tmp_path / "out-foreground.npy").exists()


def test_the_mask_is_there_while_the_colours_are_still_cleaned(tmp_path: Path) -> None:
    packing = threading.Event()

    class FakeSlowCore(FakeCore):
        def pack(self, matte: Matte, mask: Any) -> bytes:
            packing.set()
            return super().pack(matte, mask)

    with Parts(FakeSlowCore(), tmp_path, ALL, None, Job()) as parts:
        parts.ready(cutout().matte, VALUES)
        assert packing.wait(10)  # nobody has asked for what is said yet
        np.testing.assert_array_equal(np.load(tmp_path / "out-mask.npy"), VALUES)


def test_what_fails_on_the_thread_is_raised(tmp_path: Path) -> None:
    class FakeFullDisk(FakeCore):
        def pack(self, matte: Matte, mask: Any) -> bytes:
            raise arrays.full("The disk is full.")

    with pytest.raises(DiskFull):
        made(tmp_path, ["matte"], cutout(), Job(), FakeFullDisk())
    assert list(tmp_path.iterdir()) == []


def test_a_cancel_leaves_nothing_half_written(tmp_path: Path) -> None:
    job = Job()
    job.cancel()
    with pytest.raises(Cancelled):
        made(tmp_path, ALL, cutout(), job)
    assert list(tmp_path.iterdir()) == []


def test_the_end_of_the_block_waits_for_the_thread(tmp_path: Path) -> None:
    begun, go_on, ended = threading.Event(), threading.Event(), []

    class FakeHeldCore(FakeCore):
        def pack(self, matte: Matte, mask: Any) -> bytes:
            begun.set()
            go_on.wait(10)
            ended.append(True)
            return b""

    with pytest.raises(ValueError, match="colours"), Parts(FakeHeldCore(), tmp_path, ["matte"], None, Job()) as parts:
        parts.ready(cutout().matte, VALUES)
        assert begun.wait(10)
        threading.Timer(0.05, go_on.set).start()
        raise ValueError("colours")
    assert ended == [True]
