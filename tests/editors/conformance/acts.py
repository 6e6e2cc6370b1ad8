"""The worker's part in what happens in mid-run: it holds, dies, refuses, or ends the plug-in as GIMP's Cancel does.

The script inside the editor writes what is to happen, and when, into a file right before the run; the worker takes it
from there once, so that a second try goes well.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import threading
import time
from pathlib import Path
from typing import Any

HOLD, DIE, END_PLUGIN, REFUSE = "hold", "die", "end plug-in", "refuse"
FILE = "act.json"
LIMIT_S = 10.0


class Acts:
    """For FakeWorker.hook. ``path``: the file, {"what", "stage"}."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __call__(
        self, stage: str, link: socket.socket, stream: Any, request: dict[str, Any], folder: Path | None,
    ) -> bool:
        """False where the connection is to end now."""
        what = self._taken(stage)
        if not what:
            return True
        if stage == "reading":
            assert folder is not None
            _wait_for(folder / "picture.npy")
        if stage == "putting" and what != REFUSE:
            assert folder is not None
            path = folder / "out-matte.bin"
            matte = path.read_bytes()
            path.unlink()
            os.mkfifo(path)
            threading.Thread(target=_while_putting, args=(what, link, path, matte), daemon=True).start()
            return True
        return perform(what, link, stream, request)

    def _taken(self, stage: str) -> str:
        try:
            said = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return ""
        if said["stage"] != stage:
            return ""
        self._path.unlink()
        return str(said["what"])


def perform(what: str, link: socket.socket, stream: Any, request: dict[str, Any]) -> bool:
    """False where the connection is to end."""
    if what == REFUSE:
        said = {"code": "input", "hint": "Select another part."}
        error = {"code": -32000, "message": "The worker does not want this.", "data": said}
        stream.write(json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}).encode() + b"\n")
        stream.flush()
    elif what == HOLD:
        stream.readline()  # a cancel, or the connection's end
    elif what == END_PLUGIN:
        pid, _, _ = struct.unpack("3i", link.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        os.kill(pid, signal.SIGKILL)
    return False


def _while_putting(what: str, link: socket.socket, path: Path, matte: bytes) -> None:
    """The matte is a pipe: once the host opens it, the host is putting the result in."""
    with path.open("wb") as stream:
        if what == END_PLUGIN:
            perform(what, link, None, {})
            return
        link.shutdown(socket.SHUT_RDWR)
        stream.write(matte)


def _wait_for(path: Path) -> None:
    deadline = time.monotonic() + LIMIT_S
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.002)
