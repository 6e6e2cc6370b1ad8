"""Whether an answer shows a subject at all. It is used all the same; the user is told."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cutaway.cutout import Note
from cutaway.picture.model import full_scale

CLEAR: Final = 0.0005
"""The smallest share of the answer's pixels over 0.5 that counts as a subject, and the smallest left as background.

Measured with u2netp and IS-Net. 74 (u2netp) and 15 (IS-Net) photographs with a subject: the share was 3.1 % at least
and 72 % at most. 16 pictures without one (plain colours, gradients, noise of several kinds): no pixel over 0.17.
Regular patterns are taken for a subject, checks by u2netp and stripes by both: this cannot tell them.
"""


def judged(values: NDArray[Any]) -> tuple[Note, ...]:
    """A note where nothing, or everything, was taken for the subject. ``values``: integers, or floats 0..1."""
    kept = float(np.count_nonzero(values > full_scale(values.dtype) / 2)) / values.size
    if kept < CLEAR:
        return (Note("no_clear_subject", "No clear subject was found: almost the whole picture counts as background."),)
    if kept > 1.0 - CLEAR:
        return (Note("no_clear_subject", "No background was found: almost the whole picture counts as the subject."),)
    return ()
