"""GIMP 3 and GIMP 2.10 in the suite: one adapter, two scripts; judged by the XCF files that they save."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from .. import xcf
from ..fake_worker import FakeWorker
from .cases import BY_ID
from .document import Document, Layer
from .host import Base, Outcome, bands
from .scene import Scene
from .sessions import in_parts

LIMIT_S = 240.0
AT_ONCE = 45
_DTYPES = {"u8": "|u1", "u16": "<u2", "u32": "<u4", "half": "<f2", "float": "<f4", "double": "<f8"}
_LOCKS = ("content", "position", "alpha", "visibility")
_NO_UNDO = "GIMP has no procedure for Undo; with the keyboard it is tests/editors/test_gimp_window.py that does it"


class GimpHost(Base):
    """``editor``: a session of GIMP 3 or GIMP 2.10. ``script``: its part of the suite in ``inside``."""

    script: ClassVar[str]
    name: ClassVar[str]

    def __init__(self, editor: Any, worker: FakeWorker) -> None:
        self._editor = editor
        self._worker = worker

    def outcomes(self, scenes: list[Scene]) -> dict[str, Outcome]:
        def reader(path: Path, name: str) -> Document:
            case = BY_ID[name]
            return read(path, bands(case.size[1]) if case.big else None)

        return in_parts(self._editor, self._worker, self.script, scenes, LIMIT_S, reader, AT_ONCE)


class Gimp3(GimpHost):
    name = "gimp3"
    script = "conform"
    EXCLUDED: ClassVar[dict[str, str]] = dict.fromkeys(("undo", "undo-mask"), _NO_UNDO)


class Gimp2(GimpHost):
    name = "gimp2"
    script = "gimp2_conform"
    EXCLUDED: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("undo", "undo-mask"), _NO_UNDO),
        "adobe-perceptual": "GIMP 2.10 has no perceptual precision",
        "rgb-u2-perceptual": "GIMP 2.10 has no perceptual precision",
        "locked-visibility": "GIMP 2.10 has no lock of the visibility",
    }


def read(path: Path, bands: tuple[int, ...] | None = None) -> Document:
    """An XCF file as a document. ``bands``: of big ones, see xcf.read."""
    image = xcf.read(path, bands)
    by_path = {layer.path: layer.name for layer in image.layers}
    layers = []
    for layer in image.layers:
        above = tuple(by_path[layer.path[:depth]] for depth in range(1, len(layer.path)))
        masks = [(mask(layer.mask, image), layer.apply_mask)] if layer.mask else []
        layers.append(Layer(
            layer.name, above, (layer.x, layer.y, layer.width, layer.height), layer.visible, round(layer.opacity, 3),
            {0: "normal", 28: "normal", 3: "multiply", 30: "multiply"}.get(layer.mode, str(layer.mode)),
            tuple(name for name in _LOCKS if getattr(layer, "lock_" + name)), layer.is_group,
            None if layer.is_group else pixels(layer.pixels, image), masks,
            {name: parasite.data for name, parasite in layer.parasites.items() if name.startswith("cutaway-")}))
    selection = None
    if image.selection is not None:
        selection = np.frombuffer(image.selection.data, _dtype(image)).reshape(-1, image.width)
        selection = in_bits(selection, np.dtype(np.uint8))
    profile = image.parasites.get("icc-profile")
    active = [layer.name for layer in image.layers if layer.active]
    return Document((image.width, image.height), layers, selection if selection is not None and selection.any() else
                    None, profile.data if profile else None, next(iter(active), None))


def _dtype(image: xcf.Xcf) -> str:
    return _DTYPES[image.precision.split("-")[0]]


def pixels(raster: xcf.Raster, image: xcf.Xcf) -> np.ndarray:
    """(height, width, channels); an indexed layer's as its palette has them."""
    raw = np.frombuffer(raster.data, _dtype(image)).reshape(raster.height, raster.width, -1)
    if image.base != xcf.INDEXED:
        return raw
    palette = np.frombuffer(image.colormap, np.uint8).reshape(-1, 3)
    return np.concatenate([palette[np.minimum(raw[..., 0], len(palette) - 1)], raw[..., 1:]], axis=-1)


def mask(raster: xcf.Raster, image: xcf.Xcf) -> np.ndarray:
    """A mask as the core's integers: GIMP keeps it in the image's own precision."""
    raw = np.frombuffer(raster.data, _dtype(image)).reshape(raster.height, raster.width)
    return in_bits(raw, np.dtype(np.uint8 if image.sample == 1 else np.uint16))


def in_bits(values: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    """Integers of ``dtype`` from any samples."""
    if values.dtype == dtype:
        return values
    top = 1.0 if values.dtype.kind == "f" else float(np.iinfo(values.dtype).max)
    return np.rint(values.astype(np.float64) / top * np.iinfo(dtype).max).astype(dtype)
