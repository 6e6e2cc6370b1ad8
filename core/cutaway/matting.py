"""From an engine's answer, or a matte that is there already, to the raw matte at the picture's size."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cutaway.cutout import Matte, Note
from cutaway.engines.port import Engine
from cutaway.errors import InputError
from cutaway.job import Job
from cutaway.mask import closer
from cutaway.mask.refine import enlarge, refine, uncertain, unit
from cutaway.picture.model import Picture
from cutaway.settings import RemoveSettings

Box = tuple[int, int, int, int]

HARD: Final = 2.0
"""Soft pixels for each pixel of edge, at most, in a mask that counts as hard: as many as smooth drawing leaves."""

GIVEN: Final = 1024
"""Long side to which a hard mask is reduced before its edge is looked for: how far beside the real edge it may lie."""

ENOUGH: Final = 0.5
"""A soft matte of at least this share of the picture's sides is better than what can be made of it: only enlarged."""

UNCLEAR: Final = "no_clear_subject"


@dataclass(frozen=True)
class Near:
    """A closer look. ``values``: (h, w) 0..1, over the ``box`` (x, y, width, height) of the picture."""

    values: NDArray[Any]
    box: Box


def looked(picture: Picture, settings: RemoveSettings, job: Job, engine: Engine) -> tuple[Matte, Near | None]:
    """The engine's answer, and a closer one where the subject is small and the engine has ``closer`` (see the port)."""
    first = engine.matte(picture, settings, job)
    again = getattr(engine, "closer", None)
    if again is None:
        return first, None  # before the answer is converted: a cloud's is as large as the picture
    answer = unit(first.values)
    size = (picture.height, picture.width)
    box = closer.place(answer, size)
    if box is None:
        return first, None
    second: Matte = again(cropped(picture, box), settings, job)
    seconds = {key: first.seconds.get(key, 0.0) + second.seconds.get(key, 0.0)
               for key in (*first.seconds, *second.seconds)}
    values = closer.joined(answer, unit(second.values), box, size)
    if values is None:
        return dataclasses.replace(first, seconds=seconds), None
    # Whether there is a subject is better told by the look that shows it large.
    notes = tuple(note for note in first.notes if note.code != UNCLEAR or note in second.notes)
    return dataclasses.replace(first, seconds=seconds, notes=notes), Near(values, box)


def brought(
    values: NDArray[Any], near: Near | None, picture: Picture, settings: RemoveSettings, job: Job, dtype: Any
) -> NDArray[Any]:
    """The matte at the picture's size, (H, W) of ``dtype`` (uint8 or uint16), its edges refined where wanted."""
    to_full = refine if settings.refine else enlarge
    whole = to_full(values, picture, job, dtype)
    if near is not None:
        part = to_full(near.values, cropped(picture, near.box), job, dtype)
        closer.blend(whole, part, near.box)
    return whole


def taken(given: NDArray[Any], picture: Picture, refined: bool = True) -> Matte:
    """A matte that is there already, as an engine would have answered it: engine "mask".

    ``given``: (h, w) of any size over the whole picture: bool, unsigned integers (their full scale keeps) or floats
    0..1 (NaN counts as 0). What is hard (HARD) is reduced to GIVEN pixels, so that the refinement looks for its edge;
    what is soft and large enough (ENOUGH) is brought to the picture's size, which the refinement leaves as it is.
    Without ``refined`` nothing is reduced. Raises InputError for another kind or shape. A note says where it keeps
    nothing.
    """
    if given.ndim != 2 or given.size == 0 or given.dtype.kind not in "bfu":
        raise InputError(
            f"A mask of shape {given.shape} and type {given.dtype.name} cannot be used.",
            "It has rows and columns, and bytes, 16-bit values or numbers from 0 to 1.")
    values = unit(given)
    size = (picture.height, picture.width)
    longest = max(values.shape)
    if refined and _is_hard(values):
        if longest > GIVEN:
            values = _resized(values, tuple(max(1, round(GIVEN * side / longest)) for side in values.shape))
        elif values.shape == size:
            values = _resized(values, tuple(max(1, round(0.8 * side)) for side in size))
    elif all(side >= ENOUGH * full for side, full in zip(values.shape, size, strict=True)):
        values = _resized(values, size)
    notes = () if values.any() else (Note(UNCLEAR, "The mask to start from is empty: it hides everything."),)
    return Matte(values, "mask", "", notes=notes)


def cropped(picture: Picture, box: Box) -> Picture:
    """A view of the part ``box`` (x, y, width, height)."""
    x, y, width, height = box
    return dataclasses.replace(picture, pixels=picture.pixels[y : y + height, x : x + width])


def _is_hard(values: NDArray[np.float32]) -> bool:
    """Whether (h, w) 0..1 has an edge, and hardly more soft pixels than its edge has pixels."""
    soft = np.count_nonzero((values > 0.02) & (values < 0.98))
    edge = np.count_nonzero(uncertain(np.asarray(values > 0.5, np.float32)))
    return bool(edge > 0 and soft <= HARD * edge)


def _resized(values: NDArray[np.float32], size: tuple[int, ...]) -> NDArray[np.float32]:
    """To ``size`` = (H, W): averaged where smaller, bilinear where larger, each axis by itself."""
    height, width = min(size[0], values.shape[0]), min(size[1], values.shape[1])
    small = cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, (size[1], size[0]), interpolation=cv2.INTER_LINEAR), np.float32)
