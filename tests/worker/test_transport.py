"""The door: who finds it, and who is let in."""

from __future__ import annotations

import json
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from cutaway.errors import WorkerError
from cutaway.worker import address, transport
from tests.worker.conftest import Running
from tests.worker.raw_client import RawClient

STRANGER = 54321


def test_the_socket_lies_in_the_private_folder(server: Running) -> None:
    path = server.home.run / "worker.sock"
    assert stat.S_ISSOCK(path.stat().st_mode)
    assert path.stat().st_mode & 0o777 == 0o600 and server.home.run.stat().st_mode & 0o777 == 0o700


def test_a_path_too_long_for_a_socket_is_replaced_by_a_private_folder(tmp_path: Path) -> None:
    run = tmp_path / ("x" * 120)
    run.mkdir(mode=0o700)
    listener = transport.listen(run, {})
    path = address.socket_path(run)
    try:
        assert len(os.fsencode(path)) <= address.LONGEST and path.exists() and path.parent.parent != run
        assert path.parent.stat().st_mode & 0o777 == 0o700
        with RawClient(run):
            pass
    finally:
        listener.close()
    assert not path.parent.exists()


def test_two_homes_never_share_a_socket(tmp_path: Path) -> None:
    assert address.socket_path(tmp_path / ("x" * 120)) != address.socket_path(tmp_path / ("y" * 120))


@pytest.mark.parametrize("mode", [0o755, 0o770, 0o701])
def test_a_folder_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    run = tmp_path / "run"
    run.mkdir()
    run.chmod(mode)
    with pytest.raises(WorkerError, match="open to other users"):
        address.private_folder(run)


def test_another_users_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = tmp_path / "run"
    run.mkdir(mode=0o700)
    monkeypatch.setattr(os, "getuid", lambda: STRANGER)
    with pytest.raises(WorkerError, match="belongs to one"):
        address.private_folder(run)


def test_a_link_to_a_good_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "good").mkdir(mode=0o700)
    (tmp_path / "run").symlink_to(tmp_path / "good")
    with pytest.raises(WorkerError):
        address.private_folder(tmp_path / "run")


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(WorkerError, match="cannot be made"):
        address.private_folder(tmp_path / "file" / "run")


def test_a_planted_folder_in_the_temporary_folder_is_refused(tmp_path: Path) -> None:
    run = tmp_path / ("x" * 120)
    run.mkdir(mode=0o700)
    planted = address.socket_path(run).parent
    planted.mkdir()
    planted.chmod(0o777)
    try:
        with pytest.raises(WorkerError):
            transport.listen(run, {})
    finally:
        planted.rmdir()


def test_another_user_is_not_admitted(server: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    here = os.getuid()
    monkeypatch.setattr(transport, "peer_user", lambda link: here + 1)
    with RawClient(server.home.run) as client:
        assert client.is_ended()


def test_the_system_tells_the_peers_user() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert transport.peer_user(one) == os.getuid()


def test_a_dead_workers_socket_is_replaced(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(address.socket_path(tmp_path)))
    left.close()
    (tmp_path / "worker.tcp").write_text("{}")
    listener = transport.listen(tmp_path, {})
    with RawClient(tmp_path):
        assert not (tmp_path / "worker.tcp").exists()
    listener.close()


def test_a_folder_in_the_sockets_place_is_an_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "worker.sock").mkdir()
    with pytest.raises((WorkerError, OSError)):
        transport.listen(tmp_path, {})


def test_tcp_needs_the_token_from_the_file(serving: Callable[..., Running]) -> None:
    running = serving(tcp=True)
    file = running.home.run / "worker.tcp"
    said = json.loads(file.read_text())
    assert file.stat().st_mode & 0o777 == 0o600 and len(said["token"]) == 64
    assert not (running.home.run / "worker.sock").exists()
    for wrong in ({}, {"token": ""}, {"token": said["token"][:-1]}, {"token": "\udc80"}):
        with RawClient(running.home.run, port=said["port"]) as client:
            assert client.hello(**wrong)["error"]["message"] == "The token is wrong."
            assert client.is_ended()
    with RawClient(running.home.run, port=said["port"]) as client:
        assert "result" in client.hello(token=said["token"])
        assert client.call(1, "status")["pid"] == os.getpid()
    assert said["token"] not in running.log.path.read_text()


def test_tcp_listens_on_the_loopback_address_only(serving: Callable[..., Running]) -> None:
    running = serving(tcp=True)
    assert running.listener.door.getsockname()[0] == "127.0.0.1"
    running.end()
    assert not (running.home.run / "worker.tcp").exists()


def test_another_token_each_time(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    tokens = set()
    for _ in range(3):
        listener = transport.listen(tmp_path, {"CUTAWAY_TRANSPORT": "tcp"})
        tokens.add(listener.token)
        listener.close()
    assert len(tokens) == 3
