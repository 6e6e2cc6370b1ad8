"""Starts the worker: one start at a time, detached from the editor and from its environment. Python 2.7 and 3."""

from __future__ import absolute_import

import os
import subprocess
import sys
import threading

from .installation import text

try:
    import fcntl
except ImportError:
    fcntl = None
    import msvcrt

# The editor's own interpreter, libraries and plug-ins must not reach the worker.
_UNWANTED = ("PYTHON", "LD_", "GI_", "GIMP", "GEGL", "BABL", "DYLD_")
KEY_VARIABLE, URL_VARIABLE = "CUTAWAY_TOPAZ_API_KEY", "CUTAWAY_TOPAZ_URL"
# Nor what is this program's own affair: the worker serves others too, and each connection says its own (key.use).
_UNWANTED_NAMES = ("QT_PLUGIN_PATH", "__PYVENV_LAUNCHER__", KEY_VARIABLE, URL_VARIABLE)

ALREADY_RUNNING = 3
"""The worker's exit status where another one holds the lock."""

_LOG_TAIL = 2000
_WINDOWS_FLAGS = 0x00000008 | 0x00000200  # DETACHED_PROCESS, CREATE_NEW_PROCESS_GROUP


class Lock(object):
    """A lock between processes. The system frees it when its holder ends, however it ends."""

    def __init__(self, path):
        self._path = path
        self._stream = None

    def take(self):
        """True where the lock is now held; never waits."""
        stream = open(self._path, "ab")
        try:
            if fcntl:
                fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            else:
                stream.seek(0)
                msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except (IOError, OSError):
            stream.close()
            return False
        self._stream = stream
        return True

    def free(self):
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def clean_environment(environ):
    """``environ`` without what editors set for themselves, and without what is said for each connection."""
    return {
        name: value for name, value in environ.items()
        if not name.upper().startswith(_UNWANTED) and name not in _UNWANTED_NAMES}


def of_the_service(environ):
    """What ``environ`` says of the cloud service: the parameters of key.use, maybe none."""
    found = (("key", environ.get(KEY_VARIABLE, "")), ("url", environ.get(URL_VARIABLE, "")))
    return {name: text(value.strip()) for name, value in found if value.strip()}


def command(installation):
    """The worker's command line. Never this process's own interpreter: it may be the editor's."""
    return [installation.python, "-I", "-m", "cutaway.worker", "--home", installation.home]


def start(installation):
    """The started process, in a session of its own, its output in the log."""
    detached = {}
    if os.name == "nt":
        detached["creationflags"] = _WINDOWS_FLAGS
    elif sys.version_info[0] == 2:
        detached["preexec_fn"] = os.setsid
    else:
        detached["start_new_session"] = True
    descriptor = os.open(installation.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        with open(os.devnull, "rb") as nothing:
            return subprocess.Popen(
                command(installation), stdin=nothing, stdout=descriptor, stderr=descriptor, cwd=installation.home,
                env=clean_environment(os.environ), close_fds=os.name != "nt" or sys.version_info[0] > 2, **detached)
    finally:
        os.close(descriptor)


def reap(process):
    """Waits for the worker's end aside, so that it does not stay a zombie in an editor that lives long."""
    waiting = threading.Thread(target=process.wait)
    waiting.daemon = True
    waiting.start()


def log_tail(installation):
    """The last lines of the worker's log, or an empty text."""
    try:
        with open(installation.log, "rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - _LOG_TAIL))
            tail = stream.read().decode("utf-8", "replace")
    except (IOError, OSError):
        return u""
    return tail if len(tail) < _LOG_TAIL else tail.partition(u"\n")[2]
