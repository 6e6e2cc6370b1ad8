"""One connection: JSON messages, one a line. Python 2.7 and 3."""

from __future__ import absolute_import

import errno
import json
import socket

from . import errors, protocol

_AGAIN = (errno.EAGAIN, errno.EWOULDBLOCK, errno.EINTR)
_NO_SIGNAL = getattr(socket, "MSG_NOSIGNAL", 0)
_SEND_S = 10.0
_CHUNK = 65536


class Connection(object):
    """Owns a connected socket. Raises BridgeError worker_lost when the other side has gone, protocol when it errs."""

    def __init__(self, link):
        self._link = link
        self._rest = b""
        self._ended = False

    def send(self, message):
        """Sends one message."""
        line = json.dumps(message).encode("ascii") + b"\n"
        if len(line) > protocol.MAX_LINE:
            raise errors.BridgeError(errors.PROTOCOL, u"The request is too long.", u"Use shorter names.")
        try:
            self._link.settimeout(_SEND_S)
            while line:
                line = line[self._link.send(line, _NO_SIGNAL):]
        except (IOError, OSError, socket.timeout):
            self._ended = True
            raise lost()

    def receive(self, timeout):
        """The messages that have come, after waiting for the first at most ``timeout`` seconds; [] where none came."""
        lines = self._split()
        if not lines and self._fill(timeout):
            lines = self._split()
        if not lines and self._ended:
            raise lost()
        return [_parsed(line) for line in lines]

    def close(self):
        self._ended = True
        self._link.close()

    def _fill(self, timeout):
        """True where bytes have come."""
        if self._ended:
            return False
        try:
            self._link.settimeout(max(0.0, timeout))
            data = self._link.recv(_CHUNK)
        except socket.timeout:
            return False
        except (IOError, OSError) as error:
            if error.errno in _AGAIN:
                return False
            data = b""
        self._rest += data
        self._ended = not data
        if len(self._rest) > protocol.MAX_LINE and b"\n" not in self._rest:
            self.close()
            raise errors.BridgeError(
                errors.PROTOCOL, u"The background process sent a message without an end.", u"Try again.")
        return bool(data)

    def _split(self):
        lines = self._rest.split(b"\n")
        self._rest = lines.pop()
        return [line for line in lines if line.strip()]


def lost():
    """The error for a connection that has ended."""
    return errors.BridgeError(errors.WORKER_LOST, u"The background process ended unexpectedly.", u"Try again.")


def id_of(message):
    """The id of the request that a message belongs to, or None."""
    if "id" in message:
        return message["id"]
    params = message.get("params")
    return params.get("id") if isinstance(params, dict) else None


def answer_of(message):
    """The result in a terminal answer. Raises its error as BridgeError."""
    if "error" in message:
        raise errors.from_answer(message["error"])
    return message.get("result")


def progress_of(message):
    """(fraction, text) of a progress notification."""
    params = message["params"]
    fraction = params.get("fraction")
    return (float(fraction) if isinstance(fraction, (int, float)) else 0.0), params.get("text") or u""


def _parsed(line):
    try:
        message = json.loads(line.decode("utf-8"))
    except ValueError:
        message = None
    if not isinstance(message, dict):
        raise errors.BridgeError(
            errors.PROTOCOL, u"The background process sent something that is not a message.",
            u"Run: cutaway worker stop, and try again.")
    return message
