"""The recorded conversations against the bridge's client, with a fake server that plays the worker's lines."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway_bridge import flow, settings_spec
from cutaway_bridge.client import Client
from cutaway_bridge.errors import BridgeError
from cutaway_bridge.installation import Installation
from tests.bridge.fake_host import FakeHost
from tests.bridge.fake_server import FakeServer
from tests.transcripts import transcript


class FakePlayer(FakeServer):
    """Expects the client's lines of a transcript one after the other, and answers as it says."""

    def __init__(self, home: Path, lines: list[transcript.Line]) -> None:
        folder = home / "run" / "jobs" / "j1"
        self.known: dict[str, Any] = {
            "$pid": 1, "$job": "j1", "$folder": str(folder), "$source": "/cat.png", "$target": "/mask.png",
            "$provenance": {"engine": "fake"}, "$any": {}, "$settings": settings_spec.check({"feather": 2})}
        self._lines = lines
        self._next = 0
        super().__init__(home, {})
        folder.mkdir(parents=True)

    @property
    def played(self) -> bool:
        return self._next == len(self._lines)

    def _take(self, request: dict[str, Any]) -> None:
        self.heard.append(request)
        line = self._lines[self._next]
        if line.kind != ">" or not transcript.match(line.said, request, dict(self.known)):
            self.failures.append(f"expected {line}\n     got {request}")
            self.hang_up()
            return
        self._next += 1
        while not self.played and self._lines[self._next].kind != ">":
            line = self._lines[self._next]
            if line.kind == "<":
                self.say(**transcript.filled(line.said, self.known))
            elif line.kind == "<EOF":
                self.hang_up()
            self._next += 1


def playable() -> list[str]:
    """The conversations that a client of this version would have."""
    names = []
    for name in transcript.names():
        lines = transcript.read(name)
        said = [line.said for line in lines if line.kind == ">"]
        if not any(line.kind == ">>" for line in lines) and said[0].get("params", {}).get("protocol") == 1:
            names.append(name)
    return names


def test_there_is_something_to_play() -> None:
    assert {"run", "file_to_file", "cancel", "models", "model_missing", "stop"} <= set(playable())


@pytest.mark.parametrize("name", playable())
def test_the_client_says_and_understands_what_is_recorded(name: str, client: Client, installed: Installation) -> None:
    lines = transcript.read(name)
    cancelled: set[int] = set()
    with FakePlayer(Path(installed.home), lines) as player:
        client.connect()
        for number, line in enumerate(lines[2:], 2):
            if line.kind == ">":
                said = transcript.filled(line.said, player.known)
                if said["method"] == "cancel":
                    client.cancel(said["params"]["id"])
                    cancelled |= {said["id"], said["params"]["id"]}
                else:
                    assert client.request(said["method"], said["params"]) == said["id"]
            elif line.kind == "<" and lines[number - 1].kind != "<":
                expected = [transcript.filled(one.said, player.known) for one in transcript.block(lines, number)]
                # After a cancel nothing is heard of either request.
                heard(client, [one for one in expected if transcript.subject(one) not in cancelled])
            elif line.kind == "<EOF":
                with pytest.raises(BridgeError, match="ended"):
                    heard(client, [{}])
        wait_for(player)


def heard(client: Client, expected: list[dict[str, Any]]) -> None:
    got: list[dict[str, Any]] = []
    while len(got) < len(expected):
        got += client.poll(5)
    assert got == expected


def wait_for(player: FakePlayer) -> None:
    end = time.monotonic() + 5
    while not player.played:
        assert time.monotonic() < end, "the client did not say all its lines"
        time.sleep(0.01)


def test_the_flow_says_what_is_recorded(client: Client, installed: Installation) -> None:
    host = FakeHost()
    with FakePlayer(Path(installed.home), transcript.read("run")) as player:
        folder = Path(player.known["$folder"])
        np.save(folder / "out-mask.npy", np.full((3, 4), 7, np.uint8))
        np.save(folder / "out-foreground.npy", np.zeros((1, 128, 128, 3), np.uint8))
        (folder / "out-matte.bin").write_bytes(b"matte")
        flow.drive(flow.run(host, {"feather": 2}, client))
        assert player.played
    assert host.put is not None and host.put["mask"].tolist() == [[7] * 4] * 3
    assert host.put["tiles"] == ((1, 128, 128, 3), [[0, 0]], 128)
    assert host.put["notes"] == [("fake", "Made up.")] and host.put["matte"] == b"matte"
    texts = [text for _, text in host.shown]
    assert texts == [
        "Starting", "Reading the layer", "Starting", "Reading the picture", "Finding the subject", "Writing the result",
        "Putting the result in", "Done"]
