"""What comes out: the raw matte, and the cut-out made from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from numpy.typing import NDArray

from cutaway.settings import RemoveSettings

TILE: Final = 128
"""Side of a foreground tile in pixels: GEGL's own tile size, so that a tile written in GIMP touches one tile."""


@dataclass(frozen=True)
class Note:
    """Something the user should know about a good result. ``code`` is stable; ``message`` is one sentence."""

    code: str
    message: str


@dataclass(frozen=True)
class Matte:
    """What the engine said after edge refinement, before the user's settings: the thing that is kept for re-editing.

    ``values``: (H, W) uint8, uint16 or float32 (0..1); the largest value keeps a pixel. ``final``: the edges are not to
    be looked for again, only brought to the picture's size. ``seconds``: what the engine's own steps took ("run": the
    network alone). ``credits``: what a cloud engine charged.
    """

    values: NDArray[Any]
    engine: str
    model: str
    provider: str = ""
    notes: tuple[Note, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    credits: int = 0
    final: bool = False


@dataclass(frozen=True)
class Foreground:
    """Cleaned colours in square tiles on a fixed grid, only where they differ from the source.

    ``origins``: (N, 2) int32, the x and y of each tile's top left corner, multiples of ``TILE``.
    ``pixels``: (N, TILE, TILE, C) in the source's dtype, encoding and channels *without* alpha (C = 1 or 3). Where a
    tile reaches over the picture's right or bottom edge, the part outside is to be ignored.
    """

    origins: NDArray[Any]
    pixels: NDArray[Any]


@dataclass(frozen=True)
class Provenance:
    """How a cut-out was made. ``seconds`` by stage; ``credits`` is what a cloud engine charged."""

    engine: str
    model: str
    provider: str
    settings: RemoveSettings
    seconds: dict[str, float] = field(default_factory=dict)
    credits: int = 0
    version: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {
            "engine": self.engine, "model": self.model, "provider": self.provider, "settings": self.settings.to_dict(),
            "seconds": {k: round(v, 3) for k, v in self.seconds.items()}, "credits": self.credits,
            "version": self.version,
        }


@dataclass(frozen=True)
class Cutout:
    """The result of one run.

    ``mask``: (H, W) uint8 or uint16, the layer mask. It does not hold the source's own alpha, which stays in the layer;
    it does hold the selection and the layer mask that the source had. Read-only: where no setting shapes it, it is the
    matte's own memory; ``mask.copy()`` may be changed.
    """

    mask: NDArray[Any]
    foreground: Foreground | None
    matte: Matte
    provenance: Provenance
    notes: tuple[Note, ...] = ()
