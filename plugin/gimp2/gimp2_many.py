"""Remove Background on every layer of an image and on every open image: the loops. Python 2.7 and 3."""

from __future__ import absolute_import

import gimp
import gimp2_host
import gimp2_layer
import gimp2_result
from cutaway_bridge import errors, flow, kept, many
from cutaway_bridge.installation import text
from gimpfu import pdb


class OneOfMany(gimp2_host.Gimp2Host):
    """A host whose progress is ``share`` of that of all."""

    def __init__(self, image, drawable, share):
        gimp2_host.Gimp2Host.__init__(self, image, drawable)
        self._share = share

    def progress(self, fraction, text):
        self._share(fraction, text)


class Later(OneOfMany):
    """A host that makes everything ready and leaves the image as it is until :meth:`put_in`."""

    def put_result(self, source, result):
        self.check()
        self.notes += result.notes
        self._result = result
        if result.output == "mask":
            self._mask = gimp2_result.prepared_mask(self.layer, result)
        else:
            self._new = gimp2_result.prepared_layer(self.layer, result.layer_name(source), result)

    def put_in(self):
        """Puts the result in; a layer that was hidden has a hidden cut-out. Returns the layer with the mask."""
        self.check()
        if self._result.output == "mask":
            return gimp2_result.exchange_mask(self.image, self.layer, self._mask, self._result)
        visible = bool(pdb.gimp_item_get_visible(self.layer))
        return gimp2_result.insert_layer(self.image, self.layer, self._new, visible)


def every_layer(image, settings, worker, report, show):
    """Runs on every layer that is no group, also in groups and hidden ones, and puts all in as one undo step."""
    layers = [(layer, gimp2_layer.name_of(layer)) for layer in leaves(image.layers)]
    active = pdb.gimp_image_get_active_layer(image)
    ready = []

    def make_ready(layer, share):
        many.must_be_open(pdb.gimp_item_is_valid(layer))
        if is_done(layer):
            raise many.Skipped()
        host = Later(image, layer, share)
        flow.drive(flow.run(host, host.fitting(settings), worker))
        ready.append(host)
        return [], host.notes

    lines = [line for _, line in many.each(report, show, layers, make_ready) if line["state"] == many.DONE]
    if not ready:
        return
    many.must_be_open(pdb.gimp_image_is_valid(image))
    with gimp2_result.undo_group(image):
        for host, line in zip(ready, lines):
            try:
                made = host.put_in()
                line["outputs"] = [gimp2_layer.name_of(made)]
                if host.layer == active:
                    active = made
            except errors.BridgeError as error:
                report.failed(line, error)
        if active is not None:  # as it was before, but on its cut-out: the last one is active now
            pdb.gimp_image_set_active_layer(image, active)


def open_images(images, settings, worker, report, show):
    """Runs on the active layer of every image; each result is an undo step of its image."""
    def work(image, share):
        return active_layer(image, share, settings, worker)

    for _ in many.each(report, show, [(image, image_name(image)) for image in images], work):
        pass  # the report has it


def active_layer(image, share, settings, worker):
    """Runs on the active layer; an image of one layer needs no active one. Returns (names of layers, notes)."""
    many.must_be_open(pdb.gimp_image_is_valid(image))
    drawable = pdb.gimp_image_get_active_drawable(image)
    if drawable is None and len(image.layers) == 1:
        drawable = image.layers[0]
    host = OneOfMany(image, drawable, share)
    if is_done(host.layer):
        raise many.Skipped()
    flow.drive(flow.run(host, host.fitting(settings), worker))
    return [gimp2_layer.name_of(host.new_layer)], host.notes


def is_done(layer):
    """Whether the layer is a cut-out, or has its own right above it."""
    if _is_kept(layer):
        return True
    parent = pdb.gimp_item_get_parent(layer)
    beside = children(parent) if parent is not None else pdb.gimp_item_get_image(layer).layers
    place = beside.index(layer)
    above = beside[place - 1] if place else None
    # A copy of a cut-out's name may have a number behind it.
    return (above is not None and _is_kept(above)
            and gimp2_layer.name_of(above).startswith(u"%s (cutout)" % gimp2_layer.name_of(layer)))


def _is_kept(layer):
    return kept.SETTINGS in [text(each) for each in pdb.gimp_item_get_parasite_list(layer)[1]]


def leaves(items):
    """The layers that are no groups, from top to bottom."""
    for item in items:
        if pdb.gimp_item_is_group(item):
            for leaf in leaves(children(item)):
                yield leaf
        else:
            yield item


def children(group):
    """A group's layers; Python-Fu's versions name them differently."""
    found = getattr(group, "children", None)
    return group.layers if found is None else found


def image_name(image):
    """What GIMP calls the image: the name of its file, imported ones without what follows the dot."""
    name = text(pdb.gimp_image_get_name(image))
    # GIMP puts what it has not saved itself into brackets: "[cat] (imported)".
    return name[1:name.rindex(u"]")] if name.startswith(u"[") and u"]" in name else name


def present_images():
    """The images that GIMP has open, the oldest first."""
    return sorted(gimp.image_list(), key=lambda image: image.ID)
