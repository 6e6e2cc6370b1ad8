"""The recipe: engine, edge refinement, mask operations, colours. Each part is pure and lives in its own room."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from cutaway import __version__
from cutaway.cutout import Cutout, Foreground, Matte, Note, Provenance
from cutaway.engines.port import Engine
from cutaway.errors import InputError, PictureEmpty
from cutaway.foreground import clean
from cutaway.given import chosen
from cutaway.job import Job
from cutaway.mask import chain
from cutaway.matting import brought, cropped, looked, taken
from cutaway.picture.model import Picture, full_scale
from cutaway.settings import RemoveSettings

Box = tuple[int, int, int, int]
Ready = Callable[[Matte, NDArray[Any]], None]

SURROUNDINGS: Final = 0.15
"""How much of what lies around a selection the engine sees, as a share of the selection's longer side: a network that
sees only the subject takes it for the background."""

STRIP: Final = 1 << 18
"""Values at a time where whole-picture arithmetic needs a wider type."""


def remove(
    picture: Picture,
    settings: RemoveSettings,
    job: Job,
    *,
    engine: Engine,
    selection: NDArray[Any] | None = None,
    existing_mask: NDArray[Any] | None = None,
    given: NDArray[Any] | None = None,
    ready: Ready | None = None,
) -> Cutout:
    """Finds the subject of ``picture`` and cuts it out.

    ``selection``: (H, W) uint8, 255 selected: the subject is looked for there only. ``existing_mask``: (H, W) uint8 or
    uint16, the layer mask the source has already: it is multiplied into the new one. ``given``: a matte that takes the
    engine's place, which is then not asked: see :func:`cutaway.matting.taken`; for the engine "mask" it is looked for
    among what the picture has where it is not passed: see :mod:`cutaway.given`. ``ready``: called with the raw matte
    and the mask before the colours are cleaned.
    Raises PictureEmpty where nothing is visible, InputError where the selection lies outside the picture or a shape is
    wrong, the engine's errors, and Cancelled.
    """
    clock = _Clock()
    _check_shapes(picture, selection, existing_mask)
    own: NDArray[Any] | None = None
    if settings.engine == "mask":
        given, selection, existing_mask, own = chosen(picture, given, selection, existing_mask)
    with clock.stage("look"):
        picture = without_opaque_alpha(picture)
        box = region(picture, selection)
        if given is not None:
            box = (0, 0, picture.width, picture.height)  # a given matte covers the whole picture
    part = cropped(picture, box)
    with clock.stage("model"):
        if given is None:
            matte, near = looked(part, settings, job, engine)
        else:
            matte, near = taken(given, picture, settings.refine), None
            del given
    dtype = np.dtype(np.uint8 if picture.pixels.dtype == np.uint8 else np.uint16)
    with clock.stage("edges"):
        job.progress("edges")
        seen = brought(matte.values, near, part, settings, job, dtype, matte.final)
        seen = _placed(seen, box, picture)
        matte = dataclasses.replace(matte, values=seen)  # the answer, which may be as large, is let go
        matte = dataclasses.replace(matte, values=_limited(seen, selection, own))
        del own
    with clock.stage("mask"):
        job.progress("mask")
        mask = _shaped(matte.values, settings, existing_mask, job)
    if ready is not None:
        ready(matte, mask)
    with clock.stage("colours"):
        job.progress("colours")
        foreground = _colours(picture, seen, selection, mask, settings, job)
    seconds = {**clock.seconds, **matte.seconds}
    provenance = Provenance(
        matte.engine, matte.model, matte.provider, settings, seconds, credits=matte.credits, version=__version__)
    return Cutout(mask, foreground, matte, provenance, (*matte.notes, *_notes(matte)))


def region(picture: Picture, selection: NDArray[Any] | None) -> Box:
    """The part that the engine is shown: (x, y, width, height).

    The whole picture, or, where a selection or the picture's own transparency leaves less, the bounding box of what is
    left plus ``SURROUNDINGS``.
    """
    whole = (0, 0, picture.width, picture.height)
    alpha = picture.alpha
    visible = bounding_box(alpha) if alpha is not None else whole
    if visible is None:
        raise PictureEmpty("Nothing is visible in this layer.", "Choose a layer that is not fully transparent.")
    if selection is None:
        return _grown(visible, whole)
    chosen = bounding_box(selection)
    if chosen is None or (seen := _overlap(chosen, visible)) is None:
        raise InputError(
            "The selection does not touch anything visible in this layer.",
            "Select around the subject, or choose Select > None to use the whole layer.")
    return _grown(seen, whole)


def without_opaque_alpha(picture: Picture) -> Picture:
    """``picture``, without its alpha where that hides nothing: editors give one with every layer, and it costs time.

    The colours are copied: all that follows takes twice as long on every fourth byte left out (24 MP: 1.02 for 0.59 s).
    """
    alpha = picture.alpha
    if alpha is None:
        return picture
    full = full_scale(alpha.dtype)
    if any((alpha[rows] != full).any() for rows in _strips(alpha.shape)):
        return picture
    if picture.pixels.shape[2] == 4 and alpha.dtype in (np.uint8, np.uint16, np.float32):
        return dataclasses.replace(picture, pixels=cv2.cvtColor(picture.pixels, cv2.COLOR_RGBA2RGB))
    return dataclasses.replace(picture, pixels=np.ascontiguousarray(picture.color))


def bounding_box(values: NDArray[Any]) -> Box | None:
    """(x, y, width, height) of what is not 0 in (H, W), or None. NaN counts as something."""
    rows = np.flatnonzero([bool(values[y].any()) for y in range(values.shape[0])])
    if rows.size == 0:
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.zeros(values.shape[1], bool)
    for strip in _strips(values.shape):
        columns |= values[strip].any(axis=0)
    across = np.flatnonzero(columns)
    left, right = int(across[0]), int(across[-1]) + 1
    return left, top, right - left, bottom - top


def multiplied(values: NDArray[Any], other: NDArray[Any]) -> NDArray[Any]:
    """``values`` times ``other``, both (H, W) with their dtype's full scale as 1; the dtype of ``values``, rounded."""
    out = np.empty_like(values)
    scale = full_scale(other.dtype)
    for rows in _strips(values.shape):
        product = values[rows].astype(np.float32) * (other[rows].astype(np.float32) / np.float32(scale))
        out[rows] = np.rint(product) if values.dtype.kind == "u" else product
    return out


