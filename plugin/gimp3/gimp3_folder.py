"""A folder of pictures: opens each, removes the background, saves the results. No picture file is written to."""

from contextlib import contextmanager

import gi
import gimp3_many
from gimp3_layer import must

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, Gio, GLib  # noqa: E402

from cutaway_bridge import client, errors, installation, many, settings_spec  # noqa: E402


@contextmanager
def processing(settings, all_layers):
    """What folder.Folder.run calls for every picture. The worker is started once, at the beginning."""
    settings = settings_spec.check(settings)
    with client.Client(installation.find(), "gimp3") as worker:
        worker.connect()
        yield lambda path, targets: _process(path, targets, settings, all_layers, worker)


def _process(path, targets, settings, all_layers, worker):
    image = opened(path)
    try:
        if all_layers:
            inner = many.Report(settings)
            gimp3_many.every_layer(image, settings, worker, inner, _unseen)
            notes = many.of_layers(inner)
        else:
            if len(image.get_selected_layers()) != 1:
                image.set_selected_layers(image.get_layers()[:1])
            _, notes = gimp3_many.selected_layer(image, _unseen, settings, worker)
        for kind, target in targets.items():
            save(image, kind, target)
        return notes
    finally:
        image.delete()


def opened(path):
    """The image in a file, upright. Raises BridgeError."""
    try:
        image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))
    except GLib.Error as error:
        raise errors.BridgeError(errors.INPUT, f"GIMP cannot open it: {error.message}", "Is it a picture?") from error
    if image is None:
        said = Gimp.get_pdb().get_last_error() or ""
        raise errors.BridgeError(errors.INPUT, f"GIMP cannot open it: {said}", "Is it a picture?")
    image.policy_rotate(False)
    return image


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


def _unseen(fraction, text):
    """Progress that nobody sees."""
