"""What the loops over layers, images and files (cutaway_bridge/every.py) ask of GIMP 3."""

import gi
import gimp3_host
import gimp3_layer
import gimp3_result

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402

from cutaway_bridge import every  # noqa: E402


class Now(every.Shared, gimp3_host.Gimp3Host):
    """One of several."""


class Later(every.Later, gimp3_host.Gimp3Host):
    """One of several that are put in together; a layer that was hidden has a hidden cut-out."""

    as_visible = True


class Editor:
    """The images that GIMP has open, and their layers."""

    name = gimp3_host.Gimp3Host.name

    def of_image(self, image):
        drawables = image.get_selected_drawables()
        if not drawables and len(image.get_layers()) == 1:
            drawables = image.get_layers()
        return Now(image, drawables)

    def of_layer(self, image, layer):
        return Later(image, [layer])

    def images(self):
        found = [image for image in Gimp.get_images() if not gimp3_layer.is_passing(image)]
        return sorted(found, key=lambda image: image.get_id())

    def image_name(self, image):
        file = image.get_file() or image.get_imported_file()
        return file.get_basename() if file else image.get_name()

    def is_open(self, image):
        return image.is_valid()

    def is_there(self, layer):
        return layer.is_valid()

    def number(self, layer):
        return layer.get_id()

    def layer_name(self, layer):
        return layer.get_name()

    def kept_with(self, layer):
        return layer.get_parasite_list()

    def beside(self, layer):
        return self.inside(layer.get_parent() or layer.get_image())

    def inside(self, item):
        if isinstance(item, Gimp.Image):
            return item.get_layers()
        return item.get_children() if item.is_group() else None

    def selected(self, image):
        return image.get_selected_layers()

    def select(self, image, layers):
        image.set_selected_layers(layers)

    def undo_group(self, image):
        return gimp3_result.undo_group(image)

    def end_progress(self):
        Gimp.progress_end()
