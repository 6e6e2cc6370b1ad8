"""Which mask the engine "mask" starts from."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from cutaway.errors import InputError
from cutaway.picture.matte import seen_through
from cutaway.picture.model import Picture

Mask = NDArray[Any] | None


def chosen(picture: Picture, given: Mask, selection: Mask, mask: Mask) -> tuple[NDArray[Any], Mask, Mask]:
    """(the matte to start from, the selection and the layer mask that are still to be applied).

    The first of: ``given``; the layer's ``mask``; the ``selection``; the picture's own transparency. What is taken is
    not applied a second time. Raises InputError where there is none of them.
    """
    if given is not None:
        return given, selection, mask
    if mask is not None:
        return mask, selection, None
    if selection is not None:
        return selection, None, None
    alpha = seen_through(picture)
    if alpha is not None:
        return alpha, None, None
    raise InputError(
        "There is no mask to start from: the layer has no layer mask and no transparency, and nothing is selected.",
        "Select the subject roughly or paint a layer mask, or choose another engine.")
