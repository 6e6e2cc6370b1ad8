"""Makes the images that the tests describe, inside GIMP 2.10. Python 2.7 and 3."""

import array
import struct

import gimp
import gimp2_host
import gimp2_layer
import gimpenums
import report
from cutaway_bridge import client, errors, flow, installation, settings_spec
from gimp2_gegl import Buffer
from gimpfu import pdb


def image(width, height, base="RGB", precision="U8_GAMMA"):
    pdb.gimp_plugin_enable_precision()
    return pdb.gimp_image_new_with_precision(
        width, height, getattr(gimpenums, base), getattr(gimpenums, "PRECISION_" + precision))


def layer(picture, name, width, height, kind="RGB_IMAGE", x=0, y=0, parent=None, position=0):
    """A layer in the picture, filled with a pattern in its own format."""
    made = pdb.gimp_layer_new(
        picture, width, height, getattr(gimpenums, kind), name, 100.0, gimpenums.LAYER_MODE_NORMAL)
    pdb.gimp_image_insert_layer(picture, made, parent, position)
    pdb.gimp_layer_set_offsets(made, x, y)
    paint(made, pattern(made))
    return made


def group(picture, name, parent=None, position=0):
    made = pdb.gimp_layer_group_new(picture)
    pdb.gimp_item_set_name(made, name)
    pdb.gimp_image_insert_layer(picture, made, parent, position)
    return made


def paint(drawable, data, format=None):
    with Buffer(drawable) as buffer:
        buffer.write(0, 0, drawable.width, drawable.height, data, format)
        buffer.flush()
    drawable.update(0, 0, drawable.width, drawable.height)


def pixels(drawable, format="Y u8"):
    with Buffer(drawable) as buffer:
        return buffer.read(0, 0, drawable.width, drawable.height, 1, format)


def pattern(drawable):
    """Bytes that use many values of the drawable's own format; floats stay within 0..1."""
    said = pdb.gimp_drawable_get_format(drawable).split("-")[0].split()[-1]
    size = {"u8": 1, "u16": 2, "half": 2, "u32": 4, "float": 4, "double": 8}[said]
    count = drawable.width * drawable.height * (drawable.bpp // size)
    if said in ("half", "float", "double"):
        letter = {"half": "e", "float": "f", "double": "d"}[said]
        cycle = [((i * 37) % 251) / 250.0 for i in range(251)]
        block = struct.pack("<%d%s" % (len(cycle), letter), *cycle)
        return (block * (count // len(cycle) + 1))[:count * size]
    step = {1: 37, 2: 40503, 4: 2654435761}[size]
    values = array.array({1: "B", 2: "H", 4: "I"}[size], [(i * step + i // 256) % 256 ** size for i in range(count)])
    return values.tobytes() if hasattr(values, "tobytes") else values.tostring()


def add_mask(made, low=0):
    """A layer mask with a ramp."""
    mask = pdb.gimp_layer_create_mask(made, gimpenums.ADD_MASK_WHITE)
    pdb.gimp_layer_add_mask(made, mask)
    paint(mask, ramp(mask.width, mask.height, low), "Y u8")
    return mask


def ramp(width, height, low=0):
    return bytes(bytearray(low + (x * 5 + y * 2) % (256 - low) for y in range(height) for x in range(width)))


def remove(picture, drawable, **settings):
    """Calls the procedure without a dialog: (layer, "") or (None, error)."""
    values = [gimp2_layer.utf8(value) if row["kind"] == "choice" else value for row, value in (
        (row, settings.get(row["name"], row["default"])) for row in settings_spec.load())]
    try:
        return pdb.python_fu_cutaway_remove_background(picture, drawable, *values), ""
    except RuntimeError as error:
        return None, str(error)


def save(picture, path):
    pdb.gimp_xcf_save(0, picture, pdb.gimp_image_get_active_drawable(picture), path, path)


def tree(picture):
    """The layers by name, top first, with their children."""
    return [branch(each) for each in picture.layers]


def branch(item):
    return [item.name, [branch(each) for each in item.children] if isinstance(item, gimp.GroupLayer) else None]


def remove_here(picture, layer, settings, on_progress):
    """The adapter's own flow in this process, so that something can happen in mid-run: the error, or ""."""
    class Watched(gimp2_host.Gimp2Host):
        def progress(self, fraction, text):
            on_progress(text)

    host = Watched(picture, layer)
    try:
        with client.Client(installation.read(report.path("home")), host.name) as worker:
            flow.drive(flow.run(host, host.fitting(settings), worker))
    except errors.BridgeError as error:
        return error.text()
    return ""
