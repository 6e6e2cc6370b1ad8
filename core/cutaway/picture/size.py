"""The size of a picture file by its header alone."""

from __future__ import annotations

import os
from pathlib import Path

from cutaway.errors import PictureUnreadable
from cutaway.picture import decode, read


def size(path: str | os.PathLike[str]) -> tuple[int, int]:
    """(width, height) as stored: a picture that lies on its side may have them swapped.

    Nothing is decoded, however large the picture says it is, unless its kind is one that Pillow does not know. Raises
    PictureUnreadable and PictureUnsupported as :func:`cutaway.picture.read.read` does.
    """
    path = Path(path)
    with read.opened(path) as stream:
        try:
            with decode.open_image(stream, path.name) as image:
                return image.width, image.height
        except PictureUnreadable:
            pass
    whole, _ = read.read(path)  # kinds that Pillow does not know, and the right words for what is no picture
    return whole.width, whole.height
