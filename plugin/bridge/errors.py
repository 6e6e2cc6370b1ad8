"""What the bridge and the adapters raise for the user, and the codes that they raise by themselves.

The worker's own errors keep their codes (core/cutaway/errors.py); a test holds those that are repeated here equal.
Python 2.7 and 3.
"""

from __future__ import absolute_import

import errno
import sys

CANCELLED = "cancelled"
DISK_FULL = "disk_full"
ERROR = "error"
INPUT = "input"
NOT_INSTALLED = "not_installed"
PROTOCOL = "protocol"
SETTINGS_INVALID = "settings_invalid"
VERSION_MISMATCH = "version_mismatch"
WORKER_BUSY = "worker_busy"
WORKER_LOST = "worker_lost"


class BridgeError(Exception):
    """Something the user must be told.

    ``code`` is stable, ``message`` is one sentence, ``hint`` says what to do. ``log`` is the tail of the worker's log
    where the worker ended by itself, else empty.
    """

    def __init__(self, code, message, hint=u"", log=u""):
        Exception.__init__(self, message)
        self.code = code
        self.message = message
        self.hint = hint
        self.log = log

    def text(self):
        """Message and hint in one line."""
        return (u"%s %s" % (self.message, self.hint)).rstrip()

    def __str__(self):
        text = self.text()
        return text.encode("utf-8") if sys.version_info[0] == 2 else text


def disk_full():
    """The error for a disk without room."""
    return BridgeError(DISK_FULL, u"The disk is full.", u"Free some space and try again. The layer is as it was.")


def gone():
    """The error for a picture or a layer that the user has closed or removed while the worker was at work on it."""
    return BridgeError(
        INPUT, u"The picture was closed or the layer removed meanwhile; nothing was changed.",
        u"Open the picture and try again.")


def resized():
    """The error for a layer that the user has scaled, cropped or turned while the worker was at work on it."""
    return BridgeError(INPUT, u"The layer's size was changed meanwhile; nothing was put in.", u"Try again.")


def is_disk_full(error):
    """Whether an IOError or OSError says that there is no room."""
    return error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def from_answer(error):
    """The BridgeError for the ``error`` object of an answer. Anything may be in it: the other side is not trusted."""
    error = error if isinstance(error, dict) else {}
    data = error.get("data")
    data = data if isinstance(data, dict) else {}
    message = error.get("message") or u"The background process reported an error without a text."
    return BridgeError(data.get("code") or ERROR, message, data.get("hint") or u"")
