"""The port between the worker and the core that does the work. Everything behind it is imported when first used."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cutaway.home import Home
from cutaway.job import Job

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cutaway.cutout import Cutout, Foreground, Matte, Note
    from cutaway.engines.port import Engine
    from cutaway.picture.model import Picture
    from cutaway.pipeline import Ready
    from cutaway.settings import RemoveSettings
    from cutaway.worker.own import Own


@dataclass(frozen=True)
class Answer:
    """What the cloud service said ahead of a run, or None and the reason, for the notes of the result."""

    matte: Matte | None
    notes: tuple[Note, ...] = ()


class Core(Protocol):
    """What the operations need. ``preload`` to ``write`` are called by one thread only, the others by any."""

    def preload(self) -> None:
        """Imports what is slow to import, and loads the model that a run would most likely use."""

    def unload(self) -> None:
        """Frees the models."""

    def loaded(self) -> list[dict[str, str]]:
        """The models in memory: {"name", "provider"} each. For any thread."""

    def remove(
        self, picture: Picture, settings: RemoveSettings, job: Job, selection: NDArray[Any] | None,
        mask: NDArray[Any] | None, given: NDArray[Any] | None = None, answer: Answer | None = None,
        ready: Ready | None = None,
    ) -> Cutout:
        """``given``: the matte for the engine "mask". ``answer``: what :meth:`ahead` has returned for this run.

        ``ready`` is called once, with the raw matte and the mask, before the colours are cleaned.
        """

    def pack(self, matte: Matte, mask: NDArray[Any] | None) -> bytes:
        """The raw matte, and the mask that the layer had, as bytes to be kept with the layer."""

    def read(self, path: Path) -> tuple[Picture, tuple[Note, ...]]: ...

    def read_matte(self, path: Path) -> tuple[NDArray[Any], tuple[Note, ...]]:
        """A mask from a file: its transparency where it has some, else how bright it is. (h, w), uint8 or uint16."""

    def write(
        self, path: Path, picture: Picture, mask: NDArray[Any], foreground: Foreground | None, form: str,
        overwrite: bool,
    ) -> tuple[int, tuple[Note, ...]]:
        """The bytes written, and what the format could not keep."""

    def models(self) -> Any:
        """The :class:`cutaway.models.store.ModelStore`."""

    def ahead(
        self, picture: Picture, settings: RemoveSettings, job: Job, selection: NDArray[Any] | None, own: Own
    ) -> Answer:
        """Asks the cloud service, for the engines "topaz" and "auto". Waits long."""

    def cloud(self, own: Own) -> Any:
        """The :class:`cutaway.cloud.ask.Cloud` with the key and the address of the connection's own."""


class RealCore:
    """The core itself."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._engines: dict[str, Engine] = {}

    def preload(self) -> None:
        from cutaway import pipeline  # noqa: F401  it brings numpy, OpenCV and the mask operations
        from cutaway.settings import RemoveSettings

        self._engine(RemoveSettings().engine).load(RemoveSettings())

    def unload(self) -> None:
        for engine in self._engines.values():
            engine.unload()

    def loaded(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        for engine in list(self._engines.values()):
            found.extend(engine.loaded())
        return found

    def remove(
        self, picture: Picture, settings: RemoveSettings, job: Job, selection: NDArray[Any] | None,
        mask: NDArray[Any] | None, given: NDArray[Any] | None = None, answer: Answer | None = None,
        ready: Ready | None = None,
    ) -> Cutout:
        from cutaway import pipeline
        from cutaway.engines._answered import Answered

        engine: Engine
        if answer is None:
            engine = self._engine(settings.engine)
        elif answer.matte is None:
            engine = self._engine("local")
        else:
            engine = Answered(answer.matte)
        cutout = pipeline.remove(
            picture, settings, job, engine=engine, selection=selection, existing_mask=mask,
            given=given if settings.engine == "mask" else None, ready=ready)
        if answer is None or not answer.notes:
            return cutout
        return dataclasses.replace(cutout, notes=answer.notes + cutout.notes)

    def ahead(
        self, picture: Picture, settings: RemoveSettings, job: Job, selection: NDArray[Any] | None, own: Own
    ) -> Answer:
        from cutaway import pipeline
        from cutaway.engines.auto import tried
        from cutaway.matting import cropped

        part = cropped(picture, pipeline.region(picture, selection))
        cloud = self.cloud(own)
        if settings.engine == "topaz":
            return Answer(cloud.matte(part, settings, job))
        return Answer(*tried(cloud, part, settings, job))

    def cloud(self, own: Own) -> Any:
        from cutaway.cloud.ask import Cloud

        return Cloud(self._home, own.key, url=own.url)

    def pack(self, matte: Matte, mask: NDArray[Any] | None) -> bytes:
        from cutaway import kept

        return kept.pack_matte(matte, mask)

    def read(self, path: Path) -> tuple[Picture, tuple[Note, ...]]:
        from cutaway.picture import read

        return read.read(path)

    def read_matte(self, path: Path) -> tuple[NDArray[Any], tuple[Note, ...]]:
        from cutaway.picture import matte

        return matte.read(path)

    def write(
        self, path: Path, picture: Picture, mask: NDArray[Any], foreground: Foreground | None, form: str,
        overwrite: bool,
    ) -> tuple[int, tuple[Note, ...]]:
        from cutaway.picture import write

        size = write.write(path, picture, mask, foreground, form=form, overwrite=overwrite)
        return size, write.notes(path, picture, form)

    def models(self) -> Any:
        from cutaway.models.store import ModelStore

        return ModelStore(self._home)

    def _engine(self, name: str) -> Engine:
        from cutaway import engines

        if name not in self._engines:
            self._engines[name] = engines.create(name, self._home)
        return self._engines[name]
