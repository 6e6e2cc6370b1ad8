"""Python-Fu's module ``gimp``, as far as plug-ins for layers need it. Python 2.7 and 3."""

from __future__ import absolute_import

import gimpfu_pdb
from gimpenums import LAYER_MODE_NORMAL, PDB_DISPLAY, PDB_IMAGE, RGB, RGB_IMAGE
from gimpfu_c import DOUBLE, INT, TEXT, function, raw
from gimpfu_values import Parasite

error = gimpfu_pdb.error


def _wrap(kind, identity):
    """The object for an id: None for -1. A drawable is given its own class, whatever it was declared as."""
    if identity == -1:
        return None
    if kind == PDB_IMAGE:
        return Image(_id=identity)
    if kind == PDB_DISPLAY:
        return Display(identity)
    if _is("group", identity):
        return GroupLayer(_id=identity)
    if _is("layer", identity):
        return Layer(_id=identity)
    if _is("vectors", identity):
        return Vectors(identity)
    return Channel(identity)


def _is(what, identity):
    return function("gimp", "gimp_item_is_" + what, INT, INT)(identity)


pdb = gimpfu_pdb.Pdb(_wrap)


def _property(get, put=None):
    """An attribute that is one procedure's answer, and another's argument."""
    def reading(self):
        return pdb[get](self)

    def writing(self, value):
        pdb[put](self, value)

    return property(reading, writing if put else None)


def _children(get):
    """An attribute out of a procedure that answers with a number and ids."""
    def reading(self):
        return [_wrap(None, identity) for identity in pdb[get](self)[1]]

    return property(reading)


class _Object(object):
    """Something that GIMP knows by a number, ``ID``."""

    def __init__(self, identity):
        self.ID = identity

    def __eq__(self, other):
        return isinstance(other, _Object) and self._key() == other._key()

    def __ne__(self, other):
        return not self == other

    def __hash__(self):
        return hash(self._key())

    def __repr__(self):
        return "<gimp.%s %d>" % (type(self).__name__, self.ID)

    def _key(self):
        return type(self).__name__ in ("Image", "Display") and type(self).__name__, self.ID


class Display(_Object):
    """A view of an image."""


class Image(_Object):
    """``Image(width, height, RGB)`` makes one."""

    def __init__(self, width=1, height=1, type=RGB, _id=None):
        _Object.__init__(self, pdb.gimp_image_new(width, height, type).ID if _id is None else _id)

    width = _property("gimp-image-width")
    height = _property("gimp-image-height")
    base_type = _property("gimp-image-base-type")
    precision = _property("gimp-image-get-precision")
    selection = _property("gimp-image-get-selection")
    floating_selection = _property("gimp-image-get-floating-sel")
    active_layer = _property("gimp-image-get-active-layer", "gimp-image-set-active-layer")
    active_channel = _property("gimp-image-get-active-channel", "gimp-image-set-active-channel")
    active_drawable = _property("gimp-image-get-active-drawable")
    filename = _property("gimp-image-get-filename", "gimp-image-set-filename")
    name = _property("gimp-image-get-name")
    layers = _children("gimp-image-get-layers")
    channels = _children("gimp-image-get-channels")

    def insert_layer(self, layer, parent=None, position=0):
        pdb.gimp_image_insert_layer(self, layer, parent, position)

    def add_layer(self, layer, position=0):
        self.insert_layer(layer, None, position)

    def remove_layer(self, layer):
        pdb.gimp_image_remove_layer(self, layer)

    def undo_group_start(self):
        pdb.gimp_image_undo_group_start(self)

    def undo_group_end(self):
        pdb.gimp_image_undo_group_end(self)

    def duplicate(self):
        return pdb.gimp_image_duplicate(self)

    def flatten(self):
        return pdb.gimp_image_flatten(self)

    def merge_visible_layers(self, how):
        return pdb.gimp_image_merge_visible_layers(self, how)


class Item(_Object):
    """A layer, a channel or a path."""

    name = _property("gimp-item-get-name", "gimp-item-set-name")
    visible = _property("gimp-item-get-visible", "gimp-item-set-visible")
    image = _property("gimp-item-get-image")
    parent = _property("gimp-item-get-parent")

    def parasite_attach(self, parasite):
        pdb.gimp_item_attach_parasite(self, parasite)

    def attach_new_parasite(self, name, flags, data):
        self.parasite_attach(Parasite(name, flags, data))

    def parasite_detach(self, name):
        pdb.gimp_item_detach_parasite(self, name)

    def parasite_list(self):
        return pdb.gimp_item_get_parasite_list(self)[1]

    def parasite_find(self, name):
        """The Parasite, or None."""
        return pdb.gimp_item_get_parasite(self, name) if name in self.parasite_list() else None


