"""From the network's small answer to a matte of the picture's size.

On a reduced picture, the soft parts and a band along the edge are solved again by closed-form matting with the
network's answer as the prior. The result is carried to full size as a linear function of colour in each neighbourhood
(the guided filter's coefficients), so that edges come from the full-size pixels: K. He, J. Sun, "Fast Guided Filter",
arXiv:1505.00996. What was compared is in core/decisions/edge-refinement.md.
"""

from __future__ import annotations

from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cutaway.job import Job
from cutaway.mask.refine_closed import Laplacian, solve
from cutaway.mask.refine_grid import Box, Enlarger, long_side, tiles
from cutaway.picture.model import Picture, full_scale
from cutaway.picture.render import guide

Floats = NDArray[np.float32]

SMALL: Final = 512
"""A picture of at most this long side is worked on as it is, in the smallest windows (3 x 3)."""

FINENESS: Final = 1.25
"""Long side of the reduced picture over that of the network's answer, at most SMALL."""

EPSILON: Final = 1e-5
"""Colour variance, of 0..1, under which a window counts as flat."""

SURE: Final = 0.02
"""An answer this near to 0 or 1 is believed as it is, away from the edge."""

SLACK: Final = 0.05
"""The answer is stretched by this at both ends: networks say 0.96 where they mean 1."""

MARGIN: Final = 0.006
"""How far beside the soft parts the matte is looked for again, of the long side: two cells of a 320-pixel answer."""

TRUST: Final = ((0.05, 0.5, 100.0), (0.01, 0.2, 100.0))
"""Weight of the prior against the Laplacian: where the answer is 1/2, more where it nears 0 or 1, outside the band.
First for pictures up to SMALL, where a pixel is of the size of an edge, then for larger ones, where colour says more
than an answer that is coarser than they are."""

FLAT: Final = 25.0
"""Where colour says nothing (a variance of 0; half of it at EPSILON) the prior weighs this much more: the weight of the
Laplacian of a window of 5 x 5. Without it an edge between like colours is smoothed away."""

ROUNDS: Final = 16


def refine(coarse: NDArray[Any], picture: Picture, job: Job, dtype: Any) -> NDArray[Any]:
    """The matte at full size, (H, W) of ``dtype`` (uint8 or uint16).

    ``coarse``: (h, w), floats 0..1 or unsigned integers, covering the whole picture; its aspect may differ. One in
    which nothing is soft and no edge is, at the size that is worked on, is only enlarged. Besides the result and what
    `guide` takes, it needs some 60 MB whatever the picture's size. Raises Cancelled.
    """
    size = (picture.height, picture.width)
    work = _work_size(size, coarse.shape)
    matte = _resized(coarse, work)
    band = grown(uncertain(matte), max(1, round(MARGIN * max(work))))
    if not band.any():
        return enlarge(coarse, picture, job, dtype)
    colours = guide(picture, None, (work[1], work[0]))
    scale = np.float32(full_scale(colours.dtype))
    job.check()
    shares = np.divide(colours, scale, dtype=np.float32)
    coefficients = _looked_again(shares, matte, band, 1 if max(size) <= SMALL else 2)
    coefficients[..., :3] /= scale
    return _applied(coefficients, picture, job, np.dtype(dtype))


def enlarge(coarse: NDArray[Any], picture: Picture, job: Job, dtype: Any) -> NDArray[Any]:
    """The plain bilinear enlargement of ``coarse`` (h, w) to the picture's size, as ``dtype``, tile by tile.

    Where it is larger it is averaged down. Integers are never converted whole.
    """
    size = (picture.height, picture.width)
    values = _shrunk(_numbers(coarse), size)
    if values.shape == size and values.dtype == dtype:
        job.check()
        return np.array(values)
    enlarger = Enlarger(values[..., np.newaxis], size)
    out = np.empty(size, dtype)
    for box in tiles(size):
        x, y, width, height = box
        job.check()
        small = enlarger.small(box)
        tile = small.flat[0] if small.min() == small.max() else enlarger.tile(box)[0]
        out[y : y + height, x : x + width] = quantised(tile, out.dtype)
    return out


def unit(values: NDArray[Any]) -> Floats:
    """float32 0..1; unsigned integers are taken as their full scale, NaN as 0."""
    if values.dtype.kind == "u":
        return np.asarray(values / np.float32(np.iinfo(values.dtype).max), np.float32)
    return np.asarray(np.clip(np.nan_to_num(np.asarray(values, np.float32), nan=0.0), 0.0, 1.0))


def uncertain(values: Floats) -> NDArray[np.bool_]:
    """Where (h, w) is soft, or turns from under to over a half."""
    return np.asarray(edge(values > 0.5) | ((values > SURE) & (values < 1.0 - SURE)))


