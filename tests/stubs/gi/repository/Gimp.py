"""Stands for Gimp 3.0: names as in GIMP, behaviour as simple as the tests allow. Underscored names are the tests'."""

from gi.repository import Gegl

PARASITE_PERSISTENT = 1
PARASITE_UNDOABLE = 2


class Precision:
    U8_LINEAR, U8_NON_LINEAR, U8_PERCEPTUAL = 100, 150, 175
    U16_LINEAR, U16_NON_LINEAR, U16_PERCEPTUAL = 200, 250, 275
    U32_LINEAR, U32_NON_LINEAR, U32_PERCEPTUAL = 300, 350, 375
    HALF_LINEAR, HALF_NON_LINEAR, HALF_PERCEPTUAL = 500, 550, 575
    FLOAT_LINEAR, FLOAT_NON_LINEAR, FLOAT_PERCEPTUAL = 600, 650, 675
    DOUBLE_LINEAR, DOUBLE_NON_LINEAR, DOUBLE_PERCEPTUAL = 700, 750, 775


class AddMaskType:
    WHITE = 0


class MaskApplyMode:
    DISCARD = 1


class ImageBaseType:
    RGB, GRAY, INDEXED = 0, 1, 2


class LayerMode:
    NORMAL = 28


class RunMode:
    INTERACTIVE, NONINTERACTIVE, WITH_LAST_VALS = 0, 1, 2


class Choice:
    def __init__(self):
        self._added = []

    @classmethod
    def new(cls):
        return cls()

    def add(self, nick, id, label, help):
        self._added.append((nick, id, label))


class ColorProfile:
    def __init__(self, data=b"profile"):
        self._data = data

    def get_icc_profile(self):
        return self._data

    @classmethod
    def new_srgb_trc_from_color_profile(cls, profile):
        return cls(b"srgb curve of " + profile._data)


class Drawable:
    def __init__(self, name="layer", width=4, height=3, channels=3, format="R'G'B' u8", sample=1):
        self._name, self._width, self._height, self._channels = name, width, height, channels
        self._format = format
        self._buffer = Gegl.Buffer(width, height, channels * sample)
        self._updates = []

    def get_name(self):
        return self._name

    def is_valid(self):
        return True

    def get_width(self):
        return self._width

    def get_height(self):
        return self._height

    def get_buffer(self):
        return self._buffer

    def get_format(self):
        return self._format

    def has_alpha(self):
        return self._channels in (2, 4)

    def is_rgb(self):
        return self._channels >= 3

    def is_gray(self):
        return self._channels < 3

    def is_indexed(self):
        return False

    def update(self, x, y, width, height):
        self._updates.append((x, y, width, height))
        return True


class Channel(Drawable):
    pass


class LayerMask(Channel):
    _layer = None


class Layer(Drawable):
    _filters = ()
    _text = False
    _image = _parent = None

    def get_parent(self):
        return self._parent

    def get_image(self):
        return self._image

    @staticmethod
    def from_mask(mask):
        return mask._layer

    def is_group(self):
        return False

    def get_children(self):
        return []

    def get_filters(self):
        return list(self._filters)

    def is_text_layer(self):
        return self._text

    def get_mask(self):
        return None

    def get_apply_mask(self):
        return False

    def get_offsets(self):
        return (True, 0, 0)


class GroupLayer(Layer):
    _children = ()

    def is_group(self):
        return True

    def get_children(self):
        return list(self._children)


class DrawableFilter:
    def __init__(self, visible=True):
        self._visible = visible

    def get_visible(self):
        return self._visible


class Selection:
    @staticmethod
    def is_empty(image):
        return True


class Image:
    _id = 1
    _layers = _selected = _parasites = ()

    def __init__(self, precision=Precision.U8_NON_LINEAR, profile=None):
        self._precision, self._profile = precision, profile
        self._floating = None

    def get_id(self):
        return self._id

    def get_layers(self):
        return list(self._layers)

    def get_selected_drawables(self):
        return list(self._selected)

    def get_parasite_list(self):
        return list(self._parasites)

    def get_precision(self):
        return self._precision

    def get_color_profile(self):
        return self._profile

    def get_floating_sel(self):
        return self._floating

    def is_valid(self):
        return True


class PDB:
    def get_last_error(self):
        return "the last error"


def tile_height():
    return 4


def get_pdb():
    return PDB()
