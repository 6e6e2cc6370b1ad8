"""Opens and saves the pictures of a folder, for cutaway_bridge/every.py. No picture file is written to."""

import gi
import gimp3_many
from gimp3_layer import must

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, Gio, GLib  # noqa: E402

from cutaway_bridge import errors  # noqa: E402


class Editor(gimp3_many.Editor):
    """The same for images without a window."""

    def opened(self, path):
        try:
            image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))
        except GLib.Error as error:
            raise errors.BridgeError(
                errors.INPUT, f"GIMP cannot open it: {error.message}", "Is it a picture?") from error
        if image is None:
            said = Gimp.get_pdb().get_last_error() or ""
            raise errors.BridgeError(errors.INPUT, f"GIMP cannot open it: {said}", "Is it a picture?")
        image.policy_rotate(False)
        if len(image.get_selected_layers()) != 1:
            image.set_selected_layers(image.get_layers()[:1])
        return image

    def save(self, image, kind, path):
        save(image, kind, path)

    def close(self, image):
        image.delete()

    def end_progress(self):
        """There is none."""


def save(image, kind, path):
    """Saves the image: "xcf" with all its layers and masks, anything else as what is to be seen of it."""
    copy = image if kind == "xcf" else image.duplicate()
    try:
        if kind != "xcf":
            must(copy.merge_visible_layers(Gimp.MergeType.CLIP_TO_IMAGE) is not None, "merge the layers")
        try:
            done = Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, copy, Gio.File.new_for_path(path), None)
        except GLib.Error as error:
            raise errors.BridgeError(
                "target_not_writable", f"GIMP could not save {path}: {error.message}",
                "Is there room on the disk?") from error
        must(done, f"save {path}")
    finally:
        if copy is not image:
            copy.delete()
