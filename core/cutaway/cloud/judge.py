"""What is refused before it is paid, and what is said of a mask that is hardly one."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cutaway.cutout import Note
from cutaway.errors import CloudTooExpensive
from cutaway.picture.model import full_scale

CLEAR: Final = 0.0005
"""The smallest share of pixels over 1/2 that counts as a subject, and the smallest left as background: the local
engine's, see engines/local_onnx.py."""


def judged(values: NDArray[Any]) -> tuple[Note, ...]:
    """A note where the mask keeps nothing or everything. It is used all the same."""
    kept = float(np.count_nonzero(values > full_scale(values.dtype) / 2)) / values.size
    if kept < CLEAR:
        return (Note("no_clear_subject", "No clear subject was found: the mask hides almost everything."),)
    if kept > 1.0 - CLEAR:
        return (Note("no_clear_subject", "No background was found: the mask keeps almost everything."),)
    return ()


def too_expensive(credits: int, most: int) -> CloudTooExpensive | None:
    """The error for a picture that costs more than the user's limit; None for one that does not."""
    if credits <= most:
        return None
    return CloudTooExpensive(
        f"This picture would cost {credits_said(credits)}, and your limit is {most}.",
        "Raise the limit of credits, or use the engine on this computer.")


def credits_said(credits: int) -> str:
    """>>> credits_said(1), credits_said(2)
    ('1 credit', '2 credits')
    """
    return f"{credits} credit" if credits == 1 else f"{credits} credits"