def divided(values: NDArray[np.unsignedinteger[Any]], by: NDArray[np.unsignedinteger[Any]]) -> NDArray[Any]:
    """``values`` over ``by``, both (H, W) with their dtype's full scale as 1: at most 1, rounded, of the dtype of
    ``values``. Where ``by`` is 0 they stay as they are.

    >>> divided(np.array([[64, 200, 9]], np.uint8), np.array([[128, 100, 0]], np.uint8)).tolist()
    [[128, 255, 9]]
    """
    out = np.empty_like(values)
    most, scale = np.float32(full_scale(values.dtype)), np.float32(full_scale(by.dtype))
    for rows in _strips(values.shape):
        share = by[rows].astype(np.float32) / scale
        share[share == 0] = 1
        out[rows] = np.rint(np.minimum(values[rows] / share, most))
    return out


def complement(values: NDArray[np.unsignedinteger[Any]]) -> NDArray[Any]:
    """1 - values, in the integer dtype of ``values``."""
    return np.asarray(np.invert(values))


class _Clock:
    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds[name] = time.perf_counter() - start


def _check_shapes(picture: Picture, *arrays: NDArray[Any] | None) -> None:
    for values in arrays:
        if values is not None and values.shape != (picture.height, picture.width):
            raise InputError(
                f"A selection or mask of {values.shape} does not fit a picture of {picture.height} rows and "
                f"{picture.width} columns.", "It must have the layer's size.")


def _strips(shape: tuple[int, ...]) -> Iterator[slice]:
    """Rows that hold about STRIP values at a time."""
    rows = max(1, STRIP // shape[1])
    return (slice(y, y + rows) for y in range(0, shape[0], rows))


def _overlap(one: Box, other: Box) -> Box | None:
    left, top = max(one[0], other[0]), max(one[1], other[1])
    right, bottom = min(one[0] + one[2], other[0] + other[2]), min(one[1] + one[3], other[1] + other[3])
    return (left, top, right - left, bottom - top) if right > left and bottom > top else None


def _grown(box: Box, whole: Box) -> Box:
    margin = round(SURROUNDINGS * max(box[2], box[3]))
    grown = _overlap((box[0] - margin, box[1] - margin, box[2] + 2 * margin, box[3] + 2 * margin), whole)
    return grown or box


def _limited(values: NDArray[Any], selection: NDArray[Any] | None, own: NDArray[Any] | None) -> NDArray[Any]:
    """Only what is selected, and without the transparency that the layer keeps."""
    if selection is not None:
        values = multiplied(values, selection)
    return values if own is None else divided(values, own)


def _shaped(
    values: NDArray[Any], settings: RemoveSettings, existing_mask: NDArray[Any] | None, job: Job
) -> NDArray[Any]:
    """The mask of a matte; read-only, as it is not always a copy."""
    mask = chain.apply(values, settings.mask, job) if chain.plan(settings.mask) else values.view()
    if existing_mask is not None:
        mask = multiplied(mask, existing_mask)
    mask.setflags(write=False)
    return mask


def _placed(values: NDArray[Any], box: Box, picture: Picture) -> NDArray[Any]:
    x, y, width, height = box
    if (width, height) == (picture.width, picture.height):
        return values
    out = np.zeros((picture.height, picture.width), values.dtype)
    out[y : y + height, x : x + width] = values
    return out


def _colours(
    picture: Picture, seen: NDArray[Any], selection: NDArray[Any] | None, mask: NDArray[Any], settings: RemoveSettings,
    job: Job,
) -> Foreground | None:
    """``seen``: the matte before the selection, whose feather mixes no colours."""
    if settings.clean == 0:
        return None
    if not settings.mask.invert:
        return clean(picture, seen, mask, settings.clean, job)
    # An inverted mask shows the background, so it is the subject's colour that has to go from the edge.
    shown = complement(seen)
    if selection is not None:  # what is not wholly selected shows itself
        for rows in _strips(shown.shape):
            shown[rows][selection[rows] < full_scale(selection.dtype)] = np.iinfo(shown.dtype).max
    return clean(picture, shown, mask, settings.clean, job)


def _notes(matte: Matte) -> tuple[Note, ...]:
    if any(note.code == "no_clear_subject" for note in matte.notes):
        return ()
    if not matte.values.any():
        return (Note("no_clear_subject", "No clear subject was found: the whole picture counts as background."),)
    return ()
