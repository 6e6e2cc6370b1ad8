"""A folder of pictures: opens each, removes the background, saves the results. Python 2.7 and 3."""

from __future__ import absolute_import

import os
from contextlib import contextmanager

import gimp
import gimp2_many
from cutaway_bridge import client, errors, installation, many, settings_spec
from cutaway_bridge.installation import text
from gimp2_layer import doing
from gimpfu import pdb

_CLIP_TO_IMAGE = 1


@contextmanager
def processing(settings, all_layers):
    """What folder.Folder.run calls for every picture. The worker is started once, at the beginning."""
    settings = settings_spec.check(settings)
    with client.Client(installation.find(), "gimp2") as worker:
        worker.connect()
        yield lambda path, targets: _process(path, targets, settings, all_layers, worker)


def _process(path, targets, settings, all_layers, worker):
    image = opened(path)
    try:
        if all_layers:
            inner = many.Report(settings)
            gimp2_many.every_layer(image, settings, worker, inner, _unseen)
            notes = many.of_layers(inner)
        else:
            if pdb.gimp_image_get_active_layer(image) is None and image.layers:
                pdb.gimp_image_set_active_layer(image, image.layers[0])
            _, notes = gimp2_many.active_layer(image, _unseen, settings, worker)
        for kind, target in targets.items():
            save(image, kind, target)
        return notes
    finally:
        gimp.delete(image)


def opened(path):
    """The image in a file. Raises BridgeError."""
    try:
        image = pdb.gimp_file_load(path, path)
    except RuntimeError as error:  # what Python-Fu raises
        raise errors.BridgeError(
            errors.INPUT, u"GIMP cannot open it: %s" % text(str(error)), u"Is it a picture?")
    return image


def save(image, kind, path):
    """Saves the image: "xcf" with all its layers and masks, anything else as what is to be seen of it.

    Raises BridgeError. GIMP 2.10 does not always say that it could not: the file is looked for.
    """
    copy = image if kind == "xcf" else pdb.gimp_image_duplicate(image)
    try:
        with doing(u"save %s" % text(path)):
            if kind != "xcf":
                pdb.gimp_image_merge_visible_layers(copy, _CLIP_TO_IMAGE)
            pdb.gimp_file_save(copy, pdb.gimp_image_get_active_drawable(copy), path, path)
    finally:
        if copy is not image:
            gimp.delete(copy)
    if not os.path.exists(path):
        raise errors.BridgeError(
            "target_not_writable", u"GIMP could not save %s." % text(path), u"Is there room on the disk?")


def _unseen(fraction, said):
    """Progress that nobody sees."""
