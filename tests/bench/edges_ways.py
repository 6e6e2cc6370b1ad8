"""The ways that are compared: the bare model scaled up, ours in each mode, and rembg with the same weights."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np

from cutaway.cutout import TILE, Foreground, Matte
from cutaway.engines._fluid import fluid
from cutaway.engines._graph import prepared
from cutaway.engines._runtime import library
from cutaway.engines.local_onnx import shape
from cutaway.foreground import clean
from cutaway.job import Job
from cutaway.mask.fill import fill
from cutaway.mask.refine import enlarge
from cutaway.matting import brought, looked
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings

Array = np.ndarray
INSIDE = Path(__file__).with_name("rembg_inside.py")
FILES = {"u2netp": "u2netp.onnx", "isnet-general-use": "isnet-general-use.onnx"}
LONGEST_S = 3000


class Network:
    """An ONNX model run as it wants its input: RGB squashed to a square, normalised.

    Where its sizes can be opened, it gets the picture in its own shape, as the product runs IS-Net: ``fluid``.
    """

    def __init__(self, path: Path, mean: tuple[float, ...], deviation: tuple[float, ...]) -> None:
        model = path.read_bytes()
        made = library().InferenceSession(model, providers=["CPUExecutionProvider"])
        self._side = int(made.get_inputs()[0].shape[2])
        self._ports = made.get_inputs()[0].name, made.get_outputs()[0].name
        opened = fluid(prepared(memoryview(model), self._ports[1]) or model, self._side)
        self.fluid = opened is not None
        self._session = library().InferenceSession(opened, providers=["CPUExecutionProvider"]) if opened else made
        self._mean, self._deviation = np.float32(mean), np.float32(deviation)

    def answer(self, pixels: Array, square: bool = False) -> Array:
        size = shape(Picture(pixels), self._side) if self.fluid and not square else (self._side, self._side)
        how = cv2.INTER_AREA if max(pixels.shape) > self._side else cv2.INTER_LINEAR
        values = cv2.resize(pixels, size, interpolation=how).astype(np.float32) / 255
        values = ((values - self._mean) / self._deviation).transpose(2, 0, 1)[np.newaxis]
        source, target = self._ports
        return np.asarray(self._session.run([target], {source: np.ascontiguousarray(values)})[0])[0, 0]


class Networks:
    """An engine of one network, or of two: ``fine`` gives the edges, ``model`` the sure interior."""

    def __init__(self, model: Network, fine: Network | None) -> None:
        self._model, self._fine = model, fine

    def bare(self, pixels: Array) -> dict[str, Array]:
        """The answer of the network whose edges are used, alone; where its shape is the picture's, squashed too."""
        network = self._fine or self._model
        first = {"bare model": network.answer(pixels)}
        return {**first, "bare, squashed": network.answer(pixels, square=True)} if network.fluid else first

    def answer(self, pixels: Array) -> Array:
        sure = self._model.answer(pixels)
        return sure if self._fine is None else fill(self._fine.answer(pixels), sure)

    def matte(self, picture: Picture, settings: RemoveSettings, job: Job) -> Matte:
        return Matte(self.answer(np.ascontiguousarray(picture.pixels)), "local", "bench")

    closer = matte


def ours(engine: Networks, pixels: Array) -> dict[str, Array]:
    """Our mattes of a picture by way, (H, W) uint8 each, and the bare model's."""
    picture, settings, job = Picture(pixels), RemoveSettings(), Job()
    first, near = looked(picture, settings, job, engine)  # type: ignore[arg-type]
    plain = RemoveSettings(refine=False)
    once = brought(first.values, None, picture, settings, job, np.uint8)
    return {
        **{way: enlarge(answer, picture, job, np.uint8) for way, answer in engine.bare(pixels).items()},
        "ours, not refined": brought(first.values, near, picture, plain, job, np.uint8),
        "ours, one look": once,
        "ours": once if near is None else brought(first.values, near, picture, settings, job, np.uint8),
    }


def cleaned(pixels: Array, matte: Array) -> Array:
    """The picture with our cleaned colours in it."""
    return pasted(pixels, clean(Picture(pixels), matte, matte, 100, Job()))


def pasted(pixels: Array, foreground: Foreground | None) -> Array:
    out = pixels.copy()
    for (x, y), tile in zip(foreground.origins, foreground.pixels, strict=True) if foreground is not None else ():
        view = out[y : y + TILE, x : x + TILE]
        view[:] = tile[: view.shape[0], : view.shape[1]]
    return out


class Rembg:
    """rembg in its own Python. ``model``: the weights' file; ``name``: the session that is to use it."""

    def __init__(self, python: Path, model: Path, name: str) -> None:
        self._python, self._model, self._name = python, model, name

    @contextmanager
    def made(
        self, pictures: Iterator[tuple[str, Array]], ways: list[str], repeat: int = 1
    ) -> Iterator[tuple[Callable[[str, str], Array | None], dict[str, dict]]]:
        """(way, name) -> (h, w, 4) uint8 or None, while the block runs; and what it took (see rembg_inside.py)."""
        with tempfile.TemporaryDirectory(prefix="cutaway-rembg-") as place:
            folder = Path(place)
            (folder / "in").mkdir()
            (folder / "home").mkdir()
            shutil.copyfile(self._model, folder / "home" / FILES[self._name])
            for name, pixels in pictures:
                cv2.imwrite(str(folder / "in" / f"{name}.png"), pixels[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
            environment = {**os.environ, "U2NET_HOME": str(folder / "home"), "MODEL_CHECKSUM_DISABLED": "1",
                           "ORT_DISABLE_TELEMETRY": "1"}
            command = [str(self._python), str(INSIDE), self._name, str(folder / "in"), str(folder / "out"),
                       str(repeat), *ways]
            done = subprocess.run(
                command, check=True, capture_output=True, text=True, env=environment, timeout=LONGEST_S)

            def result(way: str, name: str) -> Array | None:
                read = cv2.imread(str(folder / "out" / way / f"{name}.png"), cv2.IMREAD_UNCHANGED)
                return None if read is None else np.dstack([read[..., 2::-1], read[..., 3]])

            yield result, json.loads(done.stdout.splitlines()[-1])
