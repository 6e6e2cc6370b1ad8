"""The host port (cutaway_bridge/host.py) for GIMP 2.10. Python 2.7 and 3."""

from __future__ import absolute_import

import gimp
import gimp2_layer
import gimp2_result
from cutaway_bridge import errors, host
from cutaway_bridge.fitting import fitting
from gimp2_gegl import Buffer, keep_few_tiles
from gimpfu import pdb


class Gimp2Host(host.Host):
    """One layer of one image; ``new_layer`` is the result.

    Cancel needs nothing here: GIMP ends the plug-in, and the worker takes the lost connection as a cancel.
    """

    name = "gimp2"
    strip_bytes = gimp2_result.STRIP_BYTES
    strip_rows = gimp2_result.TILE_ROWS
    as_visible = False
    """Whether the cut-out of a hidden layer is hidden, too."""

    def __init__(self, image, drawable):
        pdb.gimp_plugin_enable_precision()  # else every image is told to be of 8 bits
        self.image = image
        self.layer = gimp2_layer.chosen(image, drawable)
        self.notes = []
        self.new_layer = None
        self._kind = None
        self._source = None

    def fitting(self, settings):
        """``settings`` without what this layer cannot have: colours are cleaned only where they can be written."""
        layer = self.layer
        masked = pdb.gimp_layer_get_mask(layer) is not None
        settings, notes = fitting(
            settings, gimp2_layer.why_colours_stay(layer), masked and not pdb.gimp_layer_get_apply_mask(layer))
        self.notes += notes
        return settings

    def check(self):
        """Raises BridgeError where the user has closed the picture, or removed or resized the layer meanwhile.

        GIMP would end the plug-in, or what is put in would not fit.
        """
        if not pdb.gimp_image_is_valid(self.image) or not pdb.gimp_item_is_valid(self.layer):
            raise errors.gone()
        source = self._source
        if source is not None and (source.width, source.height) != (
                pdb.gimp_drawable_width(self.layer), pdb.gimp_drawable_height(self.layer)):
            raise errors.resized()

    def open_source(self):
        self.check()
        layer = self.layer
        self._kind = gimp2_layer.kind_of(self.image, layer)
        self._source = host.Source(
            name=gimp2_layer.name_of(layer), width=pdb.gimp_drawable_width(layer),
            height=pdb.gimp_drawable_height(layer), channels=self._kind.channels, dtype=self._kind.dtype,
            transfer=self._kind.transfer, profile=gimp2_layer.profile_of(self.image, layer),
            has_selection=not pdb.gimp_selection_is_empty(self.image),
            # A mask that is switched off is not part of what the user sees.
            has_mask=pdb.gimp_layer_get_mask(layer) is not None and bool(pdb.gimp_layer_get_apply_mask(layer)),
            mask_dtype="|u1" if self._kind.dtype == "|u1" else "<u2")
        return self._source

    def hand_over(self, job, source):
        keep_few_tiles()
        return host.Host.hand_over(self, job, source)

    def read_pixels(self, y, rows):
        self.check()
        pixel = self._kind.channels * int(self._kind.dtype[2:])
        with gimp2_layer.doing("read the layer"), Buffer(self.layer) as buffer:
            return buffer.read(0, y, self._source.width, rows, pixel, self._kind.format)

    def read_selection(self, y, rows):
        self.check()
        left, top = pdb.gimp_drawable_offsets(self.layer)
        with gimp2_layer.doing("read the selection"), Buffer(pdb.gimp_image_get_selection(self.image)) as buffer:
            return buffer.read(left, top + y, self._source.width, rows, 1, "Y u8")

    def read_mask(self, y, rows):
        self.check()
        dtype = self._source.mask_dtype
        with gimp2_layer.doing("read the mask"), Buffer(pdb.gimp_layer_get_mask(self.layer)) as buffer:
            return buffer.read(0, y, self._source.width, rows, int(dtype[2:]), gimp2_result.MASK_FORMATS[dtype])

    def progress(self, fraction, text):
        pdb.gimp_progress_set_text(gimp2_layer.utf8(text))
        gimp.progress_update(fraction)

    def put_result(self, source, result):
        self.check()
        self.notes += result.notes
        if result.output == "mask":
            self.new_layer = gimp2_result.add_mask(self.image, self.layer, result)
        else:
            visible = not self.as_visible or bool(pdb.gimp_item_get_visible(self.layer))
            self.new_layer = gimp2_result.add_layer(
                self.image, self.layer, result.layer_name(source), result, visible)
