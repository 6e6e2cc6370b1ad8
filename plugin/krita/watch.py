"""Shows the hidden source again where the result is undone, and hides it again where it is redone.

Krita's API hides a layer without a step of Undo (core/decisions/krita-hiding-the-source.md), so that Undo alone would
take the result away and leave nothing to be seen.
"""

from krita import Krita

from . import layers
from .qt import QtCore

INTERVAL_MS = 250
TRIES = 4


class Watch:
    """Looks after all results of this Krita as long as their documents are open. :meth:`slot` wraps what Qt calls."""

    def __init__(self, slot):
        self._pairs = []
        self._timer = QtCore.QTimer()
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(slot(self.look))

    def add(self, document, source, new):
        """``source`` was hidden for ``new``."""
        self._pairs.append(_Pair(document, source, new))
        self._timer.start()

    def look(self):
        """One look at every document that is still open."""
        documents = Krita.instance().documents()
        self._pairs = [pair for pair in self._pairs if layers.is_open(documents, pair.document)]
        for pair in self._pairs:
            pair.look()
        if not self._pairs:
            self._timer.stop()


class _Pair:
    def __init__(self, document, source, new):
        self.document = document
        self._source = source
        self._new = new
        self._there = True
        self._tries = 0

    def look(self):
        there = layers.is_in(self.document, self._new)
        if not layers.is_in(self.document, self._source):
            return
        if there != self._there:
            self._there = there
            self._tries = TRIES
            if self._source.visible() == there:
                self._source.setVisible(not there)
                self.document.refreshProjection()
        elif self._tries:
            # Krita has no active layer after its active mask was undone, and takes a while to know that itself.
            self._tries -= 1
            if self.document.activeNode() is None:
                self.document.setActiveNode(self._new if there else self._source)
