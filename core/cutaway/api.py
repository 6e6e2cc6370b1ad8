"""Cutaway in a script of three lines.

    from cutaway import remove_background
    result = remove_background("cat.jpg")
    result.save("cat_cutout.png")
"""

from __future__ import annotations

import dataclasses
import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cutaway import engines, pipeline
from cutaway.cutout import Cutout, Matte, Note
from cutaway.engines.port import Engine, Weightless
from cutaway.home import Home
from cutaway.job import Job, Progress
from cutaway.picture import read as reading
from cutaway.picture import write as writing
from cutaway.picture.model import Picture
from cutaway.picture.rows import coverage, paste_foreground
from cutaway.settings import RemoveSettings

Look = Callable[[Picture, RemoveSettings, Job], Matte]


@dataclass(frozen=True)
class Result:
    """A picture and its cut-out."""

    picture: Picture
    cutout: Cutout
    notes: tuple[Note, ...]

    @property
    def mask(self) -> NDArray[Any]:
        """(H, W) uint8 or uint16, without the picture's own alpha; read-only, so take ``mask.copy()`` to change it."""
        return self.cutout.mask

    def rgba(self) -> NDArray[Any]:
        """The picture with cleaned colours and straight alpha, (H, W, 2 or 4) in the picture's dtype."""
        pixels = self.picture.pixels
        channels = self.picture.color.shape[2]
        out = np.empty((*pixels.shape[:2], channels + 1), pixels.dtype)
        out[..., :channels] = self.picture.color
        paste_foreground(out[..., :channels], 0, self.cutout.foreground)
        out[..., channels] = coverage(self.picture, self.mask, 0, self.picture.height, pixels.dtype)
        return out

    def save(self, path: str | PathLike[str], *, form: str = "cutout", overwrite: bool = False) -> Path:
        """Writes the cut-out (``form="cutout"``) or the mask alone (``form="mask"``); the format by the name's ending.

        Raises TargetExists, TargetNotWritable or DiskFull; a target that exists is touched only with ``overwrite``.
        """
        writing.write(
            Path(path), self.picture, self.cutout.mask, self.cutout.foreground, form=form, overwrite=overwrite)
        return Path(path)


def remove_background(
    source: str | PathLike[str] | Picture | NDArray[Any],
    settings: RemoveSettings | None = None,
    *,
    selection: NDArray[Any] | None = None,
    matte: NDArray[Any] | None = None,
    home: Home | None = None,
    on_progress: Progress | None = None,
    **choices: Any,
) -> Result:
    """Removes the background of a file, a :class:`Picture` or an array (H, W), (H, W, 1..4).

    ``choices`` are fields of RemoveSettings and MaskSettings by name, on top of ``settings``:
    ``remove_background("cat.jpg", feather=2.0, shift=-1)``. ``selection``: (H, W) uint8, 255 where the subject may be.
    ``matte``: (h, w) uint8, uint16 or float32 (0..1), of any size, that takes the place of an engine: its edges are
    refined.
    Runs in this process; the model is loaded once and kept until :func:`release`. From several threads at once the
    networks take turns. Raises the errors of :mod:`cutaway.errors`.
    """
    notes: tuple[Note, ...] = ()
    if isinstance(source, Picture):
        picture = source
    elif isinstance(source, np.ndarray):
        picture = Picture(source if source.ndim == 3 else source[..., np.newaxis])
    else:
        picture, notes = reading.read(Path(source))
    chosen = _chosen(settings or RemoveSettings(), choices)
    if matte is not None:
        chosen = dataclasses.replace(chosen, engine="mask")
    engine = _engine(chosen.engine, home or Home.find())
    cutout = pipeline.remove(picture, chosen, Job(on_progress), engine=engine, selection=selection, given=matte)
    return Result(picture, cutout, notes + cutout.notes)


def _chosen(settings: RemoveSettings, choices: dict[str, Any]) -> RemoveSettings:
    if not choices:
        return settings
    return RemoveSettings.from_dict({**settings.to_dict(), **choices})


def release() -> None:
    """Frees the models that :func:`remove_background` keeps; the next call loads them again."""
    _engine.cache_clear()


class _Shared(Weightless):
    """An engine that serves one thread, for several: they wait for each other."""

    def __init__(self, engine: Engine) -> None:
        self._engine, self._lock = engine, threading.Lock()

    @property
    def closer(self) -> Look | None:
        """The engine's, asked for at each look: whether "auto" has one depends on who has answered."""
        again = getattr(self._engine, "closer", None)
        return None if again is None else functools.partial(self._in_turn, again)

    def matte(self, picture: Picture, settings: RemoveSettings, job: Job) -> Matte:
        return self._in_turn(self._engine.matte, picture, settings, job)

    def _in_turn(self, look: Look, picture: Picture, settings: RemoveSettings, job: Job) -> Matte:
        while not self._lock.acquire(timeout=0.1):
            job.check()
        try:
            return look(picture, settings, job)
        finally:
            self._lock.release()


@functools.lru_cache(maxsize=2)
def _engine(name: str, home: Home) -> Engine:
    return _Shared(engines.create(name, home))
