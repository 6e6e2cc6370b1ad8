"""What the requests do, with a fake core."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.worker.operations import TABLE
from cutaway.worker.protocol import METHODS
from tests.worker.conftest import Running
from tests.worker.raw_client import RawClient
from tests.worker.test_arrays import FakeUsage
from tests.worker.test_session import open_job


def test_the_table_is_the_closed_list() -> None:
    assert set(TABLE) | {"hello", "cancel"} == set(METHODS)


def code(client: RawClient, method: str, **params: Any) -> str:
    client.ask("bad", method, **params)
    return str(client.answer("bad")["error"]["data"]["code"])


def test_a_run_writes_what_is_wanted(server: Running) -> None:
    with server.client() as client:
        job, folder = open_job(client)
        pixels = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
        np.save(folder / "picture.npy", pixels)
        (folder / "profile.icc").write_bytes(b"profile")
        picture = {"file": "picture.npy", "transfer": "linear", "icc": "profile.icc"}
        said = client.call(1, "job.run", job=job, picture=picture, settings={})
        np.testing.assert_array_equal(np.load(folder / said["mask"]), pixels[..., 0])
        assert np.load(folder / said["foreground"]["pixels"]).shape == (1, 2, 2, 3)
        assert (folder / said["matte"]).read_bytes() == b"matte of 6 bytes"
        assert said["provenance"]["settings"]["model"] == "auto" and said["provenance"]["engine"] == "fake"
        said = client.call(2, "job.run", job=job, picture=picture, settings={}, results=["matte"])
        assert (said["mask"], said["foreground"], said["matte"]) == (None, None, "out-matte.bin")


def test_selection_and_mask_are_handed_over(server: Running) -> None:
    with server.client() as client:
        job, folder = open_job(client)
        np.save(folder / "picture.npy", np.full((2, 3, 3), 200, np.uint8))
        np.save(folder / "selection.npy", np.array([[255, 0, 255], [0, 0, 0]], np.uint8))
        np.save(folder / "mask.npy", np.zeros((2, 3), np.uint16))
        said = client.call(
            1, "job.run", job=job, picture={"file": "picture.npy"}, settings={}, selection="selection.npy",
            mask="mask.npy")
        assert np.load(folder / said["mask"]).tolist() == [[200, 0, 200], [0, 0, 0]]
        assert (folder / said["matte"]).read_bytes().endswith(b" and mask")


@pytest.mark.parametrize("params", [
    {"picture": {"file": "../picture.npy"}}, {"picture": {"file": "missing.npy"}}, {"picture": {"file": "@read"}},
    {"picture": {"file": "picture.npy", "transfer": "curved"}},
    {"picture": {"file": "picture.npy", "icc": "/etc/passwd"}},
    {"picture": {"file": "picture.npy"}, "selection": "picture.npy"},
    {"picture": {"file": "picture.npy"}, "mask": "missing.npy"},
    {"picture": {"file": "picture.npy"}, "results": ["hat"]}, {"picture": {"file": "picture.npy"}, "results": [[]]},
    {"picture": {}},
])
def test_a_run_with_wrong_parameters_is_refused(server: Running, params: dict[str, Any]) -> None:
    with server.client() as client:
        job, _ = open_job(client)
        assert code(client, "job.run", job=job, settings={}, **params) == "protocol"


def test_settings_are_checked_by_the_core(server: Running) -> None:
    with server.client() as client:
        job, _ = open_job(client)
        picture = {"file": "picture.npy"}
        assert code(client, "job.run", job=job, picture=picture, settings={"feather": -1}) == "settings_invalid"
        assert code(client, "job.run", job=job, picture=picture, settings={"hat": 1}) == "settings_invalid"
        assert not [done for done in server.core.done if done.startswith("remove")]


def test_a_result_larger_than_the_disk(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    with server.client() as client:
        job, folder = open_job(client)
        monkeypatch.setattr(shutil, "disk_usage", lambda path: FakeUsage(100, 100, 0))
        assert code(client, "job.run", job=job, picture={"file": "picture.npy"}, settings={}) == "disk_full"
        assert [path.name for path in folder.iterdir()] == ["picture.npy"]


def test_a_picture_is_read_run_and_written_without_files(server: Running, tmp_path: Path) -> None:
    with server.client() as client:
        job, folder = open_job(client)
        (folder / "picture.npy").unlink()
        said = client.call(1, "picture.read", job=job, path=str(tmp_path / "cat.png"))
        client.call(2, "job.run", job=job, picture=said["picture"], settings={}, results=[])
        target = str(tmp_path / "out.png")
        assert client.call(3, "picture.write", job=job, path=target, overwrite=True)["bytes"] == 12
        assert list(folder.iterdir()) == []
        assert server.core.done[-3:] == ["read cat.png", "remove auto", "write out.png cutout True"]


def test_writing_needs_a_result(server: Running, tmp_path: Path) -> None:
    with server.client() as client:
        job, _ = open_job(client)
        target = str(tmp_path / "out.png")
        assert code(client, "picture.write", job=job, path=target) == "protocol"
        client.call(1, "job.run", job=job, picture={"file": "picture.npy"}, settings={})
        assert code(client, "picture.write", job=job, path=target, form="hat") == "protocol"
        client.call(2, "picture.read", job=job, path=target)
        assert code(client, "picture.write", job=job, path=target) == "protocol", "the result was of the picture before"


@pytest.mark.parametrize("path", ["cat.png", "../cat.png", "~/cat.png", "", "/a\0b"])
def test_paths_are_absolute(server: Running, path: str) -> None:
    with server.client() as client:
        job, _ = open_job(client)
        assert code(client, "picture.read", job=job, path=path) == "protocol"
        assert code(client, "models.import", path=path) == "protocol"


def test_a_model_from_a_file(server: Running, tmp_path: Path) -> None:
    (tmp_path / "own.onnx").write_bytes(b"12345")
    with server.client() as client:
        assert client.call(1, "models.import", path=str(tmp_path / "own.onnx")) == {"name": "own", "bytes": 5}
        assert {"name": "own", "installed": True} in client.call(2, "models.list")["models"]


def test_status(server: Running) -> None:
    with server.client() as client:
        said = client.call(1, "status")
        assert set(said) == {
            "pid", "version", "uptime_s", "running", "waiting", "models", "memory_mb", "idle_exit_s", "log"}
        assert said["idle_exit_s"] == 900 and said["log"] == str(server.log.path) and said["memory_mb"] > 1
