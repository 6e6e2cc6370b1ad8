"""Puts a result into the image as one undo step, or leaves everything as it was. Python 2.7 and 3."""

from __future__ import absolute_import

from contextlib import contextmanager

import gimp
from cutaway_bridge import kept, tiles
from gimp2_gegl import Buffer
from gimp2_layer import doing, utf8
from gimpfu import pdb

STRIP_BYTES = 4 << 20
TILE_ROWS = 128
"""A whole number of GIMP's tiles."""

# GIMP's masks are linear: "Y" and never "Y'", which would bend them by sRGB's curve.
MASK_FORMATS = {"|u1": "Y u8", "<u2": "Y u16"}

_WHITE_MASK, _BLACK_MASK = 0, 1
_DISCARD = 1
_PERSISTENT, _UNDOABLE = 1, 2


def add_layer(image, layer, name, result, visible=True):
    """Adds the cut-out right above ``layer``, which is hidden, and makes it the active one. Returns the new layer."""
    return insert_layer(image, layer, prepared_layer(layer, name, result), visible)


def prepared_layer(layer, name, result):
    """The cut-out, not in the image yet: no undo step is opened before everything is ready."""
    with doing("copy the layer"):
        new = pdb.gimp_layer_copy(layer, False)
    try:
        _prepare(new, name, result)
    except Exception:
        pdb.gimp_item_delete(new)
        raise
    return new


def insert_layer(image, layer, new, visible):
    """Puts a prepared layer in right above ``layer``, which is hidden, and makes it the active one. Returns it."""
    inserted = False
    try:
        with undo_group(image):
            active = pdb.gimp_image_get_active_layer(image)
            with doing("insert the new layer"):
                position = pdb.gimp_image_get_item_position(image, layer)
                pdb.gimp_image_insert_layer(image, new, pdb.gimp_item_get_parent(layer), position)
            inserted = True
            try:
                _show_mask_as_layer(new)
                with doing("show the new layer"):
                    pdb.gimp_item_set_visible(new, visible)
                    pdb.gimp_image_set_active_layer(image, new)
                _hide(layer)
            except Exception:
                pdb.gimp_image_remove_layer(image, new)
                if active is not None:
                    pdb.gimp_image_set_active_layer(image, active)
                raise
    except Exception:
        if not inserted:
            pdb.gimp_item_delete(new)
        raise
    return new


def add_mask(image, layer, result):
    """Puts the mask on ``layer`` itself, in place of the one it has. Returns the layer."""
    return exchange_mask(image, layer, prepared_mask(layer, result), result)


def prepared_mask(layer, result):
    """A mask with the result, not on the layer yet, so that the one step left is the exchange."""
    blank = tiles.blank_of(result.mask)
    with doing("make a mask"):
        mask = pdb.gimp_layer_create_mask(layer, _BLACK_MASK if blank == b"\0" else _WHITE_MASK)
    with doing("write the mask"):
        write_mask(mask, result.mask, blank)
    return mask


def exchange_mask(image, layer, mask, result):
    """Puts a prepared mask on the layer, in place of the one it has. Returns the layer."""
    old = pdb.gimp_layer_get_mask(layer)
    before = flags = None
    if old is not None:
        before = _backup(layer, old)
        flags = [get(layer) for get in (
            pdb.gimp_layer_get_apply_mask, pdb.gimp_layer_get_show_mask, pdb.gimp_layer_get_edit_mask)]
    with undo_group(image):
        if old is not None:
            with doing("take off the layer's mask"):
                pdb.gimp_layer_remove_mask(layer, _DISCARD)
        try:
            with doing("add the mask"):
                pdb.gimp_layer_add_mask(layer, mask)
            _show_mask_as_layer(layer)
            _keep(layer, result)
        except Exception:
            if pdb.gimp_layer_get_mask(layer) is not None:
                pdb.gimp_layer_remove_mask(layer, _DISCARD)
            if before is not None:
                pdb.gimp_layer_add_mask(layer, before)
                for put_back, flag in zip((
                        pdb.gimp_layer_set_apply_mask, pdb.gimp_layer_set_show_mask,
                        pdb.gimp_layer_set_edit_mask), flags):
                    put_back(layer, flag)
            raise
    return layer


