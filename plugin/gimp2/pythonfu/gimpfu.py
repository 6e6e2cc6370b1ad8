"""A module compatible with GIMP 2.10's Python-Fu, for builds that have none: ``from gimpfu import *``.

It talks to libgimp by ctypes and runs in Python 2.7 and 3. What it covers, and what not: README.md.
"""

from __future__ import absolute_import

import gimp
import gimpfu_pdb
from gimp import pdb  # noqa: F401  part of this module
from gimpenums import *  # noqa: F403  Python-Fu's names for plug-ins
from gimpfu_fields import (  # noqa: F401  part of this module
    PF_ADJUSTMENT, PF_BOOL, PF_BRUSH, PF_CHANNEL, PF_COLOR, PF_COLOUR, PF_DIRNAME, PF_DISPLAY, PF_DRAWABLE, PF_FILE,
    PF_FILENAME, PF_FLOAT, PF_FONT, PF_GRADIENT, PF_IMAGE, PF_INT, PF_INT8, PF_INT16, PF_INT32, PF_ITEM, PF_LAYER,
    PF_OPTION, PF_PALETTE, PF_PATTERN, PF_RADIO, PF_SLIDER, PF_SPINNER, PF_STRING, PF_TEXT, PF_TOGGLE, PF_VALUE,
    PF_VECTORS)
from gimpfu_run import main, register  # noqa: F401  part of this module

error = gimpfu_pdb.error
CancelError = gimpfu_pdb.CancelError


def fail(message):
    """Tells the user and ends the procedure with an error."""
    gimp.message(message)
    raise error(message)


def N_(message):
    """Marks a text as one to be translated."""
    return message
