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
from cutaway.mask.refine import edge, enlarge, refine, unit
from cutaway.picture.matte import whole_numbers
from cutaway.picture.model import Picture, full_scale
from cutaway.settings import RemoveSettings

Box = tuple[int, int, int, int]

HARD: Final = 2.0
"""Soft pixels for each pixel of edge, at most, in a mask that counts as hard: as many as smooth drawing leaves."""

GIVEN: Final = 1024
"""Long side to which a hard mask is reduced before its edge is looked for: how far beside the real edge it may lie."""

ENOUGH: Final = 0.5
"""A soft matte of at least this share of the picture's sides is better than what can be made of it: only enlarged."""

STRIP: Final = 1 << 18
"""Pixels that are compared at a time."""

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
    notes = (*first.notes, *(note for note in second.notes if note.code != UNCLEAR and note not in first.notes))
    values = closer.joined(answer, unit(second.values), box, size)
    if values is None:
        return dataclasses.replace(first, seconds=seconds, notes=notes), None
    # Whether there is a subject is better told by the look that shows it large.
    notes = tuple(note for note in notes if note.code != UNCLEAR or note in second.notes)
    return dataclasses.replace(first, seconds=seconds, notes=notes, provider=second.provider), Near(values, box)


def brought(
    values: NDArray[Any], near: Near | None, picture: Picture, settings: RemoveSettings, job: Job, dtype: Any,
    final: bool = False,
) -> NDArray[Any]:
    """The matte at the picture's size, (H, W) of ``dtype`` (uint8 or uint16), its edges refined where wanted.

    ``final``: the answer is only brought to size, whatever the settings say.
    """
    to_full = refine if settings.refine and not final else enlarge
    whole = to_full(values, picture, job, dtype)
    if near is not None:
        part = to_full(near.values, cropped(picture, near.box), job, dtype)
        closer.blend(whole, part, near.box)
    return whole


def taken(given: NDArray[Any], picture: Picture, refined: bool = True) -> Matte:
    """A matte that is there already, as an engine would have answered it: engine "mask".

    ``given``: (h, w) of any size over the whole picture: bool, unsigned integers (their full scale keeps) or floats
    0..1 (NaN counts as 0). What is hard (HARD) is reduced to GIVEN pixels, so that the refinement looks for its edge;
    what is soft and large enough (ENOUGH) is final. Without ``refined`` nothing is reduced. Integers of 8 and 16 bits
    stay what they are, all else becomes such. Raises InputError for another kind or shape. A note says where it keeps
    nothing.
    """
    if given.ndim != 2 or given.size == 0 or given.dtype.kind not in "bfu":
        raise InputError(
            f"A mask of shape {given.shape} and type {given.dtype.name} cannot be used.",
            "It has rows and columns, and bytes, 16-bit values or numbers from 0 to 1.")
    values = whole_numbers(given)
    size = (picture.height, picture.width)
    longest = max(values.shape)
    final = False
    if refined and _is_hard(values):
        if longest > GIVEN:
            values = _reduced(values, GIVEN / longest)
        elif values.shape == size:
            values = _reduced(values, 0.8)
    else:
        final = all(side >= ENOUGH * full for side, full in zip(values.shape, size, strict=True))
    empty = Note(UNCLEAR, "The mask to start from is empty: the whole picture counts as background.")
    return Matte(values, "mask", "", notes=() if values.any() else (empty,), final=final)


def cropped(picture: Picture, box: Box) -> Picture:
    """A view of the part ``box`` (x, y, width, height)."""
    x, y, width, height = box
    return dataclasses.replace(picture, pixels=picture.pixels[y : y + height, x : x + width])


def _is_hard(values: NDArray[Any]) -> bool:
    """Whether (h, w) of a mask's type has an edge, and hardly more soft pixels than its edge has pixels."""
    scale = full_scale(values.dtype)
    soft = turns = 0
    rows = max(1, STRIP // values.shape[1])
    for y in range(0, values.shape[0], rows):
        above = min(y, 1)
        part = values[y - above : y + rows + 1]
        turns += int(np.count_nonzero(edge(part > 0.5 * scale)[above : above + rows]))
        part = values[y : y + rows]
        soft += int(np.count_nonzero((part > 0.02 * scale) & (part < 0.98 * scale)))
    return turns > 0 and soft <= HARD * turns


def _reduced(values: NDArray[Any], share: float) -> NDArray[Any]:
    """Averaged down to that share of each side."""
    height, width = (max(1, round(share * side)) for side in values.shape)
    return np.asarray(cv2.resize(values, (width, height), interpolation=cv2.INTER_AREA))
