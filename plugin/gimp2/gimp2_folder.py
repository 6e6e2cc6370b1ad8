"""Opens and saves the pictures of a folder, for cutaway_bridge/every.py. Python 2.7 and 3."""

from __future__ import absolute_import

import os

import gimp
import gimp2_many
from cutaway_bridge import errors
from cutaway_bridge.installation import text
from gimp2_layer import doing
from gimpfu import pdb

_CLIP_TO_IMAGE = 1


class Editor(gimp2_many.Editor):
    """The same for images without a window."""

    def opened(self, path):
        try:
            image = pdb.gimp_file_load(path, path)
        except RuntimeError as error:  # what Python-Fu raises
            raise errors.BridgeError(
                errors.INPUT, u"GIMP cannot open it: %s" % text(str(error)), u"Is it a picture?")
        if pdb.gimp_image_get_active_layer(image) is None and image.layers:
            pdb.gimp_image_set_active_layer(image, image.layers[0])
        return image

    def save(self, image, kind, path):
        save(image, kind, path)

    def close(self, image):
        gimp.delete(image)

    def end_progress(self):
        """There is none."""


def save(image, kind, path):
    """Saves the image: "xcf" with all its layers and masks, anything else as what is to be seen of it.

    Raises BridgeError. GIMP 2.10 does not always say that it could not: the file is looked for.
    """
    copy = image if kind == "xcf" else pdb.gimp_image_duplicate(image)
    try:
        with doing(u"save %s" % text(path)):
            if kind != "xcf":
                # GIMP saves the one layer, and that ends where the visible ones do.
                pdb.gimp_layer_resize_to_image_size(pdb.gimp_image_merge_visible_layers(copy, _CLIP_TO_IMAGE))
            pdb.gimp_file_save(copy, pdb.gimp_image_get_active_drawable(copy), path, path)
    finally:
        if copy is not image:
            gimp.delete(copy)
    if not os.path.exists(path):
        raise errors.BridgeError(
            "target_not_writable", u"GIMP could not save %s." % text(path), u"Is there room on the disk?")
