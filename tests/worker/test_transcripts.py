"""The recorded conversations against the real server with a fake core."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.cloud.fakes import FakeService
from tests.cloud.pictures import left_half
from tests.transcripts import transcript
from tests.worker.conftest import Running
from tests.worker.raw_client import RawClient


@pytest.mark.parametrize("name", transcript.names())
def test_the_server_answers_as_recorded(name: str, server: Running, tmp_path: Path) -> None:
    lines = transcript.read(name)
    known: dict[str, Any] = {
        "$source": str(tmp_path / "cat.png"), "$target": str(tmp_path / "cat_mask.png"), "$settings": {"feather": 2.0}}
    server.core.gate.set()
    server.core.connect = FakeService(left_half).connect
    with RawClient(server.home.run) as client:
        for number, line in enumerate(lines):
            if line.kind == ">":
                said = transcript.filled(line.said, known)
                client.ask(said["id"], said["method"], **said["params"])
            elif line.kind == ">>":
                client.say(line.said.encode())
            elif line.kind == "=":
                file, *shape = line.said.split()
                np.save(Path(known["$folder"]) / file, np.zeros([int(n) for n in shape], np.uint8))
            elif line.kind == "<EOF":
                assert client.is_ended()
            elif lines[number - 1].kind != "<":
                compare(transcript.block(lines, number), client, known)


def compare(block: list[transcript.Line], client: RawClient, known: dict[str, Any]) -> None:
    """Of each request the messages come in order; those of different requests may mix."""
    waiting = [line.said for line in block]
    for _ in block:
        message = client.hear()
        expected = next(said for said in waiting if transcript.subject(said) == transcript.subject(message))
        assert transcript.match(expected, message, known), f"expected {expected}\n     got {message}"
        waiting.remove(expected)


def test_every_request_is_in_a_transcript() -> None:
    from cutaway.worker.protocol import METHODS

    said = {
        line.said["method"] for name in transcript.names() for line in transcript.read(name) if line.kind == ">"}
    assert set(METHODS) - said == {"models.import"}, "models.import needs a file: see test_operations.py"
