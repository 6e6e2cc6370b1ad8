"""The port by which a host joins the suite: build the picture, run Remove Background, save, read back independently."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np

from ..fake_worker import Run, made_mask, made_tiles
from .cases import Case
from .document import Document, Frame, Layer
from .scene import Scene, in_frame, made


@dataclass
class Outcome:
    """What came of a case. ``error``: what the user was told. ``before``, ``after``: the picture as it was saved; None
    where it was not, or could not be. ``again``: saved, opened and saved again. ``undone``, ``redone``: after each.
    ``run``: what the worker was given and has made, where it got that far. ``left``: open pictures that nobody has
    closed. ``mask``: the host's own bytes of the new mask, of big pictures. ``broke``: a defect of the host. Of big
    pictures what was saved has only the rows of bands() of each layer and mask, where there is a reader for them."""

    error: str = ""
    before: Document | None = None
    after: Document | None = None
    again: Document | None = None
    undone: Document | None = None
    redone: Document | None = None
    run: Run | None = None
    left: int = 0
    mask: bytes | None = None
    broke: str = ""
    more: dict[str, Any] = field(default_factory=dict)


@dataclass
class Given:
    """What the worker must be given. ``slack``: by how much samples may differ, where the host has to convert.
    ``icc``: None where there is none; ``other_icc``: there is one, but not byte for byte this. ``hidden_counts``:
    whether the colours of pixels that are wholly transparent must be the same, too. ``clean``: the setting,
    which is 0 where a host cannot write colours."""

    frame: Frame
    picture: np.ndarray
    transfer: str
    icc: bytes | None
    selection: np.ndarray | None
    mask: np.ndarray | None
    slack: float = 0.0
    other_icc: bool = False
    hidden_counts: bool = True
    clean: int = 0


class Conforming(Protocol):
    """The port. ``name``: the host's, and its mark's. ``EXCLUDED``: case -> why this host cannot have it.
    ``ALWAYS_ALPHA``: every layer has one. ``MASK_BESIDE``: a new mask stands beside the old one and is not multiplied
    with it. ``MASK_BITS``: of a mask in the file, 0 for those of the picture itself.
    ``KEPT_OUTLIVES_UNDO``: what is kept for re-editing stays in the document when the mask is undone. ``FLAT``:
    the result is a picture of its own, whose alpha is the layer's times the mask."""

    name: str
    EXCLUDED: ClassVar[dict[str, str]]
    ALWAYS_ALPHA: ClassVar[bool]
    MASK_BESIDE: ClassVar[bool]
    MASK_BITS: ClassVar[int]
    KEPT_OUTLIVES_UNDO: ClassVar[bool]
    FLAT: ClassVar[bool]

    def outcomes(self, scenes: list[Scene]) -> dict[str, Outcome]:
        """Runs every scene; by the case's id."""
        ...

    def given(self, scene: Scene, before: Document | None) -> Given:
        """What the core must get of the scene."""
        ...

    def ends(self, case: Case) -> str:
        """What must hold after a case with an act, see Case.ends."""
        ...

    def cleans(self, case: Case) -> bool:
        """Whether the colours of this layer can be changed."""
        ...

    def stored(self, scene: Scene, colours: np.ndarray, source: Layer) -> np.ndarray:
        """``colours`` as the host's file holds them; ``source``: the layer that they come from."""
        ...


class Base:
    """What most hosts share."""

    EXCLUDED: ClassVar[dict[str, str]] = {}
    ALWAYS_ALPHA: ClassVar[bool] = False
    MASK_BESIDE: ClassVar[bool] = False
    MASK_BITS: ClassVar[int] = 0
    KEPT_OUTLIVES_UNDO: ClassVar[bool] = False
    FLAT: ClassVar[bool] = False

    def given(self, scene: Scene, before: Document | None) -> Given:
        """The layer as it is. ``before`` tells what only the host knows: a feathered selection."""
        case, target = scene.case, scene.target
        selection = scene.selection
        if case.selection == "feathered":
            assert before is not None and before.selection is not None
            selection = before.selection
        mask = target.mask if case.mask == "ramp" and not self.MASK_BESIDE else None
        if mask is not None and case.dtype != "|u1":
            mask = mask.astype(np.uint16) * 257
        assert target.pixels is not None
        return Given(
            target.frame, target.pixels, "linear" if case.curve == "linear" else "nonlinear", scene.profile,
            None if selection is None else in_frame(selection, target.frame), mask,
            other_icc=bool(case.profile) and case.curve == "perceptual",
            # An indexed pixel that is not seen has any index.
            clean=case.clean if self.cleans(case) else 0,
            hidden_counts=not (case.model == "indexed" and case.alpha))

    def ends(self, case: Case) -> str:
        return case.ends

    def cleans(self, case: Case) -> bool:
        return case.clean > 0 and case.output == "layer" and case.model != "indexed"

    def stored(self, scene: Scene, colours: np.ndarray, source: Layer) -> np.ndarray:
        return colours

    def scenes(self, cases: list[Case]) -> list[Scene]:
        """The pictures of those cases that this host can have."""
        return [made(case, self.ALWAYS_ALPHA) for case in cases if case.id not in self.EXCLUDED]


BAND = 64
"""Rows of a tile."""


def bands(height: int) -> tuple[int, ...]:
    """The rows of tiles of a big picture that are read back: the first, one in the middle and the last."""
    last = (height - 1) // BAND
    return 0, last // 2, last


def in_bands(rows: np.ndarray) -> np.ndarray:
    """Those rows of an array, one below the other."""
    return np.concatenate([rows[number * BAND:(number + 1) * BAND] for number in bands(len(rows))])


def expected_mask(given: Given) -> np.ndarray:
    """What the tests' worker makes of what it must be given."""
    return made_mask(given.picture, given.selection, given.mask)


def expected_colours(given: Given, cleaned: bool) -> np.ndarray:
    """The layer's samples with the worker's tiles laid over its colours; alpha as it was."""
    pixels = given.picture.copy()
    if not cleaned:
        return pixels
    origins, tiles = made_tiles(given.picture)
    for (x, y), tile in zip(origins, tiles, strict=True):
        part = pixels[y:y + tile.shape[0], x:x + tile.shape[1], :tile.shape[2]]
        part[:] = tile[:part.shape[0], :part.shape[1]]
    return pixels
