"""The picture as it came, and nothing converted whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from cutaway.errors import PictureEmpty, PictureUnsupported

Pixels = NDArray[Any]
Transfer = Literal["nonlinear", "linear"]

DTYPES: Final = ("uint8", "uint16", "uint32", "float16", "float32", "float64")


@dataclass(frozen=True)
class Picture:
    """Pixels as they came, straight (not premultiplied) alpha.

    ``pixels``: (H, W, C), C-contiguous or memory-mapped. C = 1 gray, 2 gray + alpha, 3 RGB, 4 RGB + alpha.
    Integers use their whole range; floats use 0..1, where colour may lie outside (HDR).
    ``transfer``: "nonlinear" where the values are encoded for a display (sRGB, Adobe RGB ...), "linear" for linear
    light.
    ``icc``: the ICC profile that the values are in; None means sRGB (or linear light with sRGB's primaries).
    ``resolution``: (x, y) in pixels an inch. ``orientation``: the EXIF orientation (1..8) that the file had and that
    has been applied to ``pixels`` already. ``exif``: the file's EXIF block with the orientation set to 1.
    """

    pixels: Pixels
    transfer: Transfer = "nonlinear"
    icc: bytes | None = None
    resolution: tuple[float, float] | None = None
    orientation: int = 1
    exif: bytes | None = None

    def __post_init__(self) -> None:
        shape = self.pixels.shape
        if self.pixels.ndim != 3 or shape[2] not in (1, 2, 3, 4):
            raise PictureUnsupported(
                f"A picture has rows, columns and 1 to 4 channels; this array is {shape}.",
                "Pass an array of shape (height, width, channels).")
        if self.pixels.dtype.name not in DTYPES:
            raise PictureUnsupported(
                f"Pixels of type {self.pixels.dtype.name} are not supported.", "Use one of: " + ", ".join(DTYPES) + ".")
        if 0 in shape:
            raise PictureEmpty("The picture has no pixels.", "Choose a layer or a file with something in it.")

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def is_gray(self) -> bool:
        return bool(self.pixels.shape[2] < 3)

    @property
    def has_alpha(self) -> bool:
        return bool(self.pixels.shape[2] in (2, 4))

    @property
    def color(self) -> Pixels:
        """A view of the colour channels, (H, W, 1) or (H, W, 3)."""
        return self.pixels[..., :1] if self.is_gray else self.pixels[..., :3]

    @property
    def alpha(self) -> Pixels | None:
        """A view of the alpha channel, (H, W), or None."""
        return self.pixels[..., -1] if self.has_alpha else None


def full_scale(dtype: np.dtype[Any]) -> float:
    """The value that stands for 1.0 in arrays of ``dtype``: 255, 65535 ... or 1.0 for floats."""
    return float(np.iinfo(dtype).max) if dtype.kind == "u" else 1.0
