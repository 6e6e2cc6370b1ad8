"""A saved picture in words that every host's file format has: what the independent readers make of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

Frame = tuple[int, int, int, int]


@dataclass
class Layer:
    """``path``: the groups around it, outermost first. ``frame``: x, y, width, height on the canvas. ``pixels``:
    (height, width, channels), red first, straight alpha. ``masks``: what hides parts of it, top first, each with its
    values (height, width) and whether it is on. ``kept``: what is stored with it by name, for re-editing."""

    name: str
    path: tuple[str, ...]
    frame: Frame
    visible: bool
    opacity: float
    mode: str
    locks: tuple[str, ...] = ()
    is_group: bool = False
    pixels: np.ndarray | None = None
    masks: list[tuple[np.ndarray, bool]] = field(default_factory=list)
    kept: dict[str, bytes] = field(default_factory=dict)


@dataclass
class Document:
    """``layers``: top first, a group before what is in it. ``selection``: (height, width) of the canvas, or None.
    ``active``: the name of the selected layer, None where the file does not say it."""

    size: tuple[int, int]
    layers: list[Layer]
    selection: np.ndarray | None
    profile: bytes | None
    active: str | None = None

    def layer(self, name: str) -> Layer:
        """The one layer of that name. Raises KeyError."""
        found = [layer for layer in self.layers if layer.name == name]
        if len(found) != 1:
            raise KeyError(f"{len(found)} layers named {name!r} among {[layer.name for layer in self.layers]}")
        return found[0]

    def siblings(self, layer: Layer) -> list[str]:
        """The names in its group, top first."""
        return [other.name for other in self.layers if other.path == layer.path]


def same(one: Document, two: Document) -> list[str]:
    """In what the two differ; empty where they are equal to the byte."""
    found = []
    if one.size != two.size:
        found.append(f"size: {one.size}, {two.size}")
    if not _equal(one.selection, two.selection):
        found.append("selection")
    if one.profile != two.profile:
        found.append("profile")
    if one.active != two.active:
        found.append(f"active: {one.active}, {two.active}")
    names = [[(layer.path, layer.name) for layer in each.layers] for each in (one, two)]
    if names[0] != names[1]:
        return [*found, f"layers: {names[0]}, {names[1]}"]
    for first, second in zip(one.layers, two.layers, strict=True):
        found += [f"{first.name}: {what}" for what in differences(first, second)]
    return found


def differences(one: Layer, two: Layer) -> list[str]:
    """In what two layers differ."""
    found = [f"{name}: {getattr(one, name)!r}, {getattr(two, name)!r}"
             for name in ("name", "path", "frame", "visible", "opacity", "mode", "locks", "is_group", "kept")
             if getattr(one, name) != getattr(two, name)]
    if not _equal(one.pixels, two.pixels):
        found.append("pixels")
    if len(one.masks) != len(two.masks):
        found.append(f"{len(one.masks)} masks, {len(two.masks)}")
    elif any(a[1] != b[1] or not _equal(a[0], b[0]) for a, b in zip(one.masks, two.masks, strict=True)):
        found.append("masks")
    return found


def _equal(one: Any, two: Any) -> bool:
    if one is None or two is None:
        return one is two
    return one.dtype == two.dtype and one.shape == two.shape and one.tobytes() == two.tobytes()
