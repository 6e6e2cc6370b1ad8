"""Our ways of making a matte, each a run of the product, and the bare network beside them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from cutaway import engines, pipeline
from cutaway.api import Result
from cutaway.cutout import Matte
from cutaway.engines.port import Engine
from cutaway.errors import ModelUnknown
from cutaway.home import Home
from cutaway.job import Job
from cutaway.models.store import Found, ModelStore
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings

Array = np.ndarray
SESSIONS = {"u2netp": "u2netp", "isnet": "isnet-general-use"}
"""What rembg calls the networks."""


@dataclass(frozen=True)
class Way:
    """A run of the product with these settings. ``looks``: 1 shows the network the whole picture only."""

    name: str
    model: str
    refine: bool = True
    looks: int = 2


WAYS = {
    "u2netp": (
        Way("ours, not refined", "u2netp", refine=False), Way("ours, one look", "u2netp", looks=1),
        Way("ours", "u2netp")),
    "isnet": (
        Way("bare, picture's shape", "isnet", refine=False, looks=1), Way("ours, not filled", "isnet"),
        Way("ours, not refined", "auto", refine=False), Way("ours, one look", "auto", looks=1), Way("ours", "auto")),
}
"""By the network whose edges are used; "auto" is IS-Net with u2netp's interior. "ours" is what a user gets."""


class OneLook:
    """An engine without ``closer``."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def matte(self, picture: Picture, settings: RemoveSettings, job: Job) -> Matte:
        return self._engine.matte(picture, settings, job)


class Product:
    """The product's own recipe and engines. ``create(model)``: an engine that keeps that model loaded."""

    def __init__(self, create: Callable[[str], Engine]) -> None:
        self._create = create
        self._engines: dict[str, Engine] = {}

    def run(self, pixels: Array, way: Way, clean: int = 0) -> Result:
        picture = Picture(pixels)
        if way.model not in self._engines:
            self._engines[way.model] = self._create(way.model)
        engine: Any = self._engines[way.model]
        settings = RemoveSettings(model=way.model, refine=way.refine, clean=clean)
        cutout = pipeline.remove(picture, settings, Job(), engine=engine if way.looks > 1 else OneLook(engine))
        return Result(picture, cutout, cutout.notes)

    def given(self, pixels: Array, matte: Array) -> Result:
        """With a matte that is there already, cleaned."""
        picture, settings = Picture(pixels), RemoveSettings(engine="mask", refine=False)
        cutout = pipeline.remove(picture, settings, Job(), engine=self._create("mask"), given=matte)
        return Result(picture, cutout, cutout.notes)


def shipped(home: Home) -> Product:
    return Product(lambda model: engines.create("mask" if model == "mask" else "local", home))


class Bare:
    """The network alone, as published: the picture squashed to its square, its answer enlarged bilinearly."""

    def __init__(self, found: Found) -> None:
        from cutaway.engines._runtime import library

        model = found.model
        self._size = model.size
        self._session = library().InferenceSession(str(found.path), providers=["CPUExecutionProvider"])
        self._source, self._target = self._session.get_inputs()[0].name, self._session.get_outputs()[0].name
        self._scale, self._mean, self._std = model.scale, np.float32(model.mean), np.float32(model.std)

    def answer(self, pixels: Array) -> Array:
        """(h, w) float32."""
        values = _resized(pixels, self._size).astype(np.float32) / self._scale
        values = ((values - self._mean) / self._std).transpose(2, 0, 1)[np.newaxis]
        shown = {self._source: np.ascontiguousarray(values)}
        return np.asarray(self._session.run([self._target], shown)[0], np.float32).reshape(self._size[::-1])

    def matte(self, pixels: Array) -> Array:
        """(H, W) uint8."""
        whole = _resized(np.clip(self.answer(pixels), 0, 1), pixels.shape[1::-1])
        return np.rint(whole * 255).astype(np.uint8)


def found(home: Home, network: str) -> Found | None:
    """The network's file, or None where it is not installed. Raises SystemExit where "auto" would be another one."""
    store = ModelStore(home)
    try:
        if network not in store.installed():
            return None
        if network != "u2netp" and store.best() != network:
            raise SystemExit(f"\"auto\" is {store.best()} there, not {network}: name a --home without it.")
        return store.find(network)
    except ModelUnknown:
        return None


def _resized(values: Array, size: tuple[int, ...]) -> Array:
    smaller = size[0] * size[1] < values.shape[0] * values.shape[1]
    return cv2.resize(values, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
