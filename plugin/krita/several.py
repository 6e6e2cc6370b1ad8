"""Remove Background on one layer after another: all of a picture, or one of every open picture.

Each result is an Undo step of its own. What fails does not stop the others; a cancel does.
"""

import json
import time

from krita import Krita

from . import krita_host, layers, result
from .cutaway_bridge import errors, many
from .running import Progress, Run

CANCELLED = "Cancelled."


class Piece:
    """A layer to be done. ``name``: for the report. ``node``: None for the layer that is active when its turn comes.

    ``again``: whether a layer that has been cut out already is done once more. ``hidden_stays``: whether the cut-out of
    a hidden layer is hidden, too.
    """

    stays = True
    """Whether the user has its picture before them when it is done."""

    def __init__(self, name, document, node=None, again=False, hidden_stays=False):
        self.name = self.title = name
        self._document = document
        self._node = node
        self._again = again
        self._hidden_stays = hidden_stays

    def host(self):
        """The host for it. Raises BridgeError, or many.Skipped."""
        if not layers.is_open(Krita.instance().documents(), self._document):
            raise errors.BridgeError(errors.INPUT, "The picture was closed meanwhile.", "Open it and try again.")
        node = layers.chosen(self._document) if self._node is None else layers.usable(self._node)
        if not layers.is_in(self._document, node):
            raise errors.BridgeError(errors.INPUT, "The layer was removed meanwhile.", "Try again.")
        if not self._again and is_done(self._document, node):
            raise many.Skipped()
        return krita_host.KritaHost(self._document, node, hidden_stays=self._hidden_stays)

    def outcome(self, host):
        """What was made by the run on ``host``, by name, and the notes. May raise BridgeError."""
        return [host.new_layer.name()], host.notes

    def close(self):
        """It is over, however it went."""

    def size(self):
        """(width, height) of what a run would hand over; None where there would be no run, or nothing in the layer."""
        try:
            host = self.host()
        except (errors.BridgeError, many.Skipped):
            return None
        return layers.size(host.document, host.node)


class Several:
    """Works off the ``pieces``. ``connect()`` gives a client, ``slot`` wraps what Qt calls, ``later`` does it soon.

    ``done(host)`` is called for every layer that was done, ``ended(several)`` once at the end: ``report`` then says
    what came of each, ``hosts`` are those that were done, ``left`` counts those that a cancel has left, ``failures``
    are the BridgeErrors of the others. ``error``: why the whole ended early: the report could not be written.
    ``report``: may be given, as one with a file.
    """

    def __init__(self, pieces, settings, connect, slot, later, done, ended, modal=False, report=None):
        self.report = many.Report(settings) if report is None else report
        self.hosts = []
        self.failures = []
        self.error = None
        self.stopped = False
        self._pieces = list(pieces)
        self._count = len(self._pieces)
        self._settings = settings
        self._connect, self._slot, self._later = connect, slot, later
        self._done, self._ended = done, ended
        self._run = None
        self._began = 0.0
        self._over = False
        self._progress = Progress(slot(self.cancel), slot(self.abandon), modal)

    @property
    def left(self):
        return self._count - len(self.report.lines)

    def start(self):
        self._progress.show()
        self._later(0, self.step)

    def cancel(self):
        """The user does not want any more of it."""
        self.stopped = True
        if self._run is not None:
            self._run.cancel()

    def abandon(self):
        """Krita is going: ends everything now and tells nobody."""
        self._over = True
        if self._run is not None:
            self._run.abandon()

    def step(self):
        """Begins with the next piece that can be begun; the end where there is none."""
        while self._pieces and not self.stopped and not self._over:
            piece = self._pieces.pop(0)
            self._began = time.monotonic()
            try:
                host = piece.host()
                settings = host.fitting(self._settings)
            except (errors.BridgeError, many.Skipped) as reason:
                self._tell(piece, None, reason)
                continue
            except Exception as error:  # a defect: the others go on, and it is shown by the slot
                self._tell(piece, None, error)
                self._later(0, self.step)
                raise
            share = many.Share(self._progress.tell, self._count - len(self._pieces) - 1, self._count, piece.title)
            self._run = Run(
                host, settings, self._connect(), self._slot,
                lambda run, error, told, piece=piece: self._after(piece, run, error), _Part(share))
            self._run.start()
            return
        if not self._over:
            self._over = True
            self._progress.end()
            self._close_report()
            self._ended(self)

    def _after(self, piece, run, error):
        self._run = None
        if self._over:
            return
        if error is not None and getattr(error, "code", "") == errors.CANCELLED:
            self.stopped = True
            piece.close()
        else:
            self._tell(piece, run.host, error)
        # Not from within the step that has ended: its timer is still at work.
        self._later(0, self.step)

    def _tell(self, piece, host, error):
        def outcome():
            if error is not None:
                raise error
            return piece.outcome(host)

        if isinstance(error, errors.BridgeError):
            self.failures.append(error)
        try:
            self.report.attempt(piece.name, outcome)
        except errors.BridgeError as reason:
            self.error, self.stopped = reason, True
        finally:
            piece.close()
        line = self.report.lines[-1]
        line["seconds"] = round(time.monotonic() - self._began, 3)
        if line["state"] == many.DONE and piece.stays:
            self.hosts.append(host)
            self._done(host)

    def _close_report(self):
        try:
            if self.stopped:
                self.report.stop(self.error or errors.BridgeError(errors.CANCELLED, CANCELLED))
            else:
                self.report.finish()
        except errors.BridgeError as error:
            self.error = self.error or error

    def summary(self, what):
        """(one sentence, the lines below it) for the user. ``what``: "layers" or "pictures"."""
        first, _, rest = self.report.summary(what, self._count).partition("\n")
        if self.stopped:
            first = f"{CANCELLED} {first} {self.left} not begun or not finished."
        return first, rest


class _Part:
    """A run's progress as a part of that of all; the window is opened and closed by :class:`Several`."""

    def __init__(self, share):
        self.tell = share

    def show(self):
        pass

    def end(self):
        pass


def of_layers(document):
    """A piece for every layer that is no group, from the top down, in groups and hidden ones too."""
    return [Piece(node.name(), document, node, hidden_stays=True) for node in _leaves(document.rootNode())]


def of_documents(documents):
    """A piece for the active layer of every picture."""
    return [Piece(_title(document), document) for document in documents]


def is_done(document, node):
    """Whether the layer is a cut-out, or has its own right above it, or a mask of this plug-in."""
    if _has_settings(document, node):
        return True
    beside = node.parentNode().childNodes()
    place = next(number for number, each in enumerate(beside) if each.uniqueId() == node.uniqueId())
    above = beside[place + 1] if place + 1 < len(beside) else None
    return above is not None and above.name().startswith(f"{node.name()} (cutout)") and _has_settings(document, above)


def _has_settings(document, node):
    """Kept settings outlive Undo, so the mask that they are about must be there, too."""
    name = result.kept_name(result.SETTINGS, node)
    if name not in document.annotationTypes():
        return False
    try:
        mask = json.loads(bytes(document.annotation(name)).decode("utf-8"))["mask"]
    except (ValueError, KeyError, TypeError):
        return False
    return any(each.uniqueId().toString() == mask for each in node.childNodes() or [])


def _leaves(node):
    for each in reversed(node.childNodes() or []):
        if each.type() == "grouplayer":
            yield from _leaves(each)
        elif each.type() in layers.LAYERS:
            yield each


def _title(document):
    path = document.fileName()
    return path.replace("\\", "/").rsplit("/", 1)[-1] or document.name() or "a new picture"
