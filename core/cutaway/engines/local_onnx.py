"""The engine on this computer: an ONNX network of the catalogue, run by onnxruntime. Offline."""

from __future__ import annotations

import time
from typing import Final

import numpy as np

from cutaway.cutout import Matte, Note
from cutaway.engines._choice import chosen
from cutaway.engines._preferred import preferred
from cutaway.engines._runtime import CPU, PROVIDERS, Floats, OnnxRuntime, ProviderFailed, Runtime, Session
from cutaway.errors import EngineError, ModelDamaged
from cutaway.home import Home
from cutaway.job import Job
from cutaway.mask.fill import fill
from cutaway.models.catalogue import Model
from cutaway.models.store import Found, ModelStore
from cutaway.picture.model import Picture
from cutaway.picture.render import Rgb8, render
from cutaway.settings import RemoveSettings
from cutaway.subject import judged

GRAIN: Final = 64
"""A multiple that the halvings of the networks divide nearly without a rest."""

FASTER: Final = 0.8
"""A run that took less than this share of what is written down is written down in its place."""

_REMEDY: Final = "Choose another model."


def create(home: Home) -> LocalOnnx:
    store = ModelStore(home)
    return LocalOnnx(store, OnnxRuntime(preferred(home), store.optimised))


class LocalOnnx:
    """Keeps loaded what the last run needed. Its methods are called by one thread; :meth:`loaded` by any."""

    def __init__(self, store: ModelStore, runtime: Runtime | None = None) -> None:
        self._store = store
        self._runtime = runtime or OnnxRuntime()
        self._loaded: dict[Found, Session] = {}
        self._failed: dict[tuple[str, str], Note] = {}
        """By the file's SHA-256 and the provider's name for the user: what is said of it in each run."""

    def matte(self, picture: Picture, settings: RemoveSettings, job: Job) -> Matte:
        """The matte at the network's own size, float32 0..1, of the whole picture squashed to it.

        With "auto", the interior is filled by a second network where the catalogue says so and it is installed; the
        matte's model is then both names, "isnet+u2netp".
        Raises ModelUnknown, ModelMissing and ModelDamaged, OutOfMemory, EngineError and Cancelled. A provider that
        fails with a network is not tried again with it in this process: another does it, and each run's notes say so.
        """
        job.progress("model")
        wanted, notes = self._find(settings, job)
        self._keep(wanted)
        job.progress("model", 0.1)
        seconds = {"load": 0.0, "run": 0.0}
        values, provider, more = self._answer(wanted[0], picture, job, seconds)
        notes += more
        for found in wanted[1:]:
            job.progress("model", 0.7)
            sure, _, more = self._answer(found, picture, job, seconds)
            values, notes = fill(values, sure), notes + more
        job.progress("model", 1.0)
        name = "+".join(found.model.name for found in wanted)
        return Matte(values, "local", name, provider, notes + judged(values), seconds)

    def closer(self, picture: Picture, settings: RemoveSettings, job: Job) -> Matte:
        """A part of the picture of the last :meth:`matte`, larger: see the port."""
        return self.matte(picture, settings, job)

    def load(self, settings: RemoveSettings) -> None:
        """Loads what a run with these settings would use, ahead of it. Raises what :meth:`matte` raises."""
        job = Job()
        wanted, _ = self._find(settings, job)
        self._keep(wanted)
        for found in wanted:
            self._session(found, job)

    def loaded(self) -> list[dict[str, str]]:
        """What is in memory: {"name", "provider"} each."""
        return [{"name": found.model.name, "provider": one.provider} for found, one in list(self._loaded.items())]

    def unload(self) -> None:
        self._loaded.clear()

    def _find(self, settings: RemoveSettings, job: Job) -> tuple[tuple[Found, ...], tuple[Note, ...]]:
        if settings.model != "auto":
            return (self._store.find(settings.model, job),), ()
        found = self._store.find(self._store.best(), job)
        second = found.model.fill
        if second not in self._store.installed():
            return (found,), ()
        try:
            return (found, self._store.find(second, job)), ()
        except ModelDamaged as error:
            return (found,), (Note("fill_left_out", f"{error.message} {found.model.name} did the work alone."),)

    def _keep(self, wanted: tuple[Found, ...]) -> None:
        """Frees what this run does not need, before anything is loaded."""
        for found in [one for one in self._loaded if one not in wanted]:
            del self._loaded[found]

    def _answer(
        self, found: Found, picture: Picture, job: Job, seconds: dict[str, float]
    ) -> tuple[Floats, str, tuple[Note, ...]]:
        """(h, w) 0..1, the provider that did it, and notes; adds what it took to ``seconds``."""
        began = time.perf_counter()
        session, notes = self._session(found, job)
        ready = time.perf_counter()
        values = shown(picture, found.model, session)
        running = time.perf_counter()
        try:
            output = finished(session.run(values, job), found)
        except (ProviderFailed, EngineError) as error:
            if session.provider == PROVIDERS[CPU]:
                self.unload()
                raise
            self._give_up(found, session.provider, error)
            session, more = self._session(found, job)
            notes += tuple(note for note in more if note not in notes)
            values = shown(picture, found.model, session)
            running = time.perf_counter()
            output = finished(session.run(values, job), found)
        took = time.perf_counter() - running
        seconds["load"] += ready - began
        seconds["run"] += took
        if values.shape[2:] == found.model.size[::-1]:  # what the comparison measures
            self._note_time(found, session.provider, took)
        return output, session.provider, notes

    def _note_time(self, found: Found, provider: str, seconds: float) -> None:
        """What a run took, once, and again where one was much faster: the first was cold, or the computer busy."""
        sha256, version, timings = found.weights.sha256, self._runtime.version, self._store.timings
        known = timings.get(sha256, provider, version)
        if known is None or seconds < FASTER * known:
            timings.put(sha256, provider, version, seconds)

    def _session(self, found: Found, job: Job) -> tuple[Session, tuple[Note, ...]]:
        """The session, and notes: which providers failed with this network, now or before, and what was measured."""
        notes: tuple[Note, ...] = ()
        if found not in self._loaded:
            usable = [name for name in self._runtime.providers()
                      if (found.weights.sha256, PROVIDERS[name]) not in self._failed]

            def failed(provider: str, error: Exception) -> tuple[Note, ...]:
                self._give_up(found, PROVIDERS[provider], error)
                return ()  # said below

            session, notes = chosen(found, usable, self._runtime, self._store.timings, failed, job)
            self._loaded[found] = session
        said = tuple(note for (sha256, _), note in self._failed.items() if sha256 == found.weights.sha256)
        return self._loaded[found], said + notes

    def _give_up(self, found: Found, provider: str, error: Exception) -> None:
        self.unload()
        reason = " ".join(str(error).split())[:200]
        self._failed[found.weights.sha256, provider] = Note(
            "provider_failed",
            f"{provider} failed with the model {found.model.name}, so another provider did the work ({reason}).")


