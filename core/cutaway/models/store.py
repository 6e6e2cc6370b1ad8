"""The models on this computer: which are there, fetching, importing, checking and removing them."""

from __future__ import annotations

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Final, TypedDict

from cutaway import lock
from cutaway.errors import DiskFull, ModelDamaged, ModelDownloadFailed, ModelError, ModelMissing, TargetNotWritable
from cutaway.home import Home
from cutaway.job import Job
from cutaway.models import catalogue, fetch, own, stream
from cutaway.models.catalogue import Catalogue, Model, Weights
from cutaway.models.optimised import Optimised
from cutaway.models.outside import Outside
from cutaway.models.shelf import Shelf
from cutaway.models.timings import Timing, Timings

FULL: Final = (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC))


@dataclass(frozen=True)
class Found:
    """An installed model that may be loaded."""

    model: Model
    weights: Weights
    path: Path


class Row(TypedDict):
    """One model, as ``models.list`` says it. ``bytes``: of the installed file, else of the first source's. ``own``:
    the user's own. ``optimised``: bytes of it that are kept a second time. ``runs``: how long a run took by what."""

    name: str
    title: str
    use: str
    licence: str
    bytes: int
    installed: bool
    best: bool
    own: bool
    optimised: int
    runs: list[Timing]


class Fetched(TypedDict):
    name: str
    source: str
    bytes: int


class Imported(TypedDict):
    """``own``: a network that the catalogue does not know, of which this is now held to be the right file."""

    name: str
    bytes: int
    sha256: str
    own: bool


class Verdict(TypedDict):
    """``state``: "good", "damaged" or "missing"."""

    name: str
    state: str


Rows = list[Row]
Verdicts = list[Verdict]
Models = list[Model]


