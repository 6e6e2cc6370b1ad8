"""Finds what the installer made: the home folder, and in it the record of the environment. Python 2.7 and 3.

The home folder is the first of: the environment variable CUTAWAY_HOME; ``cutaway-home.json`` ({"home": "..."}),
written by the installer beside this package's folder or one folder up; the platform's folder for an application's data,
the same that core/cutaway/home.py takes.
"""

from __future__ import absolute_import

import io
import json
import os
import sys

from . import errors

HOME_FILE = "cutaway-home.json"
RECORD = "installed.json"

_HINT = u"Install Cutaway first: in its folder run  python3 -m installers"


class Installation(object):
    """``home``: the folder. ``python``: the environment's interpreter. ``version``, ``protocol``: of the core in it."""

    def __init__(self, home, python, version, protocol):
        self.home = home
        self.python = python
        self.version = version
        self.protocol = protocol

    @property
    def run(self):
        """Lock, log, token and job folders of the worker."""
        return os.path.join(self.home, "run")

    @property
    def log(self):
        return os.path.join(self.run, "worker.log")


def find():
    """The :class:`Installation`. Raises BridgeError not_installed where there is none."""
    return read(find_home())


def read(home):
    """The :class:`Installation` in ``home``. Raises BridgeError not_installed where there is none."""
    path = os.path.join(home, RECORD)
    if not os.path.exists(path):
        raise errors.BridgeError(
            errors.NOT_INSTALLED, u"Cutaway's environment is not installed in %s." % text(home), _HINT)
    said = _object(path)
    python, version, protocol = said.get("python"), said.get("version"), said.get("protocol")
    if not python or not version or not isinstance(protocol, int):
        raise errors.BridgeError(errors.NOT_INSTALLED, u"The installer's record %s is damaged." % text(path), _HINT)
    python = native(python)
    if not os.path.exists(python):
        raise errors.BridgeError(
            errors.NOT_INSTALLED, u"Cutaway's environment is gone: there is no %s." % text(python), _HINT)
    return Installation(home, python, version, protocol)


def find_home():
    """The home folder's path, whether it exists or not."""
    said = os.environ.get("CUTAWAY_HOME", "") or _home_said_beside()
    if said:
        return os.path.abspath(os.path.expanduser(native(said)))
    return default_home(sys.platform, os.environ)


def default_home(platform, environ):
    """Where the platform keeps an application's data."""
    if platform == "win32":
        local = environ.get("LOCALAPPDATA") or os.path.join(os.path.expanduser("~"), "AppData", "Local")
        return os.path.join(local, "cutaway")
    said = environ.get("XDG_DATA_HOME", "")
    if os.path.isabs(said):
        return os.path.join(said, "cutaway")
    parts = ("Library", "Application Support") if platform == "darwin" else (".local", "share")
    return os.path.join(os.path.expanduser("~"), *(parts + ("cutaway",)))


def native(path):
    """``path`` as this Python's own kind of string: Python 2 cannot open every unicode path where the locale is C."""
    if sys.version_info[0] == 2 and os.name != "nt" and not isinstance(path, str):
        return path.encode("utf-8")
    return path


def text(path):
    """``path`` to be shown to the user."""
    return path.decode("utf-8", "replace") if isinstance(path, bytes) else path


def _home_said_beside():
    folder = os.path.dirname(os.path.abspath(__file__))
    for _ in range(2):
        folder = os.path.dirname(folder)
        path = os.path.join(folder, HOME_FILE)
        if os.path.exists(path):
            return _object(path).get("home", "")
    return ""


def _object(path):
    """The JSON object in the file, or an empty one where there is none in it."""
    try:
        with io.open(path, encoding="utf-8") as stream:
            said = json.load(stream)
    except (IOError, OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
