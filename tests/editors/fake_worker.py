"""A worker that speaks the protocol and makes results that can be told from each other, for tests of adapters.

It runs as a thread in the test's process and keeps everything it was given in ``runs``. The model's name scripts it, or
``forced`` in its place:
"fake-error" answers with an error, "fake-lost" ends the connection in mid-job, "fake-notes" adds a note, "fake-slow"
takes until it is cancelled, "fake-pause" takes a moment.
"""

from __future__ import annotations

import json
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cutaway_bridge import address, protocol

VERSION = "0.0.fake"
TILE = 128


@dataclass
class Run:
    """One job.run: what came, and what was made of it."""

    params: dict[str, Any]
    picture: np.ndarray
    selection: np.ndarray | None
    mask: np.ndarray | None
    icc: bytes | None
    out_mask: np.ndarray
    origins: list[list[int]]
    tiles: np.ndarray | None
    matte: bytes


def made_mask(picture: np.ndarray, selection: np.ndarray | None, mask: np.ndarray | None) -> np.ndarray:
    """A pattern over the whole range, times selection and mask."""
    height, width = picture.shape[:2]
    dtype = np.dtype(np.uint8 if picture.dtype == np.uint8 else np.uint16)
    down, across = ((np.arange(size) * step % 256).astype(np.uint16) for size, step in ((height, 3), (width, 7)))
    pattern = np.add.outer(down, across) % 256
    pattern = pattern.astype(dtype) * dtype.type(257 if dtype.itemsize > 1 else 1)
    others = [other for other in (selection, mask) if other is not None]
    if not others:
        return pattern
    values = pattern.astype(np.float64)
    for other in others:
        values *= other / np.iinfo(other.dtype).max
    return np.rint(values).astype(dtype)


