"""The host port (cutaway_bridge/host.py) for Krita 5.1 to 6.0."""

from krita import Krita

from . import layers, pixels, result, scratch
from .cutaway_bridge import errors, host
from .cutaway_bridge.fitting import fitting

# Krita's masks have 8 bits whatever the document has.
MASK_DTYPE = "|u1"
SCRATCH_KIND = pixels.kind_of("RGBA", "U8", scratch.SRGB)


class KritaHost(host.Host):
    """One layer of one document. ``with`` ends what it has opened; ``new_layer`` and ``new_mask`` are the result.

    ``is_open``: tells whether the document is still open. ``hidden_stays``: whether the cut-out of a hidden layer is
    hidden, too. ``source_hidden``: whether the run has hidden the source.
    """

    name = "krita"
    strip_bytes = 4 << 20  # Krita stands still while a strip is read

    def __init__(self, document, node, is_open=None, hidden_stays=False):
        self.document = document
        self.node = node
        self.notes = []
        self.new_layer = None
        self.new_mask = None
        self.source_hidden = False
        self.hidden_stays = hidden_stays
        self.frame = None
        self.kind = None
        self.stop = False
        self.told = (0.0, "")
        self._is_open = is_open or (lambda: layers.is_open(Krita.instance().documents(), document))
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
        stay = layers.why_colours_stay(self.node, self._native_kind())
        settings, notes = fitting(settings, stay, mask_is_off=False)
        self.notes += notes
        return settings

    def open_source(self):
        self.check()
        self.frame = layers.frame(self.document, self.node)
        self._selection = self.document.selection()
        self.kind = None if layers.has_effects(self.node) else self._native_kind()
        native = self.kind is not None
        if not native:
            self.kind = SCRATCH_KIND
        # A mask that the layer has stays on it and on its copy, beside the new one: it is not given away.
        source = host.Source(
            name=self.node.name(), width=self.frame[2], height=self.frame[3], channels=pixels.CHANNELS,
            dtype=self.kind.dtype, transfer=self.kind.transfer, profile=None,
            has_selection=self._selection is not None, has_mask=False, mask_dtype=MASK_DTYPE)
        if not native:
            self._scratch = scratch.Scratch(self.document, self.node, self.frame)
            self.strip_bytes = min(self.strip_bytes, self._scratch.rows * self.frame[2] * pixels.CHANNELS)
        return source

    def hand_over(self, job, source):
        """As the host port's, once Krita has finished its own work on the picture."""
        while not (self._scratch.ready() if self._scratch else scratch.is_idle(self.document)):
            self.check()
            yield
        yield from host.Host.hand_over(self, job, source)
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

    def progress(self, fraction, text):
        self.told = fraction, text

    def cancelled(self):
        return self.stop

    def put_result(self, source, made):
        self.check()
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
        if not self._is_open():
            raise errors.BridgeError(
                errors.INPUT, "The picture was closed meanwhile; nothing was changed.", "Open it and try again.")
        if (self.document.width(), self.document.height()) != self._size:
            raise errors.BridgeError(
                errors.INPUT, "The picture's size was changed meanwhile; nothing was put in.", "Try again.")
        if not layers.is_in(self.document, self.node):
            raise errors.BridgeError(
                errors.INPUT, "The layer was removed meanwhile; nothing was put in.", "Try again.")

    def _native_kind(self):
        node = self.node
        if node.type() != "paintlayer":
            return None
        return pixels.kind_of(node.colorModel(), node.colorDepth(), node.colorProfile())
