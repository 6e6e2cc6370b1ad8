"""What the loops over layers, images and files (cutaway_bridge/every.py) ask of GIMP 2.10. Python 2.7 and 3."""

from __future__ import absolute_import

import gimp
import gimp2_host
import gimp2_layer
import gimp2_result
from cutaway_bridge import every
from cutaway_bridge.installation import text
from gimpfu import pdb


class Now(every.Shared, gimp2_host.Gimp2Host):
    """One of several."""


class Later(every.Later, gimp2_host.Gimp2Host):
    """One of several that are put in together; a layer that was hidden has a hidden cut-out."""

    as_visible = True


class Editor(object):
    """The images that GIMP has open, and their layers."""

    name = gimp2_host.Gimp2Host.name

    def of_image(self, image):
        drawable = pdb.gimp_image_get_active_drawable(image)
        if drawable is None and len(image.layers) == 1:
            drawable = image.layers[0]
        return Now(image, drawable)

    def of_layer(self, image, layer):
        return Later(image, layer)

    def images(self):
        return sorted(gimp.image_list(), key=lambda image: image.ID)

    def image_name(self, image):
        """The name of its file, of imported ones without what follows the dot."""
        name = text(pdb.gimp_image_get_name(image))
        # GIMP puts what it has not saved itself into brackets: "[cat] (imported)".
        return name[1:name.rindex(u"]")] if name.startswith(u"[") and u"]" in name else name

    def is_open(self, image):
        return bool(pdb.gimp_image_is_valid(image))

    def is_there(self, layer):
        return bool(pdb.gimp_item_is_valid(layer))

    def number(self, layer):
        return layer.ID

    def layer_name(self, layer):
        return gimp2_layer.name_of(layer)

    def kept_with(self, layer):
        return [text(each) for each in pdb.gimp_item_get_parasite_list(layer)[1]]

    def beside(self, layer):
        parent = pdb.gimp_item_get_parent(layer)
        return self.inside(parent) if parent is not None else pdb.gimp_item_get_image(layer).layers

    def inside(self, item):
        if isinstance(item, gimp.Image):
            return item.layers
        if not pdb.gimp_item_is_group(item):
            return None
        found = getattr(item, "children", None)  # Python-Fu's versions name them differently
        return item.layers if found is None else found

    def selected(self, image):
        active = pdb.gimp_image_get_active_layer(image)
        return [] if active is None else [active]

    def select(self, image, layers):
        for layer in layers:
            pdb.gimp_image_set_active_layer(image, layer)

    def undo_group(self, image):
        return gimp2_result.undo_group(image)

    def end_progress(self):
        pdb.gimp_progress_end()