class ModelStore:
    """The folder ``home.models``. It is made by the first model that comes; looking at it makes nothing."""

    def __init__(self, home: Home, *, known: Catalogue | None = None, outside: Outside | None = None) -> None:
        self.folder = home.models
        self.timings = Timings(home)
        self.optimised = Optimised(home)
        self._shipped = known or catalogue.read()
        self._outside = outside or Outside()

    @property
    def known(self) -> Catalogue:
        """The catalogue, and the user's own models behind it."""
        return Catalogue(self._shipped.models + own.found(self.folder))

    def list(self) -> Rows:
        """Every model of the catalogue, in its order, then the user's own."""
        rows: Rows = []
        here = self.installed()
        for model in self.known.models:
            weights = self._shelf(model).by_size() or (
                model.weights[0] if model.own else model.of(model.sources[0]))
            rows.append(Row(
                name=model.name, title=model.title, use=model.use, licence=model.licence.name, bytes=weights.bytes,
                installed=model.name in here, best=here[:1] == (model.name,), own=model.own,
                optimised=self.optimised.bytes(weights.sha256), runs=self.timings.of(weights.sha256)))
        return rows

    def installed(self) -> tuple[str, ...]:
        """Names of what is here with a right size, the best first."""
        ranked = sorted(self.known.models, key=lambda model: model.rank, reverse=True)
        return tuple(model.name for model in ranked if self._shelf(model).by_size())

    def best(self) -> str:
        """The name that "auto" stands for. Raises ModelMissing or ModelDamaged where none is usable."""
        here = self.installed()
        if here:
            return here[0]
        known = self.known.models
        for model in known:
            if self._shelf(model).file.exists():
                self.find(model.name)  # raises ModelDamaged: it is there, but not of a right size
        raise ModelMissing("No model is on this computer.", known[0].remedy)

    def find(self, name: str, job: Job | None = None) -> Found:
        """The model by its name, checked as cheaply as its stamp allows.

        Raises ModelUnknown, ModelMissing and ModelDamaged; the hint is the command that mends it.
        """
        shelf = self._shelf(self.known[name])
        return Found(shelf.model, shelf.checked(job or Job()), shelf.file)

    def path(self, name: str) -> Path:
        """As :meth:`find`."""
        return self.find(name).path

    def get(self, name: str, job: Job) -> Fetched:
        """Fetches the model from the first source that works; at once where a good file is here.

        Leaves no partial file. Raises ModelUnknown, ModelDownloadFailed (which says why each source failed),
        DiskFull, TargetNotWritable and Cancelled.
        """
        shelf = self._shelf(self.known[name])
        with self._writing(shelf, job):
            try:
                weights = shelf.checked(job, thorough=True)
            except ModelError:
                weights = self._fetch(shelf, job)
            return Fetched(name=name, source=shelf.source(), bytes=weights.bytes)

    def import_file(self, path: str | PathLike[str], name: str | None = None, job: Job | None = None) -> Imported:
        """Takes a model from a file: the weights themselves, or the package that a source of it names.

        It is recognised by its SHA-256; ``name`` only says which one it is meant to be. A file that is not recognised
        and has a sidecar (see :mod:`cutaway.models.own`) is taken as the user's own, with ``name`` or the file's:
        tried once, and its size and hash are held from then on.
        Raises ModelUnknown for another name, ModelError for a file that cannot be read, is none of the known, or is no
        network that makes a matte, and what :meth:`get` raises.
        """
        job = job or Job()
        given = Path(path)
        try:
            sha256 = stream.sha256(given, job)
        except OSError as error:
            raise ModelError(f"{given} cannot be read.", "Give the path of a model file.") from error
        match = self._shipped.by_hash(sha256)
        sidecar = own.beside(given)
        if match is None and sidecar is not None:
            return self._import_own(given, sidecar, name, sha256, job)
        wanted = [self._shipped[name]] if name else list(self._shipped.models)
        if match is None:
            return self._import_package(given, wanted, job)
        model, weights = match
        if model not in wanted:
            raise ModelError(f"{given.name} is the model {model.name}, not {name}.", f"Import it as {model.name}.")
        shelf = self._shelf(model)
        with self._writing(shelf, job), self._scratch(shelf) as scratch:
            part = scratch / "part"
            stream.copy_of(given, part, weights.bytes, sha256, job)
            shelf.place(part, weights, None)
        return _imported(model, weights)

    def remove(self, name: str) -> None:
        """Takes the model and what belongs to it away. Raises ModelUnknown, ModelMissing, TargetNotWritable."""
        shelf = self._shelf(self.known[name])
        if not shelf.file.exists():
            raise ModelMissing(f"The model {name} is not on this computer.", "There is nothing to remove.")
        with self._writing(shelf, Job()):
            for weights in shelf.model.weights:
                self.optimised.clear(weights.sha256)
            shelf.clear()

    def verify(self, name: str | None = None, job: Job | None = None) -> Verdicts:
        """Reads each file (or the named one) whole and compares its hash. Raises ModelUnknown and Cancelled."""
        models = [self.known[name]] if name else list(self.known.models)
        return [Verdict(name=model.name, state=self._state(model, job or Job())) for model in models]

    def _state(self, model: Model, job: Job) -> str:
        try:
            self.optimised.verify(self._shelf(model).checked(job, thorough=True).sha256, job)
        except ModelMissing:
            return "missing"
        except ModelDamaged:
            return "damaged"
        return "good"

    def _import_own(self, given: Path, sidecar: Path, name: str | None, sha256: str, job: Job) -> Imported:
        from cutaway.engines._trial import tried  # it brings onnxruntime, which the other operations do not need

        called = own.named(name) if name else own.name_of(given)
        if any(called == model.name for model in self._shipped.models):
            raise ModelError(
                f"{given.name} is not the file of the model {called} that Cutaway knows.",
                "Give it another name: cutaway models import FILE --name NAME")
        model = own.model(called, own.read(sidecar), given.stat().st_size, sha256)
        weights = model.weights[0]
        shelf = self._shelf(model)
        with self._writing(shelf, job), self._scratch(shelf) as scratch:
            part = scratch / "part"
            stream.copy_of(given, part, weights.bytes, sha256, job)
            tried(part, model, job)
            shelf.place(part, weights, None)
            own.write(self.folder, model)
        return _imported(model, weights)

    def _fetch(self, shelf: Shelf, job: Job) -> Weights:
        if shelf.model.own:
            raise ModelDownloadFailed(
                f"The model {shelf.model.name} is your own: it can be fetched from nowhere.", shelf.model.remedy)
        reasons = []
        for source in shelf.model.sources:
            weights = shelf.model.of(source)
            with self._scratch(shelf) as scratch:
                part = scratch / "part"
                try:
                    fetch.fetch(source, weights, part, scratch, job, self._outside)
                    _compare(part, weights, job)
                except ModelDownloadFailed as failed:
                    reasons.append(f"{source}: {failed.message}")
                else:
                    shelf.place(part, weights, source)
                    return weights
        raise ModelDownloadFailed(
            f"The model {shelf.model.name} could not be fetched. " + " ".join(reasons),
            "Check the connection and try again, or fetch one of these elsewhere and run: cutaway models import FILE")

    def _import_package(self, given: Path, wanted: Models, job: Job) -> Imported:
        for model in wanted:
            shelf = self._shelf(model)
            for source in model.sources:
                weights = model.of(source)
                with self._writing(shelf, job), self._scratch(shelf) as scratch:
                    part = scratch / "part"
                    if fetch.take(source, weights, given, part, job):
                        _compare(part, weights, job)
                        shelf.place(part, weights, source)
                        return _imported(model, weights)
        raise ModelError(
            f"{given.name} is not a model that Cutaway knows.",
            f"It may be damaged or another release. Known: {self._shipped.names}. A network of your own needs a "
            f"sidecar beside it, {given.name}.json: {own.EXAMPLE}")

    def _shelf(self, model: Model) -> Shelf:
        return Shelf(self.folder, model)

    @contextmanager
    def _writing(self, shelf: Shelf, job: Job) -> Iterator[None]:
        """The folder is there, no other process writes this model, and the disk's errors become ours."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with lock.held(shelf.lock, job):
                for stale in self.folder.glob(shelf.scratch_prefix + "*"):  # of a process that was killed
                    shutil.rmtree(stale, ignore_errors=True)
                yield
        except OSError as error:
            if error.errno in FULL:
                raise DiskFull(
                    f"The disk is full: the model {shelf.model.name} does not fit into {self.folder}.",
                    "Free some space and try again.") from error
            raise TargetNotWritable(
                f"The folder of the models, {self.folder}, cannot be used: {error.strerror or error}.",
                "See that it is a folder that you may write to, and that no other program holds the file.") from error

    @contextmanager
    def _scratch(self, shelf: Shelf) -> Iterator[Path]:
        with tempfile.TemporaryDirectory(None, shelf.scratch_prefix, self.folder, ignore_cleanup_errors=True) as folder:
            yield Path(folder)


def _imported(model: Model, weights: Weights) -> Imported:
    return Imported(name=model.name, bytes=weights.bytes, sha256=weights.sha256, own=model.own)


def _compare(part: Path, weights: Weights, job: Job) -> None:
    if stream.sha256(part, job) != weights.sha256:
        raise ModelDownloadFailed("The file is not the one that the catalogue knows (its SHA-256 differs).")
