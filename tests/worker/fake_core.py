"""A core without models: what it does is written in the settings' ``model``, as "word" or "word:argument"."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from cutaway.cloud.ask import Cloud
from cutaway.cloud.key import KeyStore
from cutaway.cutout import Cutout, Foreground, Matte, Note, Provenance
from cutaway.errors import CloudJobFailed, ModelMissing, ModelUnknown
from cutaway.home import Home
from cutaway.job import Job
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings
from cutaway.worker.core import Answer
from tests.cloud.fakes import FakeKeyring

PASSWORD = "swordfish"


class FakeCore:
    """``done`` lists what was called, ``loaded_models`` what is in memory."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.loaded_models: list[dict[str, str]] = []
        self.started = threading.Event()
        self.store = FakeStore()
        self.gate = threading.Event()
        self.aheads: list[Any] = []
        self.home = Home(Path("absent"))
        self.keyring = FakeKeyring()
        self.connect: Any = None

    def preload(self) -> None:
        self.done.append("preload")
        self.loaded_models = [{"name": "fake", "provider": "CPU"}]

    def unload(self) -> None:
        self.done.append("unload")
        self.loaded_models = []

    def loaded(self) -> list[dict[str, str]]:
        return self.loaded_models

    def models(self) -> FakeStore:
        return self.store

    def remove(
        self, picture: Picture, settings: RemoveSettings, job: Job, selection: Any, mask: Any, given: Any = None,
        answer: Answer | None = None, ready: Any = None,
    ) -> Cutout:
        word, _, argument = settings.model.partition(":")
        self.done.append(f"remove {word}" + ("" if given is None else f" given {given.shape}"))
        notes = () if answer is None else answer.notes
        job.progress("model")
        self.started.set()
        BEHAVIOURS[word](job, argument)
        job.progress("model", 1.0)
        values = np.array(picture.pixels[..., 0].astype(np.uint8))
        if selection is not None:
            values[selection == 0] = 0
        tiles = int(argument) if word == "tiles" else 1
        colours = Foreground(
            np.zeros((tiles, 2), np.int32), np.full((tiles, 2, 2, picture.color.shape[2]), 7, picture.pixels.dtype))
        matte = Matte(values, "fake", word)
        if ready is not None:
            ready(matte, values)
        made = Provenance("fake", word, "CPU", settings)
        return Cutout(values, colours, matte, made, (*notes, Note("fake", "Made up.")))

    def ahead(self, picture: Picture, settings: RemoveSettings, job: Job, selection: Any, own: Any) -> Answer:
        """Waits for ``gate`` or a cancel; the mode "segmentation" stands for a service that fails."""
        self.aheads.append(own.key)
        job.progress("waiting")
        while not self.gate.wait(0.01):
            job.check()
        job.check()
        if settings.mode == "segmentation":
            raise CloudJobFailed("The service failed.", "Try again.")
        return Answer(None, (Note("cloud_fallback", "Asked in vain."),))

    def cloud(self, own: Any) -> Any:
        return Cloud(self.home, own.key, url=own.url, keys=KeyStore(self.home, self.keyring), connect=self.connect)

    def pack(self, matte: Matte, mask: Any) -> bytes:
        return b"matte of %d bytes" % matte.values.nbytes + (b" and mask" if mask is not None else b"")

    def read(self, path: Path) -> tuple[Picture, tuple[Note, ...]]:
        self.done.append(f"read {path.name}")
        return Picture(np.full((3, 4, 3), 9, np.uint8)), (Note("read", "Read."),)

    def read_matte(self, path: Path) -> tuple[Any, tuple[Note, ...]]:
        self.done.append(f"read_matte {path.name}")
        return np.full((2, 5), 200, np.uint8), (Note("read", "Read."),)

    def write(
        self, path: Path, picture: Picture, mask: Any, foreground: Any, form: str, overwrite: bool,
    ) -> tuple[int, tuple[Note, ...]]:
        self.done.append(f"write {path.name} {form} {overwrite}")
        return path.write_bytes(mask.tobytes()), (Note("depth_reduced", "Made shallow."),)


class FakeStore:
    """A store of one model."""

    def __init__(self) -> None:
        self.installed = {"tiny": False}

    def list(self) -> list[dict[str, Any]]:
        return [{"name": name, "installed": here} for name, here in self.installed.items()]

    def get(self, name: str, job: Job) -> dict[str, Any]:
        if name not in self.installed:
            raise ModelUnknown(f"There is no model {name}.", "See: cutaway models")
        job.progress("download")
        job.progress("verifying", 1.0)
        self.installed[name] = True
        return {"name": name, "source": "PyPI", "bytes": 3}

    def import_file(self, path: Path, name: str | None, job: Job) -> dict[str, Any]:
        self.installed[name or path.stem] = True
        return {"name": name or path.stem, "bytes": path.stat().st_size}

    def remove(self, name: str) -> None:
        self.installed[name] = False

    def verify(self, name: str | None, job: Job) -> list[dict[str, str]]:
        return [{"name": n, "state": "good" if here else "missing"} for n, here in self.installed.items()]


def nothing(job: Job, argument: str) -> None:
    pass


def slow(job: Job, argument: str) -> None:
    """Until it is cancelled, or for so many seconds."""
    end = time.monotonic() + float(argument or 60)
    while time.monotonic() < end:
        job.check()
        time.sleep(0.005)


def hang(job: Job, argument: str) -> None:
    """Does not look at the job."""
    time.sleep(float(argument or 60))


def crash(job: Job, argument: str) -> None:
    os._exit(int(argument or 9))


def chatter(job: Job, argument: str) -> None:
    """As native libraries do."""
    os.write(1, b'{"jsonrpc": "2.0", "id": 3, "result": "not the answer"}\nnative chatter\n')
    os.write(2, b"native complaint\n")


def fail(job: Job, argument: str) -> None:
    raise RuntimeError(f"cannot use /home/{PASSWORD}/cat.jpg")


def no_memory(job: Job, argument: str) -> None:
    raise MemoryError


def no_model(job: Job, argument: str) -> None:
    raise ModelMissing("The model tiny is not on this computer.", "Run: cutaway models get tiny")


BEHAVIOURS: dict[str, Callable[[Job, str], None]] = {
    "auto": nothing, "tiles": nothing, "slow": slow, "hang": hang, "crash": crash, "chatter": chatter, "fail": fail,
    "memory": no_memory, "missing": no_model,
}
