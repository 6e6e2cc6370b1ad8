"""The port between the worker and the core that does the work. Everything behind it is imported when first used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cutaway.home import Home
from cutaway.job import Job

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cutaway.cutout import Cutout, Foreground, Matte, Note
    from cutaway.engines.port import Engine
    from cutaway.picture.model import Picture
    from cutaway.settings import RemoveSettings


class Core(Protocol):
    """What the operations need. ``preload`` to ``write`` are called by one thread only."""

    def preload(self) -> None:
        """Imports what is slow to import, and loads the model that a run would most likely use."""

    def unload(self) -> None:
        """Frees the models."""

    def loaded(self) -> list[dict[str, str]]:
        """The models in memory: {"name", "provider"} each. For any thread."""

    def remove(
        self, picture: Picture, settings: RemoveSettings, job: Job, selection: NDArray[Any] | None,
        mask: NDArray[Any] | None,
    ) -> Cutout: ...

    def pack(self, matte: Matte, mask: NDArray[Any] | None) -> bytes:
        """The raw matte, and the mask that the layer had, as bytes to be kept with the layer."""

    def read(self, path: Path) -> tuple[Picture, tuple[Note, ...]]: ...

    def write(
        self, path: Path, picture: Picture, mask: NDArray[Any], foreground: Foreground | None, form: str,
        overwrite: bool,
    ) -> tuple[int, tuple[Note, ...]]:
        """The bytes written, and what the format could not keep."""

    def models(self) -> Any:
        """The :class:`cutaway.models.store.ModelStore`."""


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
        mask: NDArray[Any] | None,
    ) -> Cutout:
        from cutaway import pipeline

        engine = self._engine(settings.engine)
        return pipeline.remove(picture, settings, job, engine=engine, selection=selection, existing_mask=mask)

    def pack(self, matte: Matte, mask: NDArray[Any] | None) -> bytes:
        from cutaway import pipeline

        return pipeline.pack_matte(matte, mask)

    def read(self, path: Path) -> tuple[Picture, tuple[Note, ...]]:
        from cutaway.picture import read

        return read.read(path)

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
