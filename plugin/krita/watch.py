"""Shows the hidden source again where the result is undone, and hides it again where it is redone.

Krita's API hides a layer without a step of Undo (core/decisions/krita-hiding-the-source.md), so that Undo alone would
take the result away and leave nothing to be seen. Where Krita's Flatten or Merge put another layer in the place of the
new one, the source stays hidden.
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
        seen = {}
        for pair in self._pairs:
            pair.look(lambda node: _inside(node, seen))
        if not self._pairs:
            self._timer.stop()


def _inside(node, seen):
    """The ids of what is right in the node. ``seen``: those of this look, so that many pairs cost no more than one."""
    name = node.uniqueId().toString()
    if name not in seen:
        seen[name] = {each.uniqueId().toString() for each in node.childNodes() or []}
    return seen[name]


class _Pair:
    """``known``: the ids of all that has been beside the two while both were there. ``shown``: the source, by this.

    What two looks have seen counts: Krita takes one layer away and puts another in at different moments.
    """

    def __init__(self, document, source, new):
        self.document = document
        self._source = source
        self._new = new
        self._parent = new.parentNode()
        self._there = True
        self._changing = False
        self._shown = False
        self._tries = 0
        self._last = set().union(*(_inside(node, {}) for node in self._places()))
        self._known = set(self._last)

    def look(self, inside):
        """``inside(node)``: the ids of what is right in the node."""
        if not layers.is_in(self.document, self._source):
            return
        there = layers.is_in(self.document, self._new)
        if there:
            self._parent = self._new.parentNode()
            beside = set().union(*(inside(node) for node in self._places()))
            self._known |= beside & self._last
            self._last = beside
        self._changing = there != self._there and not self._changing
        if self._changing:
            return
        if there != self._there:
            self._there = there
            self._tries = TRIES
            if self._source.visible() == there and (self._shown if there else not self._is_replaced(inside)):
                self._source.setVisible(not there)
                self._shown = not there
                self.document.refreshProjection()
        elif self._tries:
            # Krita has no active layer after its active mask was undone, and takes a while to know that itself.
            self._tries -= 1
            if self.document.activeNode() is None:
                self.document.setActiveNode(self._new if there else self._source)

    def _is_replaced(self, inside):
        """Whether something never seen has come with the new layer's going: flattened or merged, it goes on in that."""
        return any(inside(node) - self._known for node in self._places())

    def _places(self):
        """Where the two are, or were."""
        places = [self._source.parentNode(), self._parent]
        return [node for node in places if node is not None and layers.is_in(self.document, node)]
