"""The picture of a case: every sample of it, made here, so that what must come out is known without the code."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tests.picture import profiles

from .cases import STAGES, Case

TARGET = "Kätzchen 猫"
NEW = f"{TARGET} (cutout)"
OLD_MASK_TOP = 251
HARD = (30, 40, 90, 70)  # x, y, width, height on the canvas
OUTSIDE = (5, 5, 40, 30)
FEATHER = 12.0
BRIGHT = 1.3  # floats exceed 1: colours brighter than white must come through
PALETTE = np.array([[r, g, b] for r in (0, 90, 255) for g in (10, 200) for b in (30, 255)], np.uint8)


@dataclass
class Node:
    """A layer or group to be made. ``pixels``: as in document.Layer."""

    name: str
    parent: str = ""
    x: int = 0
    y: int = 0
    pixels: np.ndarray | None = None
    mask: np.ndarray | None = None
    more: dict[str, Any] = field(default_factory=dict)

    @property
    def frame(self) -> tuple[int, int, int, int]:
        height, width = self.pixels.shape[:2] if self.pixels is not None else (0, 0)
        return self.x, self.y, width, height


@dataclass
class Scene:
    """``nodes``: bottom first, groups before what is in them. ``selection``: of the canvas; None where there is none
    or where only the host knows it (feathered)."""

    case: Case
    nodes: list[Node]
    selection: np.ndarray | None
    profile: bytes | None

    def node(self, name: str) -> Node:
        return next(node for node in self.nodes if node.name == name)

    @property
    def target(self) -> Node:
        return self.node(TARGET)

    def written(self, folder: Path, reorder: Any = lambda pixels: pixels) -> dict[str, Any]:
        """Writes the samples into ``folder``; the scene for a script inside an editor. ``reorder``: to the editor's
        own order of channels."""
        folder.mkdir(parents=True, exist_ok=True)
        case = self.case

        def raw(name: str, values: np.ndarray | None) -> str:
            if values is None:
                return ""
            path = folder / f"{case.id}.{name}.raw"
            path.write_bytes(np.ascontiguousarray(values).tobytes())
            return str(path)

        nodes = []
        for node in self.nodes:
            pixels = None if node.pixels is None else reorder(node.pixels)
            place = str(len(nodes))
            nodes.append({
                "name": node.name, "parent": node.parent, "frame": node.frame, "pixels": raw(place, pixels),
                "alpha": pixels is not None and pixels.shape[2] in (2, 4), "mask": raw(f"{place}-mask", node.mask),
                **node.more})
        icc = folder / f"{case.id}.icc"
        if self.profile:
            icc.write_bytes(self.profile)
        return {
            "id": case.id, "canvas": case.canvas, "model": case.model, "dtype": case.dtype, "curve": case.curve,
            "profile": str(icc) if self.profile else "", "layers": nodes, "target": TARGET,
            "selection": raw("selection", self.selection), "feather": FEATHER if case.selection == "feathered" else 0,
            "box": box(case), "settings": {"output": case.output, "clean": case.clean, "model": case.id},
            "act": case.act, "stage": case.stage,
            "text": STAGES.get(case.stage, ""), "reopen": case.reopen, "undo": case.undo, "big": case.big,
            "folder": str(folder)}


def made(case: Case, always_alpha: bool = False) -> Scene:
    """The case's picture: a layer below all, the groups, the layer itself, one above it and one below in its group."""
    alpha = case.alpha or always_alpha
    below = Node("below", pixels=samples(case, case.canvas, always_alpha, opaque=True, salt=3))
    nodes = [below]
    parent = ""
    for name in case.groups:
        nodes.append(Node(name, parent))
        parent = name
    if case.groups:
        nodes.append(Node("last", parent, 5, 6, samples(case, (40, 30), alpha, opaque=True, salt=5)))
    target = Node(TARGET, parent, *case.offset, samples(case, case.size, alpha, opaque=not case.alpha))
    if case.mask:
        target.mask = ramp(case.size)
    target.more = {"mask_off": case.mask == "off", "locks": case.locks, "visible": case.visible,
                   "opacity": case.opacity, "mode": case.mode}
    nodes.append(target)
    if case.groups:
        nodes.append(Node("first", parent, 5, 6, samples(case, (40, 30), alpha, opaque=True, salt=7)))
    return Scene(case, nodes, selection_of(case), profiles.rgb() if case.profile else None)


