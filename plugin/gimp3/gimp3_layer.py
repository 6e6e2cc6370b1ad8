"""Which layer is meant, what the user sees of it, and what about it can be changed."""

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp  # noqa: E402

from cutaway_bridge import errors  # noqa: E402

PASSING = "cutaway-passing"
"""A parasite of images that are not the user's: GIMP keeps them when it ends a cancelled plug-in."""

_ONE_LAYER = "Select one layer in the Layers dialog and try again."


def chosen(image, drawables):
    """The one layer that the user means; a layer's mask stands for its layer. Raises BridgeError."""
    if not drawables:
        raise errors.BridgeError(errors.INPUT, "No layer is selected.", _ONE_LAYER)
    if len(drawables) > 1:
        raise errors.BridgeError(
            errors.INPUT, f"{len(drawables)} layers are selected; Remove Background works on one.", _ONE_LAYER)
    layer = drawables[0]
    if isinstance(layer, Gimp.LayerMask):
        layer = Gimp.Layer.from_mask(layer)
    if not isinstance(layer, Gimp.Layer):
        raise errors.BridgeError(errors.INPUT, "A channel is selected, not a layer.", _ONE_LAYER)
    if image.get_floating_sel() is not None:
        raise errors.BridgeError(
            errors.INPUT, "There is a floating selection.",
            "Anchor it or turn it into a layer (in the Layer menu), then try again.")
    if layer.is_group() and not layer.get_children():
        raise errors.BridgeError(
            errors.INPUT, f"The layer group \"{layer.get_name()}\" is empty.", "Put a layer into it or select a layer.")
    return layer


def why_colours_stay(layer):
    """A note (code, message) where the layer's own colours cannot be cleaned, else None."""
    if layer.is_group():
        return "colours_kept", "The edge colours were left as they are: a layer group has no pixels of its own."
    if layer.is_indexed():
        return "colours_kept", (
            "The edge colours were left as they are: an indexed image has only its palette's colours. "
            "Image > Mode > RGB makes cleaning them possible.")
    if has_filters(layer):
        return "colours_kept", (
            "The edge colours were left as they are: the layer's filters would change them again. "
            "Merge the filters first to have the colours cleaned.")
    if is_drawn_by_gimp(layer):
        return "colours_kept", (
            "The edge colours were left as they are, so that the layer stays editable. "
            "Turn it into pixels first to have them cleaned.")
    return None


def has_filters(layer):
    """Whether the user sees something else than the layer's stored pixels."""
    return any(effect.get_visible() for effect in layer.get_filters())


def is_drawn_by_gimp(layer):
    """Whether GIMP makes the pixels itself, from a text, a linked file (3.2) or a path (3.2)."""
    if hasattr(layer, "is_rasterized") and layer.is_rasterized():  # 3.2: the user has turned it into pixels
        return False
    kinds = ("is_text_layer", "is_link_layer", "is_vector_layer")
    return any(hasattr(layer, name) and getattr(layer, name)() for name in kinds)


class View:
    """What the user sees of a layer, without its mask: its pixels with its filters applied. ``with`` ends it.

    ``layer``: where to ask for the kind of pixels; ``buffer``: to read from, where the source layer's top left pixel
    is at ``x``, ``y``.
    """

    def __init__(self, image, layer):
        self._copy = _filtered(image, layer) if has_filters(layer) else None
        self.layer, self.x, self.y = layer, 0, 0
        if self._copy is not None:
            self.layer = self._copy.get_layers()[0]
            _, left, top = self.layer.get_offsets()
            self.x, self.y = -left, -top
        self.buffer = self.layer.get_buffer()

    @property
    def image(self):
        return self.layer.get_image()

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        self.close()

    def close(self):
        self.buffer = None
        if self._copy is not None:
            self._copy.delete()
            self._copy = None


def _filtered(image, layer):
    """A new image with the layer and its filters merged; the source layer's top left pixel lies at 0, 0."""
    base = Gimp.ImageBaseType.GRAY if layer.is_gray() else Gimp.ImageBaseType.RGB
    copy = Gimp.Image.new_with_precision(layer.get_width(), layer.get_height(), base, image.get_precision())
    try:
        must(copy.attach_parasite(Gimp.Parasite.new(PASSING, 0, [0])), "make a copy")
        profile = image.get_color_profile()
        if profile is not None:
            must(copy.set_color_profile(profile), "keep the colour profile")
        seen = Gimp.Layer.new_from_drawable(layer, copy)
        must(seen is not None and copy.insert_layer(seen, None, 0), "copy the layer")
        if seen.get_mask() is not None:
            must(seen.remove_mask(Gimp.MaskApplyMode.DISCARD), "leave out the mask")
        seen.set_offsets(0, 0)
        seen.set_visible(True)
        seen.set_opacity(100.0)
        seen.set_mode(Gimp.LayerMode.NORMAL)
        if seen.is_group():  # GIMP merges no filters of groups
            flat = Gimp.Layer.new_from_visible(copy, copy, "seen")
            must(copy.insert_layer(flat, None, 0), "flatten the group")
            must(copy.remove_layer(seen), "flatten the group")
        else:
            must(seen.merge_filters(), "apply the filters")
        return copy
    except Exception:
        copy.delete()
        raise


def is_passing(image):
    """Whether the image was made here, to be deleted at once."""
    return PASSING in image.get_parasite_list()


def must(done, what):
    """libgimp returns False where it fails. Raises BridgeError then."""
    if not done:
        said = Gimp.get_pdb().get_last_error() or ""
        raise errors.BridgeError(
            errors.ERROR, f"GIMP could not {what}.", (f"GIMP says: {said}") if said else "Try again.")
