"""A worker for the tests of the command line: it speaks the protocol on a Unix socket, does what it is told to, and
keeps every request that it got. It decodes nothing: a "picture" is any file, a result a few fixed bytes.
"""

from __future__ import annotations

import itertools
import json
import os
import socket
import struct
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cutaway.worker import protocol

PNG = b"\x89PNG fake"
MODELS = [
    {"name": "u2netp", "title": "U2-Net small", "use": "Any clear subject; fast and small", "licence": "Apache-2.0",
     "bytes": 4_574_861, "installed": True, "best": True},
    {"name": "isnet", "title": "IS-Net", "use": "Any subject; finer edges", "licence": "Apache-2.0",
     "bytes": 178_648_008, "installed": False, "best": False},
]


JOB = {
    "id": "3f2a90c1d4e5", "state": "submitted", "ended": False, "process_id": "p1", "width": 6000, "height": 5000,
    "model": "RemoveBG", "mode": "alpha", "credits": 2, "created": 1.8e9, "updated": 1.8e9, "error": ""}


class FakeFailure(Exception):
    """Answers the request with an error of the protocol."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.answer = {"code": protocol.APPLICATION_ERROR, "message": message, "data": {"code": code, "hint": hint}}


class FakeDeath(Exception):
    """Ends the connection without an answer, as a killed process does."""


class FakeRequest:
    """One request, for a script to act on."""

    def __init__(self, connection: FakeConnection, message: dict[str, Any]) -> None:
        self.worker = connection.worker
        self.id = message["id"]
        self.params = message.get("params", {})
        self.cancelled = threading.Event()
        self._connection = connection

    def progress(self, stage: str, fraction: float, text: str) -> None:
        self._connection.notify("progress", {"id": self.id, "stage": stage, "fraction": fraction, "text": text})

    def queued(self, place: int) -> None:
        self._connection.notify("queued", {"id": self.id, "place": place})

    def wait_for_cancel(self, seconds: float = 10.0) -> None:
        if not self.cancelled.wait(seconds):
            raise FakeFailure("error", "The test's cancel never came.")
        raise FakeFailure("cancelled", "Cancelled.")

    @property
    def folder(self) -> Path:
        return self.worker.jobs / self.params["job"]


Script = Callable[[FakeRequest], dict[str, Any]]


class FakeWorker:
    """``requests``: (method, params) of everything that came. ``scripts``: what a method does instead of the usual."""

    def __init__(self, address: Path, jobs: Path, version: str, pid: int | None = None) -> None:
        self.jobs = jobs
        self.version = version
        self.pid = os.getpid() if pid is None else pid
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.consent = True
        self.scripts: dict[str, Script] = {}
        self._names = (f"j{number}" for number in itertools.count(1))
        self._connections: list[FakeConnection] = []
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(os.fspath(address))
        self._listening.listen()
        self._thread = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self) -> FakeWorker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connection in self._connections:
            connection.close()
        self._thread.join(5)

    def methods(self) -> list[str]:
        return [method for method, _ in self.requests]

    def params(self, method: str) -> list[dict[str, Any]]:
        return [params for said, params in self.requests if said == method]

    def wait_for(self, method: str, count: int = 1, seconds: float = 10.0) -> None:
        """Waits for requests that the client sent without waiting for their answers."""
        deadline = time.monotonic() + seconds
        while self.methods().count(method) < count:
            assert time.monotonic() < deadline, f"{method} never came"
            time.sleep(0.005)

    def _accept(self) -> None:
        while True:
            try:
                stream, _ = self._listening.accept()
            except OSError:
                return
            connection = FakeConnection(self, stream)
            self._connections.append(connection)
            threading.Thread(target=connection.serve, daemon=True).start()

    def answer(self, method: str, request: FakeRequest) -> dict[str, Any]:
        script = self.scripts.get(method)
        if script is not None:
            return script(request)
        return getattr(self, "usual_" + method.replace(".", "_"))(request)  # type: ignore[no-any-return]

    def usual_hello(self, request: FakeRequest) -> dict[str, Any]:
        return {"protocol": protocol.PROTOCOL, "version": self.version, "pid": self.pid}

    def usual_status(self, request: FakeRequest) -> dict[str, Any]:
        return {
            "pid": self.pid, "version": self.version, "uptime_s": 61.0, "running": "job.run", "waiting": 2,
            "models": [{"name": "u2netp", "provider": "CPU"}], "memory_mb": 210.5, "idle_exit_s": 600,
            "log": "/somewhere/worker.log"}

    def usual_stop(self, request: FakeRequest) -> dict[str, Any]:
        return {}

    def usual_job_open(self, request: FakeRequest) -> dict[str, Any]:
        name = next(self._names)
        folder = self.jobs / name
        folder.mkdir(parents=True)
        return {"job": name, "folder": str(folder)}

    def usual_job_close(self, request: FakeRequest) -> dict[str, Any]:
        for path in request.folder.iterdir():
            path.unlink()
        request.folder.rmdir()
        return {}

    def usual_picture_read(self, request: FakeRequest) -> dict[str, Any]:
        Path(request.params["path"]).read_bytes()
        return {
            "picture": {"file": protocol.READ_PICTURE, "transfer": "nonlinear", "icc": None}, "width": 3, "height": 2,
            "channels": 3, "dtype": "|u1", "notes": []}

    def usual_job_run(self, request: FakeRequest) -> dict[str, Any]:
        request.queued(0)
        request.progress("model", 0.5, "Finding the subject")
        (request.folder / "out-mask.npy").write_bytes(npy_bytes((2, 3)))
        (request.folder / "out-matte.bin").write_bytes(b"matte")
        return {
            "mask": "out-mask.npy", "foreground": None, "matte": "out-matte.bin", "notes": [],
            "provenance": {
                "engine": "local", "model": "u2netp", "provider": "CPU", "settings": request.params["settings"],
                "seconds": {"model": 0.2}, "credits": 0, "version": self.version}}

    def usual_picture_write(self, request: FakeRequest) -> dict[str, Any]:
        path = Path(request.params["path"])
        if path.exists() and not request.params["overwrite"]:
            raise FakeFailure("target_exists", f"{path} exists already.")
        path.write_bytes(PNG)
        return {"path": str(path), "bytes": len(PNG), "notes": []}

    def usual_matte_read(self, request: FakeRequest) -> dict[str, Any]:
        Path(request.params["path"]).read_bytes()
        return {"given": protocol.READ_MATTE, "width": 3, "height": 2, "notes": []}

    def usual_key_use(self, request: FakeRequest) -> dict[str, Any]:
        return {}

    def usual_key_status(self, request: FakeRequest) -> dict[str, Any]:
        return {"where": "keyring", "consent": self.consent}

    def usual_key_set(self, request: FakeRequest) -> dict[str, Any]:
        return {"where": "file"}

    def usual_key_forget(self, request: FakeRequest) -> dict[str, Any]:
        return {"found": True}

    def usual_key_test(self, request: FakeRequest) -> dict[str, Any]:
        check = {"credits": 1, "seconds": 9.5, "kept": 0.25} if request.params["with_one_credit"] else None
        return {"available": 40, "reserved": 2, "total": 42, "check": check}

    def usual_cloud_price(self, request: FakeRequest) -> dict[str, Any]:
        rows = [{"width": 6000, "height": 5000, "credits": 2} for _ in request.params["pictures"]]
        return {"pictures": rows, "credits": 2 * len(rows), "available": 40}

    def usual_cloud_jobs(self, request: FakeRequest) -> dict[str, Any]:
        return {"jobs": [JOB]}

    def usual_cloud_resume(self, request: FakeRequest) -> dict[str, Any]:
        return {"jobs": [JOB | {"state": "fetched", "ended": True}]}

    def usual_cloud_forget(self, request: FakeRequest) -> dict[str, Any]:
        return {"id": request.params["id"]}

    def usual_models_list(self, request: FakeRequest) -> dict[str, Any]:
        return {"models": MODELS}

    def usual_models_get(self, request: FakeRequest) -> dict[str, Any]:
        request.progress("download", 0.5, "Downloading")
        return {"name": request.params["name"], "source": "PyPI", "bytes": 178_648_008}

    def usual_models_import(self, request: FakeRequest) -> dict[str, Any]:
        return {"name": request.params["name"] or "isnet", "bytes": 178_648_008}

    def usual_models_remove(self, request: FakeRequest) -> dict[str, Any]:
        return {"name": request.params["name"]}

    def usual_models_verify(self, request: FakeRequest) -> dict[str, Any]:
        return {"models": [{"name": "u2netp", "state": "good"}, {"name": "isnet", "state": "missing"}]}


class FakeConnection:
    """One client's end of the socket. Light requests are answered in its thread, heavy ones in threads of their own."""

    def __init__(self, worker: FakeWorker, stream: socket.socket) -> None:
        self.worker = worker
        self._stream = stream
        self._sending = threading.Lock()
        self._running: dict[int, FakeRequest] = {}

    def serve(self) -> None:
        with self._stream, self._stream.makefile("rb") as lines:
            try:
                for line in lines:
                    self._take(json.loads(line))
            except (OSError, ValueError):
                return
            finally:
                for request in list(self._running.values()):
                    request.cancelled.set()

    def close(self) -> None:
        try:
            self._stream.shutdown(socket.SHUT_RDWR)
        except OSError:
            return

    def notify(self, method: str, params: dict[str, Any]) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def _take(self, message: dict[str, Any]) -> None:
        method = message["method"]
        request = FakeRequest(self, message)
        self.worker.requests.append((method, request.params))
        if method == "cancel":
            named = self._running.get(request.params["id"])
            self._send({"jsonrpc": "2.0", "id": request.id, "result": {"found": named is not None}})
            if named is not None:
                named.cancelled.set()
        elif method in protocol.HEAVY or method in protocol.LANE:
            self._running[request.id] = request
            threading.Thread(target=self._run, args=(method, request), daemon=True).start()
        else:
            self._run(method, request)

    def _run(self, method: str, request: FakeRequest) -> None:
        answer: dict[str, Any] = {"jsonrpc": "2.0", "id": request.id}
        try:
            answer["result"] = self.worker.answer(method, request)
        except FakeFailure as failure:
            answer["error"] = failure.answer
        except FakeDeath:
            self.close()
            return
        self._running.pop(request.id, None)
        self._send(answer)

    def _send(self, message: dict[str, Any]) -> None:
        with self._sending:
            try:
                self._stream.sendall(json.dumps(message).encode() + b"\n")
            except OSError:
                return  # the client has gone; a worker must not mind


def npy_bytes(shape: tuple[int, ...], value: int = 255) -> bytes:
    """An .npy file of uint8, format 1.0, as the format's description says it."""
    head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}"
    head += " " * (-(10 + len(head) + 1) % 64) + "\n"
    count = 1
    for side in shape:
        count *= side
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode("latin-1") + bytes([value]) * count