def samples(case: Case, size: tuple[int, int], alpha: bool, opaque: bool = False, salt: int = 1) -> np.ndarray:
    """(height, width, channels): values from all over the range, a quarter of them with no alpha at all."""
    width, height = size
    x, y = np.arange(width, dtype=np.uint32)[None, :], np.arange(height, dtype=np.uint32)[:, None]
    mixed = x * np.uint32(2654435761 * salt % 2 ** 32) + y * np.uint32(40503 * salt * 65537 % 2 ** 32)
    if case.model == "indexed":
        colour = PALETTE[mixed // 7 % len(PALETTE)]
        return colour if not alpha else np.dstack([colour, np.where((x // 9 + y // 7) % 4 == 0, 0, 255).astype("u1")])
    planes = []
    for channel in range(1 if case.model == "gray" else 3):
        planes.append(_as(mixed * np.uint32(channel * 2 + 1) + np.uint32(channel * 1013904223), case.dtype, BRIGHT))
    if alpha:
        # The edges are seen, so that a host that has no frames finds the same one.
        inside = (x > 0) & (y > 0) & (x < width - 1) & (y < height - 1)
        hole = inside & ((x // 9 + y // 7) % 4 == 0)
        values = np.where(hole, np.uint32(0), (mixed >> np.uint32(1)) + np.uint32(1 << 31))
        planes.append(_as(values, case.dtype) if not opaque else _as(np.full_like(mixed, 2 ** 32 - 1), case.dtype))
    return np.dstack(planes)


def _as(values: np.ndarray, dtype: str, top: float = 1.0) -> np.ndarray:
    """32 bits as samples of another type: the first bits of integers; ``top`` is the largest float."""
    kind = np.dtype(dtype)
    if kind.kind == "u":
        return (values >> np.uint32(32 - 8 * kind.itemsize)).astype(kind)
    return ((values >> np.uint32(24)) * (top / 255.0)).astype(kind)


def ramp(size: tuple[int, int]) -> np.ndarray:
    """The mask that a layer has already."""
    width, height = size
    x, y = np.arange(width)[None, :], np.arange(height)[:, None]
    return ((x * 5 + y * 2) % OLD_MASK_TOP).astype(np.uint8)


def box(case: Case) -> tuple[int, int, int, int] | None:
    """The selected rectangle on the canvas."""
    return {"hard": HARD, "feathered": HARD, "outside": OUTSIDE}.get(case.selection)


def selection_of(case: Case) -> np.ndarray | None:
    """The canvas's selection, 255 selected."""
    if case.selection in ("", "feathered"):
        return None
    values = np.zeros(case.canvas[::-1], np.uint8)
    x, y, width, height = box(case) or HARD
    values[y:y + height, x:x + width] = 255
    if case.selection == "soft":
        down, across = np.mgrid[:height, :width]
        values[y:y + height, x:x + width] = 1 + (across * 7 + down * 13) % 255
    return values


def in_frame(canvas: np.ndarray, frame: tuple[int, int, int, int]) -> np.ndarray:
    """Values of the canvas in a layer's frame; 0 beyond the canvas."""
    x, y, width, height = frame
    out = np.zeros((height, width), canvas.dtype)
    left, top, right, bottom = max(x, 0), max(y, 0), min(x + width, canvas.shape[1]), min(y + height, canvas.shape[0])
    if left < right and top < bottom:
        out[top - y:bottom - y, left - x:right - x] = canvas[top:bottom, left:right]
    return out
