"""The user's mask settings, applied to the raw matte in their one order."""

from __future__ import annotations

from collections.abc import Callable

from cutaway.job import Job
from cutaway.mask.contrast import contrast
from cutaway.mask.feather import feather
from cutaway.mask.holes import fill_holes
from cutaway.mask.invert import invert
from cutaway.mask.shift import shift
from cutaway.mask.smooth import smooth
from cutaway.mask.specks import drop_specks
from cutaway.mask.values import Values, usable
from cutaway.settings import MaskSettings


def apply(values: Values, settings: MaskSettings, job: Job) -> Values:
    """The mask: holes, specks, smooth, contrast, shrink or expand, feather, invert; those that do nothing are left out.

    ``values``: (H, W) uint8, uint16 or float32 (0..1), never changed; the result is a new array of the same shape and
    type, also where nothing is to be done. Between the steps ``job`` is told the stage "mask" and may stop the run.

    Raises InputError for unusable values and Cancelled.

    >>> import numpy as np
    >>> line = np.array([[0, 0, 0, 255, 0, 0, 0]], np.uint8)
    >>> apply(line, MaskSettings(shift=1, invert=True), Job()).tolist()
    [[255, 255, 0, 0, 0, 255, 255]]
    """
    steps = plan(settings)
    mask = usable(values)
    for done, step in enumerate(steps):
        job.progress("mask", done / len(steps))
        mask = step(mask)
    job.progress("mask", 1.0)
    return mask if steps else mask.copy()


def plan(settings: MaskSettings) -> list[Callable[[Values], Values]]:
    """The operations that the settings ask for, in order."""
    steps: list[tuple[object, Callable[[Values], Values]]] = [
        (settings.holes, lambda mask: fill_holes(mask, settings.holes)),
        (settings.specks, lambda mask: drop_specks(mask, settings.specks)),
        (settings.smooth, lambda mask: smooth(mask, settings.smooth)),
        (settings.contrast, lambda mask: contrast(mask, settings.contrast)),
        (settings.shift, lambda mask: shift(mask, settings.shift)),
        (settings.feather, lambda mask: feather(mask, settings.feather)),
        (settings.invert, invert),
    ]
    return [step for wanted, step in steps if wanted]
