"""Krita in the suite, judged by the .kra files that it saves."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from tests.picture import profiles

from .. import kra
from ..fake_worker import FakeWorker
from .cases import Case
from .document import Document, Layer
from .host import Base, Given, Outcome
from .scene import TARGET, Scene
from .sessions import in_parts

LIMIT_S = 300.0
AT_ONCE = 30  # Krita 5.1 crashes now and then, and what it was at is then done again
CONVERTED = 12.0
"""Of 255: Krita converts dark colours from 8 bits and by tables; nine of ten samples are right to 2."""
_ONE_LOCK = "Krita has one lock for pixels and position, and one for alpha"
_DEPTHS = "Krita has no {} samples"


class KritaHost(Base):
    """``editor``: a session of Krita. Other profiles than sRGB's and gray go to the core as 8-bit sRGB."""

    name = "krita"
    ALWAYS_ALPHA: ClassVar[bool] = True
    MASK_BESIDE: ClassVar[bool] = True
    MASK_BITS: ClassVar[int] = 8
    KEPT_OUTLIVES_UNDO: ClassVar[bool] = True
    EXCLUDED: ClassVar[dict[str, str]] = {
        "far-outside": "Krita's layers have no edges, and what lies that far from the canvas is left out",
        "rgb-u4-nonlinear": _DEPTHS.format("32-bit integer"), "rgb-f8-linear": _DEPTHS.format("64-bit"),
        "rgb-u2-perceptual": "Krita has no perceptual precision",
        "adobe-perceptual": "Krita has no perceptual precision",
        "adobe-f4-linear": "Krita brings no linear profile with these primaries",
        "indexed": "Krita has no indexed pictures", "indexed-alpha": "Krita has no indexed pictures",
        "locked-position": _ONE_LOCK, "locked-visibility": "Krita has no lock of the visibility",
        "locked-wholly": _ONE_LOCK,
    }

    def __init__(self, editor: Any, worker: FakeWorker) -> None:
        self._editor = editor
        self._worker = worker

    def outcomes(self, scenes: list[Scene]) -> dict[str, Outcome]:
        by_case = {scene.case.id: scene for scene in scenes}
        return in_parts(
            self._editor, self._worker, "krita_conform", scenes, LIMIT_S, lambda path, name: read(path, by_case[name]),
            AT_ONCE, turned)

    def given(self, scene: Scene, before: Document | None) -> Given:
        want = super().given(scene, before)
        want.icc = None
        if is_native(scene.case):
            return want
        want.picture, want.transfer, want.slack = in_srgb(scene), "nonlinear", CONVERTED
        return want

    def cleans(self, case: Case) -> bool:
        return is_native(case) and super().cleans(case)

    def stored(self, scene: Scene, colours: np.ndarray, source: Layer) -> np.ndarray:
        """What the core has seen in sRGB is in the file as it was."""
        if is_native(scene.case):
            return colours
        assert source.pixels is not None
        return source.pixels


def is_native(case: Case) -> bool:
    """Whether the core gets Krita's own samples."""
    return case.model == "rgb" and not case.profile


def in_srgb(scene: Scene) -> np.ndarray:
    """The layer as 8-bit sRGB, by the formulas."""
    pixels = scene.target.pixels
    assert pixels is not None
    top = 1.0 if pixels.dtype.kind == "f" else float(np.iinfo(pixels.dtype).max)
    values = np.clip(pixels[..., :-1].astype(np.float64) / top, 0, 1)
    linear = scene.case.curve == "linear"
    if scene.profile:
        seen = profiles.seen(values, profiles.ADOBE, 2.19921875)
    else:
        curved = np.where(values <= 0.0031308, values * 12.92, 1.055 * values ** (1 / 2.4) - 0.055)
        seen = np.repeat(np.rint((curved if linear else values) * 255), 3, axis=-1)
    alpha = np.rint(pixels[..., -1:] / top * 255)
    return np.concatenate([seen, alpha], axis=-1).astype(np.uint8)


def turned(pixels: np.ndarray) -> np.ndarray:
    """Krita's integers are blue, green, red, alpha; the same call leads there and back."""
    return pixels[..., [2, 1, 0, 3]] if pixels.dtype.kind == "u" and pixels.shape[2] == 4 else pixels


def read(path: Path, scene: Scene) -> Document:
    """A .kra file as a document. Krita's layers have no frames: those of the scene are read."""
    image = kra.read(path)
    layers: list[Layer] = []

    def walk(nodes: list[kra.Node], above: tuple[str, ...]) -> None:
        for node in nodes:
            layers.append(_layer(node, above, image, scene))
            walk(node.children, (*above, node.name))

    walk([node for node in image.layers if node.kind != "selectionmask"], ())
    chosen = [node.samples(0, 0, image.width, image.height) for node in image.layers if node.kind == "selectionmask"]
    selection = chosen[0] if chosen and chosen[0].any() else None
    return Document((image.width, image.height), layers, selection, None)


def _layer(node: kra.Node, above: tuple[str, ...], image: kra.Kra, scene: Scene) -> Layer:
    own = next((each for each in scene.nodes if each.name == node.name), scene.target)
    frame = own.frame
    is_group = node.kind == "grouplayer"
    uuid = node.uuid.strip("{}")
    kept = {name.removesuffix("-" + uuid): data for name, data in image.annotations.items() if name.endswith(uuid)}
    locks = [name for name, on in (("content", node.locked), ("alpha", node.alpha_locked)) if on]
    return Layer(
        node.name, above, frame, node.visible, round(node.opacity / 255, 3), node.mode, tuple(locks), is_group,
        None if is_group else turned(node.samples(*frame)),
        [(_mask(mask, frame, own.name == TARGET), mask.visible) for mask in node.masks], kept)


def _mask(node: kra.Node, frame: tuple[int, int, int, int], is_target: bool) -> np.ndarray:
    """The mask in the layer's frame; around it everything must be hidden, since Krita's layers go on there."""
    x, y, width, height = frame
    wide = node.samples(x - 64, y - 64, width + 128, height + 128).copy()
    inside = wide[64:-64, 64:-64].copy()
    wide[64:-64, 64:-64] = 0
    assert not wide.any() or not is_target, f"{node.name} shows something outside of its layer"
    return inside
