"""Puts a result into the image as one undo step, or leaves everything as it was."""

from contextlib import contextmanager

import gi
import gimp3_parasite
from gimp3_layer import must
from gimp3_pixels import write_mask, write_tiles

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402

from cutaway_bridge import kept, tiles  # noqa: E402


def add_layer(image, layer, name, result, visible=True):
    """Adds the cut-out right above ``layer``, which is hidden, and selects it. Returns the new layer."""
    return insert_layer(image, layer, prepared_layer(layer, name, result), visible)


def prepared_layer(layer, name, result):
    """The cut-out, not in the image yet: no undo step is opened before everything is ready."""
    new = layer.copy()
    must(new is not None, "copy the layer")
    try:
        _prepare(new, name, result)
    except Exception:  # a layer in no image would stay with GIMP
        new.delete()
        raise
    return new


def insert_layer(image, layer, new, visible):
    """Puts a prepared layer in right above ``layer``, which is hidden, and selects it. Returns it."""
    inserted = False
    try:
        with undo_group(image):
            position = image.get_item_position(layer)
            selected = image.get_selected_layers()
            must(image.insert_layer(new, layer.get_parent(), position), "insert the new layer")
            inserted = True
            try:
                _show_mask_as_layer(new)
                must(new.set_visible(visible), "show the new layer")
                must(image.set_selected_layers([new]), "select the new layer")
                _hide(layer)
            except Exception:  # whatever it is: no partial result stays
                must(image.remove_layer(new), "take the new layer back")
                image.set_selected_layers(selected)
                raise
    except Exception:  # a layer in no image would stay with GIMP
        if not inserted:
            new.delete()
        raise
    return new


def add_mask(image, layer, result):
    """Puts the mask on ``layer`` itself, in place of the one it has. Returns the layer."""
    return exchange_mask(image, layer, prepared_mask(layer, result), result)


def prepared_mask(layer, result):
    """A mask with the result, not on the layer yet, so that the one step left is the exchange."""
    blank = tiles.blank_of(result.mask)
    mask = layer.create_mask(Gimp.AddMaskType.BLACK if blank == b"\0" else Gimp.AddMaskType.WHITE)
    must(mask is not None, "make a mask")
    must(write_mask(mask, result.mask, blank), "write the mask")
    return mask


def exchange_mask(image, layer, mask, result):
    """Puts a prepared mask on the layer, in place of the one it has. Returns the layer."""
    old = layer.get_mask()
    before = None if old is None else _backup(layer, old)
    applied, shown, edited = layer.get_apply_mask(), layer.get_show_mask(), layer.get_edit_mask()
    with undo_group(image):
        if old is not None:
            must(layer.remove_mask(Gimp.MaskApplyMode.DISCARD), "take off the layer's mask")
        try:
            must(layer.add_mask(mask), "add the mask")
            _show_mask_as_layer(layer)
            _keep(layer, result)
        except Exception:  # whatever it is: the layer is as it was
            if layer.get_mask() is not None:
                layer.remove_mask(Gimp.MaskApplyMode.DISCARD)
            if before is not None:
                must(layer.add_mask(before), "put the layer's mask back")
                layer.set_apply_mask(applied)
                layer.set_show_mask(shown)
                layer.set_edit_mask(edited)
            raise
    return layer


@contextmanager
def undo_group(image):
    """Everything in the block is one step of Undo."""
    must(image.undo_group_start(), "open an undo step")
    try:
        yield
    finally:
        image.undo_group_end()


def _prepare(new, name, result):
    # GIMP ends a plug-in that writes to a locked layer. The copy stays unlocked: its mask is there to be painted on.
    for unlock in (new.set_lock_content, new.set_lock_visibility):
        must(unlock(False), "unlock the new layer")
    must(new.set_name(name), "name the new layer")
    if result.foreground is not None:
        must(write_tiles(new, result.foreground, result.origins, result.tile), "write the colours")
    mask = new.get_mask()
    if mask is None:
        must(new.add_mask(prepared_mask(new, result)), "add the mask")
    else:  # a mask can only be taken off once the layer is in the image; the core has put its content into the new one
        must(write_mask(mask, result.mask), "write the mask")
    _keep(new, result)


def _backup(layer, mask):
    """A mask of its own with the same content: GIMP cannot put a mask back that has been taken off."""
    copy = layer.create_mask(Gimp.AddMaskType.WHITE)
    must(copy is not None, "make a mask")
    target, source = copy.get_buffer(), mask.get_buffer()
    source.copy(source.get_extent(), 0, target, target.get_extent())
    target.flush()
    must(copy.update(0, 0, layer.get_width(), layer.get_height()), "keep the layer's mask")
    return copy


def _show_mask_as_layer(layer):
    """The mask hides pixels, is not shown in their place, and is what the brush paints on."""
    must(layer.set_apply_mask(True), "switch the mask on")
    if layer.get_show_mask():
        must(layer.set_show_mask(False), "show the layer in place of its mask")
    must(layer.set_edit_mask(True), "make the mask editable")


def _hide(layer):
    locked = layer.get_lock_visibility()
    if locked:
        must(layer.set_lock_visibility(False), "unlock the layer's visibility")
    must(layer.set_visible(False), "hide the original layer")
    if locked:
        must(layer.set_lock_visibility(True), "lock the layer's visibility")


def _keep(layer, result):
    """Keeps what is needed to change the mask later with the layer, in the document."""
    for name, data in kept.parts(result):
        must(gimp3_parasite.attach(layer, name, data), "keep the settings with the layer")
