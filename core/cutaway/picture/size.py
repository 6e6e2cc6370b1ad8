"""The size of a picture file by its header alone."""

from __future__ import annotations

import os
import warnings

from PIL import Image

from cutaway.picture import read


def size(path: str | os.PathLike[str]) -> tuple[int, int]:
    """(width, height) as stored: a picture that lies on its side may have them swapped.

    Raises PictureUnreadable and PictureUnsupported as :func:`cutaway.picture.read.read` does.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # nothing is decoded here
            with Image.open(path) as picture:
                return picture.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        whole, _ = read.read(path)  # kinds that Pillow does not know, and the right words for what is no picture
        return whole.width, whole.height
