"""Squares of colour on their way into a layer, for hosts without numpy. Python 2.7 and 3."""

from __future__ import absolute_import

import array

# By bytes of a sample. Samples are only moved, so the last may be a float's.
_KINDS = {1: "B", 2: "H", 4: "I", 8: "d"}


def fitting(origins, side, width, height):
    """(index, x, y, width, height) of the part of each tile that lies in the layer, where there is one."""
    for index, (x, y) in enumerate(origins):
        across, down = min(side, width - x), min(side, height - y)
        if across > 0 and down > 0:
            yield index, x, y, across, down


def clipped(tile, side, pixel_bytes, width, height):
    """The top left ``width`` x ``height`` pixels of a square tile's bytes."""
    row = side * pixel_bytes
    if width == side:
        return tile[:height * row]
    return b"".join(tile[y * row:y * row + width * pixel_bytes] for y in range(height))


def with_alpha(colour, pixels, colours, sample):
    """``pixels`` (with alpha, ``sample`` bytes a sample) with its ``colours`` colour samples replaced by those of
    ``colour``, as bytes."""
    out = array.array(_KINDS[sample], bytes(pixels))
    new = array.array(_KINDS[sample], bytes(colour))
    for channel in range(colours):
        out[channel::colours + 1] = new[channel::colours]
    return out.tobytes() if hasattr(out, "tobytes") else out.tostring()
