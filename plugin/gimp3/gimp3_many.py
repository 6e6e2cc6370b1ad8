"""Remove Background on every layer of an image and on every open image: the loops, and what stays of them."""

import gi
import gimp3_host
import gimp3_result

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402

from cutaway_bridge import errors, flow, kept, many  # noqa: E402


class OneOfMany(gimp3_host.Gimp3Host):
    """A host whose progress is ``share`` of that of all."""

    def __init__(self, image, drawables, share):
        super().__init__(image, drawables)
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
            self._mask = gimp3_result.prepared_mask(self.layer, result)
        else:
            self._new = gimp3_result.prepared_layer(self.layer, result.layer_name(source), result)

    def put_in(self):
        """Puts the result in; a layer that was hidden has a hidden cut-out. Returns the layer with the mask."""
        self.check()
        if self._result.output == "mask":
            return gimp3_result.exchange_mask(self.image, self.layer, self._mask, self._result)
        return gimp3_result.insert_layer(self.image, self.layer, self._new, self.layer.get_visible())


def every_layer(image, settings, worker, report, show):
    """Runs on every layer that is no group, also in groups and hidden ones, and puts all in as one undo step."""
    layers = [(layer, layer.get_name()) for layer in leaves(image.get_layers())]
    selected = image.get_selected_layers()
    ready = []

    def make_ready(layer, share):
        many.must_be_open(layer.is_valid())
        if is_done(layer):
            raise many.Skipped()
        with Later(image, [layer], share) as host:
            flow.drive(flow.run(host, host.fitting(settings), worker))
        ready.append(host)
        return [], host.notes

    lines = [line for _, line in many.each(report, show, layers, make_ready) if line["state"] == many.DONE]
    if not ready:
        return
    many.must_be_open(image.is_valid())
    new = {}
    with gimp3_result.undo_group(image):
        for host, line in zip(ready, lines):  # noqa: B905  a GIMP may have an older Python
            try:
                made = host.put_in()
                line["outputs"] = [made.get_name()]
                new[host.layer.get_id()] = made
            except errors.BridgeError as error:
                report.failed(line, error)
        # As it was before, but on the cut-outs: the last one is selected now.
        image.set_selected_layers([new.get(layer.get_id(), layer) for layer in selected])


def open_images(images, settings, worker, report, show):
    """Runs on the selected layer of every image; each result is an undo step of its image."""
    def work(image, share):
        return selected_layer(image, share, settings, worker)

    for _ in many.each(report, show, [(image, image_name(image)) for image in images], work):
        pass  # the report has it


def selected_layer(image, share, settings, worker):
    """Runs on the selected layer; an image of one layer needs none selected. Returns (names of layers, notes)."""
    many.must_be_open(image.is_valid())
    drawables = image.get_selected_drawables()
    if not drawables and len(image.get_layers()) == 1:
        drawables = image.get_layers()
    with OneOfMany(image, drawables, share) as host:
        if is_done(host.layer):
            raise many.Skipped()
        flow.drive(flow.run(host, host.fitting(settings), worker))
        return [host.new_layer.get_name()], host.notes


def is_done(layer):
    """Whether the layer is a cut-out, or has its own right above it."""
    if kept.SETTINGS in layer.get_parasite_list():
        return True
    parent = layer.get_parent()
    beside = parent.get_children() if parent else layer.get_image().get_layers()
    place = [each.get_id() for each in beside].index(layer.get_id())
    above = beside[place - 1] if place else None
    # A copy of a cut-out's name may have a number behind it.
    return (above is not None and above.get_name().startswith(f"{layer.get_name()} (cutout)")
            and kept.SETTINGS in above.get_parasite_list())


def leaves(items):
    """The layers that are no groups, from top to bottom."""
    for item in items:
        if item.is_group():
            yield from leaves(item.get_children())
        else:
            yield item


def image_name(image):
    """The name of the image's file, or what GIMP calls it."""
    file = image.get_file() or image.get_imported_file()
    return file.get_basename() if file else image.get_name()


def present_images():
    """The images that GIMP has open, the oldest first."""
    return sorted(Gimp.get_images(), key=lambda image: image.get_id())