def shown(picture: Picture, model: Model, session: Session) -> Floats:
    """What the network is given: the picture at the model's size, or in its own shape where the session takes that."""
    size = shape(picture, model.size[0]) if session.fluid else model.size
    return prepare(render(picture, None, size), model)


def shape(picture: Picture, side: int) -> tuple[int, int]:
    """(width, height) in the picture's shape: the longer one is ``side``, the other a multiple of GRAIN and at least
    half of it, since longer shapes were not measured.

    >>> shape(Picture(np.zeros((300, 400, 3), np.uint8)), 1024)
    (1024, 768)
    """
    longest = max(picture.width, picture.height)
    wide, high = (
        min(side, max(side // 2, GRAIN * round(side * length / longest / GRAIN)))
        for length in (picture.width, picture.height))
    return wide, high


def prepare(shown: Rgb8, model: Model) -> Floats:
    """(h, w, 3) uint8 sRGB -> (1, 3, h, w) float32, (x / scale - mean) / std by channel, as the model was trained."""
    std = np.array(model.std, np.float32)
    factor = 1.0 / (np.float32(model.scale) * std)
    offset = np.array(model.mean, np.float32) / std
    values: Floats = np.empty((1, 3, *shown.shape[:2]), np.float32)
    for channel in range(3):
        np.multiply(shown[..., channel], factor[channel], out=values[0, channel])
        values[0, channel] -= offset[channel]
    return values


def finished(output: Floats, found: Found) -> Floats:
    """The network's output, (1, 1, h, w) or (1, h, w) or (h, w), -> (h, w) float32 in 0..1.

    Never stretched from its minimum to its maximum: an empty prediction would become noise at full contrast.
    Raises EngineError for another shape and for what is not finite.
    """
    values: Floats = np.asarray(output, np.float32)
    if values.ndim < 2 or values.size != values.shape[-1] * values.shape[-2]:
        raise EngineError(f"The model {found.model.name} gave an output of shape {values.shape}.", _REMEDY)
    values = values.reshape(values.shape[-2:])
    if not np.isfinite(values).all():
        raise EngineError(f"The model {found.model.name} gave an output that is not a number.", _REMEDY)
    if found.weights.activation == "sigmoid":
        values = np.asarray(1.0 / (1.0 + np.exp(-np.clip(values, -60.0, 60.0))), np.float32)
    return np.clip(values, 0.0, 1.0)
