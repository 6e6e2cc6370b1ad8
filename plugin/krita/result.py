"""Puts a result into the document as one step of Undo. Until that step everything happens outside the document."""

import json

from . import layers, masks, pixels, scratch
from .cutaway_bridge import errors, tiles
from .qt import QtCore

MASK_NAME = "Cutout mask"
MATTE = "cutaway-matte-"
SETTINGS = "cutaway-settings-"

TILES_AT_ONCE = 64


def add_layer(host, name, made):
    """Generator: adds the cut-out right above the host's layer, which is hidden."""
    node = host.node
    new = node.duplicate()
    if new.type() == "grouplayer":
        new.setPassThroughMode(False)  # masks do nothing on a group that is passed through
    if host.masks_taken:
        for each in layers.shown_masks(new):
            each.setVisible(False)
    if made.foreground is not None:
        yield from _write_tiles(new, host, made)
    mask = masks.new(host.document, MASK_NAME)
    yield from masks.fill(mask, made.mask, *host.frame[:2])
    new, mask = yield from _masked(host.document, new, mask)
    new.setName(name)
    new.setLocked(False)
    new.setVisible(node.visible() or not host.hidden_stays)
    host.check()
    host.source_hidden = node.visible()
    # Krita's API cannot hide a layer undoably; watch.py shows it again where the step is undone. Hidden before the new
    # layer comes in, whose coming has all redrawn: refreshProjection() would stop Krita for that time.
    node.setVisible(False)
    node.parentNode().addChildNode(new, node)
    if new.parentNode() is None:
        node.setVisible(host.source_hidden)
        host.source_hidden = False
        raise errors.BridgeError(errors.ERROR, "Krita could not add the new layer.", "Unlock its group and try again.")
    host.new_layer = new
    _finish(host, new, mask, made)


def add_mask(host, made):
    """Generator: puts the mask on the host's layer itself, above those that it has."""
    mask = masks.new(host.document, MASK_NAME)
    yield from masks.fill(mask, made.mask, *host.frame[:2])
    host.check()
    host.node.addChildNode(mask, None)
    if mask.parentNode() is None:
        raise errors.BridgeError(errors.ERROR, "Krita could not add the mask.", "Unlock the layer and try again.")
    host.new_layer = host.node
    _finish(host, host.node, mask, made)


def _write_tiles(layer, host, made):
    """Generator: writes square tiles of colour, from an npy.Reader of shape (N, side, side, 3); alpha stays.

    Not undoable, so only for a layer that is not in the document yet.
    """
    left, top, wide, high = host.frame
    kind, side = host.kind, made.tile
    for number, (index, x, y, width, height) in enumerate(tiles.fitting(made.origins, side, wide, high), 1):
        tile = tiles.clipped(made.foreground.read_rows(index, 1), side, 3 * kind.sample, width, height)
        place = left + x, top + y, width, height
        old = bytes(layer.pixelData(*place))
        layer.setPixelData(pixels.with_colours(old, tile, kind), *place)
        if number % TILES_AT_ONCE == 0:
            yield


def _masked(document, layer, mask):
    """Generator: ``layer``, which is in no document, with ``mask`` above all that is in it; gives (layer, mask).

    No step of Undo comes of it. ``setChildNodes`` would do it in one call, but up to Krita 5.2 it loses or turns round
    what a layer has in it; so a layer with anything in it is put together in a document of its own and copied out.
    """
    if not layer.childNodes():
        layer.setChildNodes([mask])
        return layer, mask
    with scratch.Document(document, document.colorModel(), document.colorDepth(), document.colorProfile()) as bench:
        bench.rootNode().addChildNode(layer, None)
        layer.addChildNode(mask, None)
        while not scratch.is_idle(bench):
            yield
        copy = layer.duplicate()
    return copy, copy.childNodes()[-1]


def _finish(host, layer, mask, made):
    """Keeps what is needed to change the mask later in the document."""
    host.new_mask = mask
    said = {
        "settings": made.settings, "provenance": made.provenance, "notes": [list(note) for note in made.notes],
        "frame": list(host.frame), "mask": mask.uniqueId().toString()}
    kept = ((MATTE, "Cutaway: the raw matte", made.matte),
            (SETTINGS, "Cutaway: how the mask was made", json.dumps(said, sort_keys=True).encode("utf-8")))
    for prefix, description, data in kept:
        if data:
            host.document.setAnnotation(kept_name(prefix, layer), description, QtCore.QByteArray(data))
    for name in host.forgettable:
        host.document.removeAnnotation(name)
    host.forgettable = ()


def forgettable(document):
    """Names of what is kept for layers that are gone for good: not in the picture, and not to be brought back by Undo.

    Undo and Redo of this session may hold any layer. So nothing is, once there is a step of either: what a session
    leaves, the first run of a later one finds.
    """
    if layers.can_undo(document):
        return []
    there = {each.strip("{}") for each in layers.ids(document.rootNode())}
    kept = [(name, prefix) for name in document.annotationTypes() for prefix in (MATTE, SETTINGS)]
    return [name for name, prefix in kept if name.startswith(prefix) and name[len(prefix):] not in there]


def kept_name(prefix, layer):
    """The name under which something is kept with a layer: ``prefix`` is MATTE or SETTINGS."""
    return prefix + layer.uniqueId().toString().strip("{}")
