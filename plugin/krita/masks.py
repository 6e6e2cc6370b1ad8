"""New transparency masks, and what they hide."""

import os
import pathlib
import tempfile

from krita import Krita

from . import pixels, template
from .cutaway_bridge import errors

STRIP_BYTES = 8 << 20


def new(document, name):
    """A transparency mask that is in no document yet and hides everything."""
    if hasattr(document, "createTransparencyMask"):  # Krita 5.2
        return document.createTransparencyMask(name)
    mask = _from_template()
    mask.setName(name)
    return mask


def fill(mask, reader, x, y):
    """Generator: writes the values of an npy.Reader of shape (height, width), 8 or 16 bits, at x, y; yields often."""
    height, width = reader.shape
    rows = max(1, STRIP_BYTES // max(1, reader.row_bytes))
    for top in range(0, height, rows):
        part = min(rows, height - top)
        data = reader.read_rows(top, part)
        if reader.dtype == "<u2":
            data = pixels.to_8_bits(data)
        mask.setPixelData(data, x, y + top, width, part)
        yield


def _from_template():
    """Krita 5.1 makes masks without pixels; a copy of one that came out of a file has them."""
    handle, path = tempfile.mkstemp(suffix=".kra", prefix="cutaway-")
    os.close(handle)
    try:
        template.write(path)
        document = Krita.instance().openDocument(path)
        if document is None:
            raise errors.BridgeError(errors.ERROR, "Krita could not make a mask.", "Update Krita and try again.")
        try:
            return document.nodeByName(template.MASK).duplicate()
        finally:
            document.setBatchmode(True)
            document.setModified(False)
            document.close()
    finally:
        pathlib.Path(path).unlink()