def edge(over: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where (h, w) has both values within a pixel."""
    found = cv2.morphologyEx(over.view(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
    return np.asarray(found > 0)


def grown(region: NDArray[np.bool_], radius: int) -> NDArray[np.bool_]:
    """``region`` and all within ``radius`` pixels of it."""
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.dilate(region.astype(np.uint8), disk) > 0)


def quantised(values: Any, dtype: np.dtype[Any]) -> NDArray[Any]:
    """0..1 (clipped) as an unsigned integer type's full scale, rounded."""
    scaled = np.clip(values, 0.0, 1.0) * np.float32(np.iinfo(dtype).max)
    scaled += np.float32(0.5)
    return np.asarray(scaled.astype(dtype))


def _work_size(size: tuple[int, int], answer: tuple[int, ...]) -> tuple[int, int]:
    longest = max(size)
    side = min(SMALL, round(FINENESS * max(answer)))
    side = longest if longest <= SMALL else min(longest, long_side(side, size))
    return max(1, round(size[0] * side / longest)), max(1, round(size[1] * side / longest))


def _numbers(values: NDArray[Any]) -> NDArray[Any]:
    """What OpenCV can resize: integers of 8 and 16 bits as they are, all else as :func:`unit` makes it."""
    return values if values.dtype in (np.uint8, np.uint16) else unit(values)


def _shrunk(values: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Averaged down to ``size`` on the axes where it is longer, in its own type."""
    height, width = min(values.shape[0], size[0]), min(values.shape[1], size[1])
    if (height, width) == values.shape:
        return values
    return np.asarray(cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA))


def _resized(values: NDArray[Any], size: tuple[int, int]) -> Floats:
    small = unit(_shrunk(_numbers(values), size))
    return np.asarray(cv2.resize(small, (size[1], size[0]), interpolation=cv2.INTER_LINEAR))


def _looked_again(colours: Floats, matte: Floats, band: NDArray[np.bool_], radius: int) -> Floats:
    """(h, w, 4): three slopes and a constant of the matte as a function of colour; the slopes are 0 off the band."""
    believed = (matte > 0.5).astype(np.float32)
    prior = np.where(band, np.clip((matte - SLACK) / (1.0 - 2.0 * SLACK), 0.0, 1.0), believed)
    half, more, off = TRUST[radius - 1]
    trust = np.where(band, half + more * (2.0 * prior - 1.0) ** 8, off)
    out = np.zeros((*matte.shape, 4), np.float32)
    out[..., 3] = believed
    reach = 2 * radius  # as far as the averaged windows carry a change
    part = _around(band, reach + radius)
    laplacian = Laplacian(colours[part], radius, EPSILON)
    blind = EPSILON / (EPSILON + laplacian.variance)
    solved = solve(laplacian, prior[part], trust[part] + FLAT * blind, ROUNDS)
    fitted = laplacian.coefficients(solved)
    # The fit of a flat window is its mean: what that loses of the solution goes back into the constant.
    unsaid = solved - np.einsum("ijk,ijk->ij", fitted[..., :3], colours[part]) - fitted[..., 3]
    fitted[..., 3] += blind * unsaid
    touched = grown(band, reach)
    out[touched] = fitted[touched[part]]
    return out


def _around(region: NDArray[np.bool_], margin: int) -> tuple[slice, slice]:
    """The slices of the region's bounding box and ``margin`` more."""
    rows, columns = (np.flatnonzero(region.any(axis)) for axis in (1, 0))
    return (slice(max(0, int(rows[0]) - margin), int(rows[-1]) + margin + 1),
            slice(max(0, int(columns[0]) - margin), int(columns[-1]) + margin + 1))


def _applied(coefficients: Floats, picture: Picture, job: Job, dtype: np.dtype[Any]) -> NDArray[Any]:
    """slopes . colour + constant at full size, reading the picture only where a slope is not 0."""
    size = (picture.height, picture.width)
    out = np.empty(size, dtype)
    enlarger = Enlarger(coefficients, size)
    for box in tiles(size):
        x, y, width, height = box
        if x == 0:
            job.progress("edges", y / size[0])
        out[y : y + height, x : x + width] = quantised(_tile(enlarger, box, picture), dtype)
    return out


def _tile(enlarger: Enlarger, box: Box, picture: Picture) -> Any:
    small = enlarger.small(box)
    if not small[:3].any():
        constant = small[3]
        return constant.flat[0] if constant.min() == constant.max() else enlarger.tile(box)[3]
    factors = enlarger.tile(box)
    pixels = guide(picture, box)
    values = factors[3]
    for i in range(3):
        factors[i] *= pixels[..., i]
        values += factors[i]
    return values
