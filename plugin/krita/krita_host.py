"""The host port (cutaway_bridge/host.py) for Krita 5.1 to 6.0."""

import functools

from krita import Krita

from . import layers, pixels, place, result, scratch
from .cutaway_bridge import errors, host
from .cutaway_bridge.fitting import fitting

# Krita's masks have 8 bits whatever the document has.
MASK_DTYPE = "|u1"
SEVERAL_MASKS_BYTES = 1 << 20
"""Several masks are multiplied byte by byte: 0.15 s for so many."""

SCRATCH_KIND = pixels.kind_of("RGBA", "U8", scratch.SRGB)


class KritaHost(host.Host):
    """One layer of one document. ``with`` ends what it has opened; ``new_layer`` and ``new_mask`` are the result.

    ``hidden_stays``: whether the cut-out of a hidden layer is hidden, too. ``source_hidden``: whether the run has
    hidden the source. ``masks_taken``: whether the new mask is made from those that the layer has, and stands for them.
    ``forgettable``: names of what is kept in the document for layers that are gone for good.
    """

    name = "krita"
    strip_bytes = 4 << 20  # Krita stands still while a strip is read

    def __init__(self, document, node, hidden_stays=False):
        self.document = document
        self.node = node
        self.notes = []
        self.new_layer = None
        self.new_mask = None
        self.source_hidden = False
        self.hidden_stays = hidden_stays
        self.frame = None
        self.kind = None
        self._native = False
        self.stop = False
        self.told = (0.0, "")
        self.masks_taken = False
        self.forgettable = ()
        self._from_mask = False
        self._masks = []
        self._place = None
        self._scratch = None
        self._selection = None
        self._size = document.width(), document.height()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.close()

    def close(self):
        """Ends what the run has opened; again does nothing."""
        if self._scratch is not None:
            self._scratch.close()
            self._scratch = None

    def fitting(self, settings):
        """``settings`` without what this layer cannot have: colours are cleaned only where they can be written."""
        if settings["output"] == "mask" and self.node.type() == "grouplayer" and self.node.passThroughMode():
            raise errors.BridgeError(
                errors.INPUT, f"The group \"{self.node.name()}\" is in pass-through mode, where masks do nothing.",
                "Switch pass-through off, or choose a new layer as the result.")
        self._from_mask = settings["engine"] == "mask"
        if self._from_mask and settings["output"] == "mask" and layers.shown_masks(self.node):
            raise errors.BridgeError(
                errors.INPUT, f"The layer \"{self.node.name()}\" has a mask, which would stay and count twice.",
                "Choose a new layer as the result, or hide the mask to start from something else.")
        stay = layers.why_colours_stay(self.node, self._native_kind())
        settings, notes = fitting(settings, stay, mask_is_off=False)
        self.notes += notes
        return settings

    def open_source(self):
        self.check()
        self.frame = layers.frame(self.document, self.node)
        self._place = place.Place(self.node, self.frame)
        self._selection = self.document.selection()
        self.kind = None if layers.has_effects(self.node) else self._native_kind()
        self._native = self.kind is not None
        if not self._native:
            self.kind = SCRATCH_KIND
        self.forgettable = result.forgettable(self.document)
        # A mask that the layer has stays on it and on its copy, beside the new one: it is given away only where the new
        # one is made from it, and then hidden on the copy.
        self._masks = layers.shown_masks(self.node) if self._from_mask else []
        self.masks_taken = bool(self._masks)
        return host.Source(
            name=self.node.name(), width=self.frame[2], height=self.frame[3], channels=pixels.CHANNELS,
            dtype=self.kind.dtype, transfer=self.kind.transfer, profile=None,
            has_selection=self._selection is not None, has_mask=self.masks_taken, mask_dtype=MASK_DTYPE)

    def hand_over(self, job, source):
        """As the host port's, once Krita has finished its own work on the picture; again after a lost worker."""
        self.check()
        if len(self._masks) > 1:
            self.strip_bytes = min(self.strip_bytes, SEVERAL_MASKS_BYTES)
        try:
            if not self._native:
                self._scratch = scratch.Scratch(self.document, self.node, self.frame, self.check)
                self.strip_bytes = min(self.strip_bytes, self._scratch.rows * self.frame[2] * pixels.CHANNELS)
            while not (self._scratch.ready() if self._scratch else scratch.is_idle(self.document)):
                self.check()
                yield
            yield from host.Host.hand_over(self, job, source)
        finally:
            self.close()

    def read_pixels(self, y, rows):
        if self._scratch is not None:
            data = self._scratch.read(y, rows)
        else:
            self.check()
            left, top, width, _ = self.frame
            data = bytes(self.node.pixelData(left, top + y, width, rows))
        return pixels.reordered(data, self.kind)

    def read_selection(self, y, rows):
        self.check()
        left, top, width, _ = self.frame
        return bytes(self._selection.pixelData(left, top + y, width, rows))

    def read_mask(self, y, rows):
        self.check()
        left, top, width, _ = self.frame
        found = [bytes(mask.pixelData(left, top + y, width, rows)) for mask in self._masks]
        return functools.reduce(pixels.multiplied, found)

    def progress(self, fraction, text):
        self.told = fraction, text

    def cancelled(self):
        return self.stop

    def put_result(self, source, made):
        self.check()
        if self._place.changed():
            raise _moved()
        if made.output == "mask":
            yield from result.add_mask(self, made)
        else:
            yield from result.add_layer(self, made.layer_name(source), made)
        # Told last: a run that failed has no result that notes could be about.
        self.notes += made.notes
        if self.node.animated():
            self.notes.append(("animation", "The layer is animated: the one mask holds for all its frames."))

    def check(self):
        """Raises BridgeError where the picture or the layer is not there any more as it was."""
        if not layers.is_open(Krita.instance().documents(), self.document):
            raise errors.BridgeError(
                errors.INPUT, "The picture was closed meanwhile; nothing was changed.", "Open it and try again.")
        if (self.document.width(), self.document.height()) != self._size:
            raise errors.BridgeError(
                errors.INPUT, "The picture's size was changed meanwhile; nothing was put in.", "Try again.")
        if not layers.is_in(self.document, self.node):
            raise errors.BridgeError(
                errors.INPUT, "The layer was removed meanwhile; nothing was put in.", "Try again.")
        if self._place is not None and self._place.moved():
            raise _moved()

    def _native_kind(self):
        node = self.node
        if node.type() != "paintlayer":
            return None
        return pixels.kind_of(node.colorModel(), node.colorDepth(), node.colorProfile())


def _moved():
    return errors.BridgeError(
        errors.INPUT, "The layer was moved or changed meanwhile; nothing was put in.", "Run it again.")
