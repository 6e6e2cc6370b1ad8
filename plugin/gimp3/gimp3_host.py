"""The host port (cutaway_bridge/host.py) for GIMP 3.0 and 3.2."""

import gi
import gimp3_layer
import gimp3_pixels
import gimp3_result

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402

from cutaway_bridge import errors, host  # noqa: E402
from cutaway_bridge.fitting import fitting  # noqa: E402


class Gimp3Host(host.Host):
    """One layer of one image; ``new_layer`` is the result.

    Cancel needs nothing here: GIMP ends the plug-in, and the worker takes the lost connection as a cancel.
    """

    name = "gimp3"
    strip_bytes = gimp3_pixels.STRIP_BYTES
    as_visible = False
    """Whether the cut-out of a hidden layer is hidden, too."""

    def __init__(self, image, drawables):
        self.image = image
        self.layer = gimp3_layer.chosen(image, drawables)
        self.notes = []
        self.new_layer = None
        self._view = None
        self._kind = None
        self._source = None

    def fitting(self, settings):
        """``settings`` without what this layer cannot have: colours are cleaned only where they can be written."""
        layer = self.layer
        settings, notes = fitting(
            settings, gimp3_layer.why_colours_stay(layer), layer.get_mask() is not None and not layer.get_apply_mask())
        self.notes += notes
        return settings

    def open_source(self):
        self.check()
        gimp3_pixels.keep_few_tiles()
        self.strip_rows = Gimp.tile_height()
        layer = self.layer
        kind = gimp3_pixels.kind_of(self.image, layer)
        self._source = host.Source(
            name=layer.get_name(), width=layer.get_width(), height=layer.get_height(), channels=kind.channels,
            dtype=kind.dtype, transfer=kind.transfer, profile=gimp3_pixels.profile_of(self.image, layer),
            has_selection=not Gimp.Selection.is_empty(self.image),
            # A mask that is switched off is not part of what the user sees.
            has_mask=layer.get_mask() is not None and layer.get_apply_mask(),
            mask_dtype="|u1" if kind.dtype == "|u1" else "<u2")
        return self._source

    def hand_over(self, job, source):
        """The view of a layer with filters is a hidden image, which GIMP keeps when it ends a cancelled plug-in.

        So there is none but here; what kind its pixels are is therefore known only now.
        """
        self.check()
        with gimp3_layer.View(self.image, self.layer) as self._view:
            seen = self._view.image, self._view.layer
            self._kind = gimp3_pixels.kind_of(*seen)
            source.channels, source.dtype, source.transfer = self._kind[:3]
            source.profile = gimp3_pixels.profile_of(*seen)
            yield from host.Host.hand_over(self, job, source)

    def check(self):
        """Raises BridgeError where the user has closed the picture, or removed or resized the layer meanwhile.

        GIMP would end the plug-in, or what is put in would not fit.
        """
        if not self.image.is_valid() or not self.layer.is_valid():
            raise errors.gone()
        source, layer = self._source, self.layer
        if source is not None and (source.width, source.height) != (layer.get_width(), layer.get_height()):
            raise errors.resized()

    def read_pixels(self, y, rows):
        self.check()
        view = self._view
        return gimp3_pixels.read(view.buffer, view.x, view.y + y, self._source.width, rows, self._kind.format)

    def read_selection(self, y, rows):
        self.check()
        _, left, top = self.layer.get_offsets()
        buffer = self.image.get_selection().get_buffer()
        return gimp3_pixels.read(buffer, left, top + y, self._source.width, rows, "Y u8")

    def read_mask(self, y, rows):
        self.check()
        buffer = self.layer.get_mask().get_buffer()
        format = gimp3_pixels.MASK_FORMATS[self._source.mask_dtype]
        return gimp3_pixels.read(buffer, 0, y, self._source.width, rows, format)

    def progress(self, fraction, text):
        Gimp.progress_set_text(text)
        Gimp.progress_update(fraction)

    def put_result(self, source, result):
        self.check()
        self.notes += result.notes
        if result.output == "mask":
            self.new_layer = gimp3_result.add_mask(self.image, self.layer, result)
        else:
            visible = not self.as_visible or self.layer.get_visible()
            self.new_layer = gimp3_result.add_layer(
                self.image, self.layer, result.layer_name(source), result, visible)
