"""Which mask the engine "mask" starts from."""

from __future__ import annotations

from typing import Any, NamedTuple

from numpy.typing import NDArray

from cutaway.errors import InputError
from cutaway.picture.matte import seen_through
from cutaway.picture.model import Picture

Mask = NDArray[Any] | None


class Start(NamedTuple):
    """The matte to start from, and the selection and the layer mask that are still to be applied.

    ``alpha``: the picture's transparency where that is what is taken: the layer keeps it, so it is not to be in the
    mask as well.
    """

    matte: NDArray[Any]
    selection: Mask
    mask: Mask
    alpha: Mask = None


def chosen(picture: Picture, given: Mask, selection: Mask, mask: Mask) -> Start:
    """The first of: ``given``; the layer's ``mask``; the ``selection``; the picture's own transparency.

    What is taken is not applied a second time. Raises InputError where there is none of them.
    """
    if given is not None:
        return Start(given, selection, mask)
    if mask is not None:
        return Start(mask, selection, None)
    if selection is not None:
        return Start(selection, None, None)
    alpha = seen_through(picture)
    if alpha is not None:
        return Start(alpha, None, None, alpha)
    raise InputError(
        "There is no mask to start from: the layer has no layer mask and no transparency, and nothing is selected.",
        "Select the subject roughly or paint a layer mask, or choose another engine.")