@contextmanager
def undo_group(image):
    """Everything in the block is one step of Undo."""
    with doing("open an undo step"):
        pdb.gimp_image_undo_group_start(image)
    try:
        yield
    finally:
        pdb.gimp_image_undo_group_end(image)


def write_mask(mask, reader, blank=None):
    """Fills the layer mask from an npy.Reader of shape (height, width). ``blank``: as in tiles.mask_parts."""
    with Buffer(mask) as buffer:
        for x, y, width, height, data in tiles.mask_parts(reader, TILE_ROWS, STRIP_BYTES, blank):
            buffer.write(x, y, width, height, data, MASK_FORMATS[reader.dtype])
        buffer.flush()
    height, width = reader.shape
    pdb.gimp_drawable_update(mask, 0, 0, width, height)


def write_tiles(layer, reader, origins, side):
    """Writes square tiles of colour from an npy.Reader of shape (N, side, side, colour channels); alpha stays.

    Parts of a tile outside the layer are left out.
    """
    width, height = pdb.gimp_drawable_width(layer), pdb.gimp_drawable_height(layer)
    alpha = pdb.gimp_drawable_has_alpha(layer)
    sample, colours = int(reader.dtype[2:]), reader.shape[3]
    with Buffer(layer) as buffer:
        for index, x, y, across, down in tiles.fitting(origins, side, width, height):
            data = tiles.clipped(reader.read_rows(index, 1), side, colours * sample, across, down)
            if alpha:
                present = buffer.read(x, y, across, down, (colours + 1) * sample)
                data = tiles.with_alpha(data, present, colours, sample)
            buffer.write(x, y, across, down, data)
        buffer.flush()
    pdb.gimp_drawable_update(layer, 0, 0, width, height)


def _prepare(new, name, result):
    with doing("prepare the new layer"):
        # GIMP ends a plug-in that writes to a locked layer. The copy stays unlocked: its mask is to be painted on.
        pdb.gimp_item_set_lock_content(new, False)
        pdb.gimp_item_set_name(new, utf8(name))
    if result.foreground is not None:
        with doing("write the colours"):
            write_tiles(new, result.foreground, result.origins, result.tile)
    mask = pdb.gimp_layer_get_mask(new)
    if mask is None:
        mask = prepared_mask(new, result)
        with doing("add the mask"):
            pdb.gimp_layer_add_mask(new, mask)
    else:  # a mask can only be taken off once the layer is in the image; the core has put its content into the new one
        with doing("write the mask"):
            write_mask(mask, result.mask)
    _keep(new, result)


def _backup(layer, mask):
    """A mask of its own with the same content: GIMP cannot put a mask back that has been taken off."""
    with doing("keep the layer's mask"):
        copy = pdb.gimp_layer_create_mask(layer, _WHITE_MASK)
        with Buffer(mask) as source, Buffer(copy) as target:
            source.copy_to(target)
            target.flush()
        pdb.gimp_drawable_update(copy, 0, 0, pdb.gimp_drawable_width(layer), pdb.gimp_drawable_height(layer))
    return copy


def _show_mask_as_layer(layer):
    """The mask hides pixels, is not shown in their place, and is what the brush paints on."""
    with doing("switch the mask on"):
        pdb.gimp_layer_set_apply_mask(layer, True)
        if pdb.gimp_layer_get_show_mask(layer):
            pdb.gimp_layer_set_show_mask(layer, False)
        pdb.gimp_layer_set_edit_mask(layer, True)


def _hide(layer):
    with doing("hide the original layer"):
        pdb.gimp_item_set_visible(layer, False)


def _keep(layer, result):
    """Keeps what is needed to change the mask later with the layer, in the document."""
    with doing("keep the settings with the layer"):
        for name, data in kept.parts(result):
            # Not by pdb, where Python-Fu's own hands over memory that was never set, and crashes; and not by
            # attach_new_parasite, which adds a zero byte.
            layer.parasite_attach(gimp.Parasite(name, _PERSISTENT | _UNDOABLE, data))
