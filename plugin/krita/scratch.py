"""A copy of a layer as the user sees it, in sRGB with 8 bits, that leaves no trace in the user's document.

Converting a duplicate (``setColorSpace``) would put a step on the user's undo stack; compositing it alone in a document
of its own does not, and takes groups, vectors, files, CMYK, Lab and gray alike.
"""

from krita import Krita

from . import layers
from .cutaway_bridge import errors

SRGB = "sRGB-elle-V2-srgbtrc.icc"
STRIP_PIXELS = 750_000


class Document:
    """``with`` gives a new document without layers, of ``like``'s resolution, and closes it.

    ``size``: (width, height), ``like``'s where it is None.
    """

    def __init__(self, like, model="RGBA", depth="U8", profile=SRGB, size=None):
        width, height = size or (like.width(), like.height())
        self.made = Krita.instance().createDocument(width, height, "scratch", model, depth, profile, like.xRes())
        self.made.setBatchmode(True)
        for each in self.made.topLevelNodes():
            each.remove()

    def __enter__(self):
        return self.made

    def __exit__(self, kind, value, trace):
        self.close()

    def close(self):
        """Closes it; again does nothing."""
        if self.made is not None:
            self.made.waitForDone()
            self.made.setModified(False)
            self.made.close()
            self.made = None


class Scratch(Document):
    """``node`` of ``document``, at ``frame`` (x, y, width, height). ``with`` closes it; read after :meth:`ready`.

    Krita stands still while it composites. So where that gives the same, the canvas is a strip of the frame that is
    moved down over the layer, and no more than a strip is composited at a time. ``rows``: how many to read at once.

    ``check`` raises where the layer is not there any more: Krita lets the user go on, and close the picture, while it
    makes a document, and crashes over a layer of one that is closed.
    """

    def __init__(self, document, node, frame, check):
        self._left, self._top, self.width, height = frame
        self._at = None
        self.rows = height
        if not layers.is_the_same_in_strips(node):
            super().__init__(document)
            self._add(node, check)
            self._show_all(height)
            return
        self.rows = min(height, max(1, STRIP_PIXELS // self.width))
        super().__init__(document, size=(self.width, self.rows))
        self._at = 0, 0, self.rows
        self._add(node, check)

    def _add(self, node, check):
        try:
            check()
        except errors.BridgeError:
            self.close()
            raise
        copy = node.duplicate()
        copy.setVisible(True)
        copy.setOpacity(255)
        copy.setBlendingMode("normal")
        copy.setInheritAlpha(False)
        if copy.type() == "grouplayer":
            copy.setPassThroughMode(False)
        self.made.rootNode().addChildNode(copy, None)

    def _show_all(self, height):
        node = self.made.topLevelNodes()[0]
        self._place = 0, 0
        if layers.stays_put(node):
            self._place = self._left, self._top  # so the canvas is not moved; the frame is inside
            self.made.waitForDone()  # vectors are drawn some time later, and only this draws them at once
        else:
            self.made.resizeImage(self._left, self._top, self.width, height)  # a projection ends at its canvas
        self.made.refreshProjection()

    def ready(self):
        """Whether it is drawn; asks without waiting."""
        return is_idle(self.made)

    def read(self, y, rows):
        """Bytes of ``rows`` rows from ``y``, at most ``self.rows``: blue, green, red, alpha."""
        if self._at is None:
            left, top = self._place
            return bytes(self.made.pixelData(left, top + y, self.width, rows))
        wanted = self._left, self._top + y, rows
        if wanted != self._at:
            self.made.resizeImage(wanted[0] - self._at[0], wanted[1] - self._at[1], self.width, rows)
            self.made.waitForDone()
            self._at = wanted
        return bytes(self.made.pixelData(0, 0, self.width, rows))


def is_idle(document):
    """Whether Krita has finished all work on the document; asks without waiting."""
    if not document.tryBarrierLock():
        return False
    document.unlock()
    return True
