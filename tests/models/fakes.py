"""A small catalogue, and an outside world that does what each test tells it to."""

from __future__ import annotations

import contextlib
import hashlib
import io
import itertools
import json
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cutaway.models import catalogue
from cutaway.models.outside import Finished, Outside, open_url
from cutaway.models.store import ModelStore

SMALL = bytes(range(256)) * 40
LARGE = bytes(reversed(range(256))) * 90
LARGE_TOO = LARGE + b"another export"


def entry(name, content, sources, rank, **more):
    contents = content if isinstance(content, dict) else {"one": content}
    return {
        "name": name, "title": name.title(), "use": "tests", "rank": rank, "size": [8, 6], "scale": 255,
        "mean": [0.0, 0.0, 0.0], "std": [1.0, 1.0, 1.0],
        "licence": {"name": "Apache-2.0", "text": "https://licence.test", "work": "A by B", "home": "https://a.test"},
        "weights": [
            {"id": key, "bytes": len(value), "sha256": hashlib.sha256(value).hexdigest(), "input": 0, "output": 0,
             "activation": "none"} for key, value in contents.items()],
        "sources": sources, **more}


def pypi(weights="one"):
    return {"kind": "pypi", "weights": weights, "licence": "MIT", "package": "some-wheel", "version": "1.2",
            "member": "some/model.onnx"}


def npm(weights="one"):
    return {"kind": "npm", "weights": weights, "licence": "MIT", "package": "@some/pack", "version": "3.4",
            "index": "dist/resources.json", "entry": "/models/medium"}


def url(address, weights="one"):
    return {"kind": "url", "weights": weights, "licence": "MIT", "url": address}


def small_catalogue(*entries):
    return catalogue.read(json.dumps({"models": list(entries)}))


def wheel(content, member="some/model.onnx"):
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("some/__init__.py", "raise SystemExit('nothing in the wheel may run')\n")
        archive.writestr(member, content)
    return stream.getvalue()


def tarball(content, cuts=(3000, 9000), order=None, offsets=None, entry_name="/models/medium", without=None):
    """An npm package with the content cut into chunks; ``order``: in which they lie in the file.

    ``offsets``: what the index says instead of the truth; ``without``: the number of a chunk that is left out.
    """
    edges = [0, *cuts, len(content)]
    pairs = list(itertools.pairwise(edges))
    names = [hashlib.sha256(content[a:b]).hexdigest() for a, b in pairs]
    chunks = [{"hash": name, "offsets": list(pair)} for name, pair in zip(names, offsets or pairs, strict=True)]
    index = {"/models/small": {"size": 1, "chunks": []}, entry_name: {"size": len(content), "chunks": chunks}}
    there = [i for i in order or range(len(names)) if i != without]
    files = [(f"package/dist/{names[i]}", content[slice(*pairs[i])]) for i in there]
    files.insert(1, ("package/dist/resources.json", json.dumps(index).encode()))
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for name, data in files:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


class FakePrograms:
    """pip and npm: ``gives`` maps a program to the bytes that it downloads, ``answers`` to how it ends otherwise."""

    def __init__(self, gives=(), answers=(), which=("npm", "python3")):
        self.gives = dict(gives)
        self.answers = dict(answers)
        self.commands = []
        self._which = which

    def which(self, name):
        return f"/bin/{name}" if name in self._which else None

    def run(self, command, folder, job, limit_s):
        job.check()
        self.commands.append(list(command))
        program = "npm" if "pack" in command else "pip"
        key = next((k for k in (command[0], program) if k in self.answers), None)
        if key is not None:
            answer = self.answers[key]
            if isinstance(answer, BaseException):
                raise answer
            return answer
        if program not in self.gives:
            return Finished(1, f"ERROR: no {program} here")
        name = "got.tgz" if program == "npm" else "got-1.2-py3-none-any.whl"
        (Path(folder) / name).write_bytes(self.gives[program])
        return Finished(0, "")

    def outside(self):
        return Outside(run=self.run, which=self.which, open_url=open_url, python="/env/python", pause_s=0.01)


class FakeServer:
    """A web server on this computer. ``script(handler, number)`` answers the request of that number, from 0."""

    def __init__(self, content=b"", script=None):
        self.content = content
        self.script = script
        self.ranges = []
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                number = len(outer.ranges)
                outer.ranges.append(self.headers.get("Range"))
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    (outer.script or outer.whole)(self, number)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._server.server_port}/model.onnx"

    def whole(self, handler, number=0, *, stop_after=None, ranges=True, length=True, shift=0):
        """Answers as a server should, or wrongly as asked."""
        said = handler.headers.get("Range")
        start = int(said.removeprefix("bytes=").removesuffix("-")) if said and ranges else 0
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start + shift}-{len(self.content) - 1}/{len(self.content)}")
        if length:
            handler.send_header("Content-Length", str(len(self.content) - start))
        handler.end_headers()
        handler.wfile.write(self.content[start:][:stop_after])

    def __enter__(self):
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join(5)
        self._server.server_close()


def files_in(folder):
    """Names in the folder but for the locks."""
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


KNOWN = small_catalogue(
    entry("small", SMALL, [pypi()], 1), entry("large", {"a": LARGE, "b": LARGE_TOO}, [npm("a"), pypi("b")], 2))


def store_with(home, known=KNOWN, **programs):
    fake = FakePrograms(**programs)
    return ModelStore(home, known=known, outside=fake.outside()), fake
