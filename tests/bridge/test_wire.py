"""Messages on a socket, whole and in pieces."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from cutaway_bridge import protocol, wire
from cutaway_bridge.errors import BridgeError


@pytest.fixture
def ends() -> Iterator[tuple[wire.Connection, socket.socket]]:
    one, other = socket.socketpair()
    connection = wire.Connection(one)
    with other:
        yield connection, other
    connection.close()


Ends = tuple[wire.Connection, socket.socket]


def test_a_message_is_one_ascii_line(ends: Ends) -> None:
    connection, other = ends
    connection.send({"a": "ä\n"})
    assert other.recv(100) == b'{"a": "\\u00e4\\n"}\n'


def test_pieces_and_several_at_once(ends: Ends) -> None:
    connection, other = ends
    assert connection.receive(0) == []
    other.sendall(b'{"a": ')
    assert connection.receive(0.01) == []
    other.sendall(b'1}\n\n{"b": 2}\n{"c"')
    assert connection.receive(1) == [{"a": 1}, {"b": 2}]
    other.sendall(b": 3}\n")
    assert connection.receive(1) == [{"c": 3}]


def test_what_came_before_the_end_is_still_told(ends: Ends) -> None:
    connection, other = ends
    other.sendall(b'{"a": 1}\n{"b"')
    other.close()
    assert connection.receive(1) == [{"a": 1}]
    for _ in range(2):
        with pytest.raises(BridgeError) as caught:
            connection.receive(1)
        assert caught.value.code == "worker_lost"


@pytest.mark.parametrize("line", [b"what?", b"[]", b"7", b"null", b"\xff"])
def test_what_is_no_message_is_an_error(ends: Ends, line: bytes) -> None:
    connection, other = ends
    other.sendall(line + b"\n")
    with pytest.raises(BridgeError) as caught:
        connection.receive(1)
    assert caught.value.code == "protocol"


def test_a_line_without_an_end_is_not_gathered_for_ever(ends: Ends) -> None:
    connection, other = ends

    def flood() -> None:
        try:
            for _ in range(200):
                other.sendall(b"x" * 65536)
        except OSError:
            pass

    flooding = threading.Thread(target=flood)
    flooding.start()
    with pytest.raises(BridgeError) as caught:
        for _ in range(1000):
            connection.receive(1)
    flooding.join(10)
    assert caught.value.code == "protocol"


def test_sending_to_nobody_is_worker_lost(ends: Ends) -> None:
    connection, other = ends
    other.close()
    with pytest.raises(BridgeError) as caught:
        for _ in range(10):
            connection.send({"a": 1})
    assert caught.value.code == "worker_lost"


def test_a_request_that_is_too_long_is_not_sent(ends: Ends) -> None:
    connection, other = ends
    with pytest.raises(BridgeError) as caught:
        connection.send({"a": "x" * protocol.MAX_LINE})
    assert caught.value.code == "protocol"
    connection.send({"b": 1})
    assert other.recv(100) == b'{"b": 1}\n'
