"""Makes the images that the tests describe, inside GIMP."""

import array
import os
import struct
import sys

import report
from gi.repository import Babl, Gegl, Gimp

PROCEDURE = "cutaway-remove-background"


def image(width, height, base="RGB", precision="U8_NON_LINEAR"):
    return Gimp.Image.new_with_precision(
        width, height, getattr(Gimp.ImageBaseType, base), getattr(Gimp.Precision, precision))


def rectangle(x, y, width, height):
    return Gegl.Rectangle.new(x, y, width, height)


def layer(picture, name, width, height, kind="RGB_IMAGE", x=0, y=0, parent=None, position=0, fill=True):
    """A layer in the picture, filled with a pattern in its own format."""
    made = Gimp.Layer.new(picture, name, width, height, getattr(Gimp.ImageType, kind), 100.0, Gimp.LayerMode.NORMAL)
    picture.insert_layer(made, parent, position)
    made.set_offsets(x, y)
    if fill:
        paint(made, pattern(made))
    return made


def paint(drawable, data):
    buffer = drawable.get_buffer()
    whole = rectangle(0, 0, drawable.get_width(), drawable.get_height())
    buffer.set(whole, Babl.get_name(drawable.get_format()), data)
    buffer.flush()
    drawable.update(0, 0, drawable.get_width(), drawable.get_height())


def pattern(drawable):
    """Bytes that use many values of the drawable's own format; floats stay within 0..1."""
    said = Babl.get_name(drawable.get_format()).split("-")[0]
    count = drawable.get_width() * drawable.get_height() * (drawable.get_bpp() // size_of(said))
    kind = said.split()[-1]
    if kind in ("half", "float", "double"):
        letter = {"half": "e", "float": "f", "double": "d"}[kind]
        cycle = [((i * 37) % 251) / 250.0 for i in range(251)]
        block = struct.pack(f"<{len(cycle)}{letter}", *cycle)
        size = struct.calcsize(letter)
        return (block * (count // len(cycle) + 1))[:count * size]
    size = size_of(said)
    letter = {1: "B", 2: "H", 4: "I"}[size]
    top = 256 ** size
    step = {1: 37, 2: 40503, 4: 2654435761}[size]
    return array.array(letter, [(i * step + i // 256) % top for i in range(count)]).tobytes()


def size_of(said):
    return {"u8": 1, "u16": 2, "half": 2, "u32": 4, "float": 4, "double": 8}[said.split()[-1]]


def add_mask(made, low=0):
    """A layer mask with a ramp, in the mask's own format, which is linear."""
    mask = made.create_mask(Gimp.AddMaskType.WHITE)
    made.add_mask(mask)
    width, height = mask.get_width(), mask.get_height()
    buffer = mask.get_buffer()
    data = bytes(low + (x * 5 + y * 2) % (256 - low) for y in range(height) for x in range(width))
    buffer.set(rectangle(0, 0, width, height), "Y u8", data)
    buffer.flush()
    mask.update(0, 0, width, height)
    return mask


def remove(picture, drawables, **settings):
    """Calls the procedure without a dialog: (layer, "") or (None, error)."""
    procedure = Gimp.get_pdb().lookup_procedure(PROCEDURE)
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", picture)
    config.set_core_object_array("drawables", drawables)
    for name, value in settings.items():
        config.set_property(name, value)
    said = procedure.run(config)
    if said.index(0) != Gimp.PDBStatusType.SUCCESS:
        return None, Gimp.get_pdb().get_last_error()
    return said.index(1), ""


def tree(picture, parent=None):
    """The layers by name, top first, with their children."""
    layers = parent.get_children() if parent else picture.get_layers()
    return [[each.get_name(), tree(picture, each) if each.is_group() else None] for each in layers]


def remove_here(picture, layer, settings, on_progress):
    """The adapter's own flow in this process, so that something can happen in mid-run: the error, or ""."""
    folder = os.path.join(os.environ["GIMP3_DIRECTORY"], "plug-ins", "cutaway")
    if folder not in sys.path:
        sys.path.insert(0, folder)
    import gimp3_host

    from cutaway_bridge import client, errors, flow, installation

    class Watched(gimp3_host.Gimp3Host):
        def progress(self, fraction, text):
            on_progress(text)

    # GIMP hands what goes wrong to the plug-in, as cutaway.py has it.
    Gimp.get_plug_in().set_pdb_error_handler(Gimp.PDBErrorHandler.PLUGIN)
    try:
        place = installation.read(report.path("home"))
        host = Watched(picture, [layer])
        with client.Client(place, host.name) as worker:
            flow.drive(flow.run(host, host.fitting(settings), worker))
    except errors.BridgeError as error:
        return error.text()
    return ""