def made_tiles(picture: np.ndarray) -> tuple[list[list[int]], np.ndarray]:
    """Every other tile with its colours turned round."""
    height, width, channels = picture.shape
    colour = picture[..., :1 if channels < 3 else 3]
    top = np.iinfo(picture.dtype).max if picture.dtype.kind == "u" else 1
    corners = [[x, y] for y in range(0, height, TILE) for x in range(0, width, TILE)]
    origins = [[x, y] for x, y in corners if (x + y) // TILE % 2 == 0]
    tiles = np.zeros((len(origins), TILE, TILE, colour.shape[2]), picture.dtype)
    for tile, (x, y) in zip(tiles, origins, strict=True):
        part = colour[y:y + TILE, x:x + TILE]
        tile[:part.shape[0], :part.shape[1]] = (top - part).astype(picture.dtype)
    return origins, tiles


Hook = Callable[[str, socket.socket, Any, dict[str, Any], Path | None], bool]


class FakeWorker:
    """``home``: a folder made for it, with the installer's record. ``with`` serves and ends it.

    ``hook(stage, link, stream, request, folder)`` is called at each stage of a run ("starting", "reading", "queued",
    "model", "putting"); False from it ends the connection.
    """

    def __init__(self, home: Path) -> None:
        self.home = home
        self.runs: list[Run] = []
        self.forced = ""
        self.hook: Hook | None = None
        self.started = threading.Event()
        self.lost = threading.Event()
        self._socket = socket.socket(socket.AF_UNIX)
        self._threads: list[threading.Thread] = []
        self._links: list[socket.socket] = []
        self._path = Path(address.socket_path(str(home / "run")))

    def __enter__(self) -> FakeWorker:
        write_record(self.home, sys.executable, VERSION)
        (self.home / "run" / "jobs").mkdir(parents=True, exist_ok=True)
        (self.home / "run").chmod(0o700)
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        self._socket.bind(str(self._path))
        self._socket.listen(8)
        self._start(self._accept)
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for link in self._links:
            link.close()
        for thread in self._threads:
            thread.join(10)
        self._path.unlink(missing_ok=True)

    def _start(self, target: Any, *arguments: Any) -> None:
        thread = threading.Thread(target=target, args=arguments, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                link, _ = self._socket.accept()
            except OSError:
                return
            self._links.append(link)
            self._start(self._serve, link)

    def _serve(self, link: socket.socket) -> None:
        try:
            with link, link.makefile("rwb") as stream:  # its end sends what is left, so that it can fail, too
                for line in stream:
                    if not self._answer(json.loads(line), stream, link):
                        return
        except (OSError, ValueError):
            pass  # the client has gone
        finally:
            self.lost.set()

    def _at(
        self, stage: str, link: socket.socket, stream: Any, request: dict[str, Any], folder: Path | None = None,
    ) -> bool:
        return self.hook is None or self.hook(stage, link, stream, request, folder)

    def _answer(self, message: dict[str, Any], stream: Any, link: socket.socket) -> bool:
        """False where the connection is to end."""
        name, request, params = message["method"], message["id"], message.get("params", {})
        if name == "job.run":
            return self._answer_run(message, stream, link)
        if name == "hello" and not self._at("starting", link, stream, message):
            return False
        said = getattr(self, "_" + name.replace(".", "_"))(params)
        _send(stream, id=request, result=said)
        return name != "job.open" or self._at("reading", link, stream, message, Path(said["folder"]))

    def _answer_run(self, message: dict[str, Any], stream: Any, link: socket.socket) -> bool:
        request, params = message["id"], message["params"]
        model = self.forced or params["settings"]["model"]
        self.lost.clear()
        self.started.set()
        if self.hook is not None:
            _send(stream, method="queued", params={"id": request, "place": 1})
            if not self._at("queued", link, stream, message):
                return False
        _send(stream, method="queued", params={"id": request, "place": 0})
        _send(stream, method="progress", params={"id": request, "stage": "model", "fraction": 0.5, "text": "Finding"})
        if model == "fake-lost" or not self._at("model", link, stream, message):
            return False
        if model == "fake-pause":
            time.sleep(1.5)
        if model == "fake-slow":
            time.sleep(0.3)  # GIMP draws no two steps of its bar that come within 0.1 s
            _send(stream, method="progress", params={"id": request, "stage": "edges", "fraction": 0.7, "text": "Edges"})
            stream.readline()
            return False
        if model == "fake-error":
            said = {"code": "model_missing", "hint": "Run: cutaway models get fake"}
            _send(stream, id=request, error={"code": -32000, "message": "The fake model is not here.", "data": said})
            return True
        said = self._run(params, model)
        if not self._at("putting", link, stream, message, self._folder(params)):
            return False
        _send(stream, id=request, result=said)
        return True

    def _hello(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"protocol": protocol.PROTOCOL, "version": VERSION, "pid": 1}

    def _cancel(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"found": False}  # it came too late: one request is answered after the other

    def _models_list(self, params: dict[str, Any]) -> dict[str, Any]:
        said = {"use": "", "licence": "", "bytes": 1}
        return {"models": [
            {"name": "fake-notes", "title": "Fake model", "installed": True, "best": True, **said},
            {"name": "absent", "title": "Absent model", "installed": False, "best": False, **said}]}

    def _key_status(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"where": "keyring", "consent": False}

    def _cloud_price(self, params: dict[str, Any]) -> dict[str, Any]:
        rows = [dict(picture, credits=2) for picture in params["pictures"]]
        return {"pictures": rows, "credits": 2 * len(rows), "available": 40}

    def _job_open(self, params: dict[str, Any]) -> dict[str, Any]:
        folder = Path(tempfile.mkdtemp(dir=self.home / "run" / "jobs"))
        return {"job": folder.name, "folder": str(folder)}

    def _job_close(self, params: dict[str, Any]) -> dict[str, Any]:
        shutil.rmtree(self._folder(params))
        return {}

    def _folder(self, params: dict[str, Any]) -> Path:
        return self.home / "run" / "jobs" / params["job"]

    def _run(self, params: dict[str, Any], model: str) -> dict[str, Any]:
        folder = self._folder(params)

        def given(name: str | None) -> Any:
            return None if name is None else np.load(folder / name)

        picture, icc = given(params["picture"]["file"]), params["picture"]["icc"]
        selection, mask = given(params["selection"]), given(params["mask"])
        run = Run(
            params, picture, selection, mask, None if icc is None else (folder / icc).read_bytes(),
            made_mask(picture, selection, mask), [], None, bytes(range(256)) * 3)
        np.save(folder / "out-mask.npy", run.out_mask)
        (folder / "out-matte.bin").write_bytes(run.matte)
        foreground = None
        if params["settings"]["clean"]:
            run.origins, run.tiles = made_tiles(picture)
            np.save(folder / "out-foreground.npy", run.tiles)
            foreground = {"pixels": "out-foreground.npy", "origins": run.origins, "tile": TILE}
        self.runs.append(run)
        note = {"code": "no_clear_subject", "message": "No clear subject was found."}
        return {"mask": "out-mask.npy", "foreground": foreground, "matte": "out-matte.bin",
                "notes": [note] if model == "fake-notes" else [],
                "provenance": {"engine": "fake", "model": model, "provider": "none"}}


def _send(stream: Any, **body: Any) -> None:
    stream.write(json.dumps({"jsonrpc": "2.0", **body}).encode() + b"\n")
    stream.flush()


def write_record(home: Path, python: str, version: str) -> None:
    """The part of the installer's record that adapters read."""
    home.mkdir(parents=True, exist_ok=True)
    said = {"python": python, "version": version, "protocol": protocol.PROTOCOL}
    (home / "installed.json").write_text(json.dumps(said), encoding="utf-8")
