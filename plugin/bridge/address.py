"""Where the worker listens, and how to reach it. core/cutaway/worker/address.py holds the other end. Python 2.7 and 3.

A Unix socket in ``<home>/run`` (0700), or, where that path is too long for a socket, in a folder of the same kind in
the system's folder for temporary files; or TCP on the loopback address, with port and token in a file that only the
user can read. Every folder is refused unless it is the user's own and closed to others.
"""

from __future__ import absolute_import

import errno
import hashlib
import io
import json
import os
import socket
import stat
import tempfile

from . import errors
from .installation import text

SOCKET = "worker.sock"
TCP = "worker.tcp"
LOOPBACK = "127.0.0.1"
LONGEST = 100

_NOBODY_THERE = (errno.ENOENT, errno.ECONNREFUSED, errno.ECONNRESET, errno.EAGAIN, errno.ETIMEDOUT)


def wants_tcp(environ):
    """Whether a worker started from this environment is reached by TCP."""
    return not hasattr(socket, "AF_UNIX") or environ.get("CUTAWAY_TRANSPORT", "") == "tcp"


def socket_path(run):
    """The Unix socket's path for the folder ``run``."""
    path = os.path.join(run, SOCKET)
    if len(_encoded(path)) <= LONGEST:
        return path
    # Not the environment's TMPDIR: the editor, the terminal and the session may each have another one.
    base = "/tmp" if os.path.isdir("/tmp") else tempfile.gettempdir()
    name = hashlib.sha256(_encoded(os.path.realpath(run))).hexdigest()[:12]
    return os.path.join(base, "cutaway-%d-%s" % (os.getuid(), name), SOCKET)


def private_folder(path):
    """Makes the folder, or checks that it is this user's own and closed to others. Raises BridgeError."""
    try:
        os.makedirs(path, 0o700)
    except OSError as error:
        if error.errno != errno.EEXIST:
            raise errors.BridgeError(
                errors.ERROR, u"The folder %s cannot be made: %s." % (text(path), text(os.strerror(error.errno))),
                u"Make room for it or change the rights of the folder above it.")
    check_private(path)


def check_private(path):
    """Raises BridgeError where the folder is a link, another user's, or open to others. Windows has its own rights."""
    if not hasattr(os, "getuid"):
        return
    try:
        said = os.lstat(path)
    except OSError:
        return  # gone in this moment, and nobody can be reached through it
    if not stat.S_ISDIR(said.st_mode) or said.st_uid != os.getuid() or said.st_mode & 0o077:
        raise errors.BridgeError(
            errors.ERROR, u"The folder %s is open to other users or belongs to one." % text(path),
            u"Remove it, or run  chmod 700 on it if it is yours.")


def connect(run, timeout):
    """A pair (socket, token) where a worker listens, else None. The token is None on a Unix socket."""
    if not os.path.isdir(run):
        return None
    check_private(run)
    if hasattr(socket, "AF_UNIX"):
        path = socket_path(run)
        if os.path.exists(path):
            check_private(os.path.dirname(path))
            link = _open(socket.AF_UNIX, path, timeout)
            if link is not None:
                return link, None
    said = _tcp(os.path.join(run, TCP))
    if said is None:
        return None
    link = _open(socket.AF_INET, (LOOPBACK, said[0]), timeout)
    return None if link is None else (link, said[1])


def _open(family, where, timeout):
    link = socket.socket(family, socket.SOCK_STREAM)
    try:
        link.settimeout(timeout)
        link.connect(where)
    except socket.timeout:
        link.close()
        return None
    except (IOError, OSError) as error:
        link.close()
        if error.errno in _NOBODY_THERE:
            return None
        raise errors.BridgeError(
            errors.WORKER_LOST, u"The background process cannot be reached: %s." % text(str(error)),
            u"Run: cutaway worker stop, and try again.")
    return link


def _tcp(path):
    """(port, token) from the file, or None."""
    try:
        with io.open(path, encoding="utf-8") as stream:
            said = json.load(stream)
        return int(said["port"]), said["token"]
    except (IOError, OSError, ValueError, KeyError, TypeError):
        return None


def _encoded(path):
    if isinstance(path, bytes):
        return path
    return os.fsencode(path) if hasattr(os, "fsencode") else path.encode("utf-8")
