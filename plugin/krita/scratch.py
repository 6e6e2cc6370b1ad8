"""A copy of a layer as the user sees it, in sRGB with 8 bits, that leaves no trace in the user's document.

Converting a duplicate (``setColorSpace``) would put a step on the user's undo stack; compositing it alone in a document
of its own does not, and takes groups, vectors, files, CMYK, Lab and gray alike.
"""

from krita import Krita

from . import layers

SRGB = "sRGB-elle-V2-srgbtrc.icc"


class Document:
    """``with`` gives a new document without layers, of ``like``'s size and resolution, and closes it."""

    def __init__(self, like, model="RGBA", depth="U8", profile=SRGB):
        self.made = Krita.instance().createDocument(
            like.width(), like.height(), "scratch", model, depth, profile, like.xRes())
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
    """``node`` of ``document``, at ``frame`` (x, y, width, height). ``with`` closes it; read after :meth:`ready`."""

    def __init__(self, document, node, frame):
        super().__init__(document)
        x, y, self.width, self.height = frame
        copy = node.duplicate()
        copy.setVisible(True)
        copy.setOpacity(255)
        copy.setBlendingMode("normal")
        copy.setInheritAlpha(False)
        if copy.type() == "grouplayer":
            copy.setPassThroughMode(False)
        self.made.rootNode().addChildNode(copy, None)
        if layers.has_vectors(copy):
            self._place = x, y  # moving the canvas leaves vectors where they are; their frame is inside it
            self.made.waitForDone()  # they are drawn some time later, and only this draws them at once
        else:
            self._place = 0, 0
            self.made.resizeImage(x, y, self.width, self.height)  # a projection ends at its canvas
        self.made.refreshProjection()

    def ready(self):
        """Whether it is drawn; asks without waiting."""
        return is_idle(self.made)

    def read(self, y, rows):
        """Bytes of ``rows`` rows from ``y``: blue, green, red, alpha."""
        left, top = self._place
        return bytes(self.made.pixelData(left, top + y, self.width, rows))


def is_idle(document):
    """Whether Krita has finished all work on the document; asks without waiting."""
    if not document.tryBarrierLock():
        return False
    document.unlock()
    return True