class Drawable(Item):
    """A layer, a mask or a channel. Its pixels are not part of this module: see README.md."""

    width = _property("gimp-drawable-width")
    height = _property("gimp-drawable-height")
    bpp = _property("gimp-drawable-bpp")
    type = _property("gimp-drawable-type")
    has_alpha = _property("gimp-drawable-has-alpha")
    is_rgb = _property("gimp-drawable-is-rgb")
    is_gray = _property("gimp-drawable-is-gray")
    is_indexed = _property("gimp-drawable-is-indexed")
    offsets = _property("gimp-drawable-offsets")

    @property
    def mask_bounds(self):
        """The selection's box in it: x1, y1, x2, y2."""
        return pdb.gimp_drawable_mask_bounds(self)[1:]

    def update(self, x, y, width, height):
        pdb.gimp_drawable_update(self, x, y, width, height)

    def fill(self, how):
        pdb.gimp_drawable_fill(self, how)

    def flush(self):
        """Nothing waits to be written."""


class Layer(Drawable):
    """``Layer(image, name, width, height)`` makes one that is not in the image yet."""

    def __init__(self, image=None, name="", width=1, height=1, type=RGB_IMAGE, opacity=100.0, mode=LAYER_MODE_NORMAL,
                 _id=None):
        if _id is None:
            _id = pdb.gimp_layer_new(image, width, height, type, name, opacity, mode).ID
        Drawable.__init__(self, _id)

    mask = _property("gimp-layer-get-mask")
    opacity = _property("gimp-layer-get-opacity", "gimp-layer-set-opacity")
    mode = _property("gimp-layer-get-mode", "gimp-layer-set-mode")
    apply_mask = _property("gimp-layer-get-apply-mask", "gimp-layer-set-apply-mask")
    edit_mask = _property("gimp-layer-get-edit-mask", "gimp-layer-set-edit-mask")
    show_mask = _property("gimp-layer-get-show-mask", "gimp-layer-set-show-mask")
    lock_alpha = _property("gimp-layer-get-lock-alpha", "gimp-layer-set-lock-alpha")

    def copy(self, add_alpha=False):
        return pdb.gimp_layer_copy(self, add_alpha)

    def create_mask(self, kind):
        return pdb.gimp_layer_create_mask(self, kind)

    def add_mask(self, mask):
        pdb.gimp_layer_add_mask(self, mask)

    def remove_mask(self, mode):
        pdb.gimp_layer_remove_mask(self, mode)

    def add_alpha(self):
        pdb.gimp_layer_add_alpha(self)

    def set_offsets(self, x, y):
        pdb.gimp_layer_set_offsets(self, x, y)

    def scale(self, width, height, local_origin=False):
        pdb.gimp_layer_scale(self, width, height, local_origin)


class GroupLayer(Layer):
    """``GroupLayer(image)`` makes one that is not in the image yet."""

    def __init__(self, image=None, _id=None):
        Layer.__init__(self, _id=pdb.gimp_layer_group_new(image).ID if _id is None else _id)

    children = _children("gimp-item-get-children")


class Channel(Drawable):
    """A channel, a layer mask or the selection."""


class Vectors(Item):
    """A path; only what every item has."""


def progress_init(text=""):
    function("gimp", "gimp_progress_init", INT, TEXT)(raw(text))


def progress_update(fraction):
    function("gimp", "gimp_progress_update", INT, DOUBLE)(fraction)


def progress_pulse():
    function("gimp", "gimp_progress_pulse", INT)()


def progress_end():
    function("gimp", "gimp_progress_end", INT)()


def displays_flush():
    pdb.gimp_displays_flush()


def message(text):
    """Tells the user: in a box, in the status bar, or on the console, as GIMP has it."""
    pdb.gimp_message(text)


def image_list():
    return [Image(_id=identity) for identity in pdb.gimp_image_list()[1]]


def delete(thing):
    """Deletes an image without a view, or an item that is in no image."""
    if isinstance(thing, Image):
        pdb.gimp_image_delete(thing)
    else:
        pdb.gimp_item_delete(thing)


def get_data(name):
    """The bytes kept under ``name`` since GIMP was started. Raises error where there are none."""
    return pdb.gimp_procedural_db_get_data(name)[1]


def set_data(name, data):
    """Keeps bytes under ``name`` until GIMP ends."""
    pdb.gimp_procedural_db_set_data(name, len(data), data)


def domain_register(name, folder=None):
    """Says where a plug-in's translations are."""
    function("gimp", "gimp_plugin_domain_register", INT, TEXT, TEXT)(raw(name), raw(folder))
