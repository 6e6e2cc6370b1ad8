"""The Python-Fu module by itself: objects, values to and fro, errors. GIMP 2.10; Python 2.7 and 3."""

import sys

import gimp
import gimpfu
import report
from cutaway_bridge import settings_spec
from gimpfu import pdb

picture = gimp.Image(30, 20, gimpfu.RGB)
layer = gimp.Layer(picture, u"gr\u00fcn", 12, 9, gimpfu.RGBA_IMAGE, 50.0, gimpfu.LAYER_MODE_NORMAL)
picture.insert_layer(layer)
group = gimp.GroupLayer(picture)
picture.insert_layer(group, None, 0)
layer.attach_new_parasite("one", gimpfu.PARASITE_PERSISTENT, b"\0\1\xff")
layer.parasite_attach(gimp.Parasite("two", 0, b""))
found = layer.parasite_find("one")
layer.parasite_detach("two")
said = {
    "python": list(sys.version_info[:2]),
    "image": [picture.width, picture.height, picture.base_type],
    "layer": [layer.name, layer.width, layer.height, layer.bpp, bool(layer.has_alpha), layer.opacity],
    "layers": [type(each).__name__ for each in picture.layers],
    "same": [picture.layers[1] == layer, picture.layers[0] == layer, hash(picture.layers[1]) == hash(layer),
             layer != picture],
    "none": [layer.mask is None, layer.parent is None, picture.floating_selection is None],
    "parasite": [found.name, found.flags, list(bytearray(found.data)), list(layer.parasite_list()),
                 layer.parasite_find("two") is None],
    "offsets": [list(layer.offsets)],
    "type of offsets": type(layer.offsets).__name__,
    "blurb": pdb.gimp_image_width.proc_blurb,
    "query": pdb.query("gimp-image-wid.*"),
    "mode": [pdb["gimp-file-load"].params[0][1], pdb.gimp_file_load.nparams],
    "data": None,
}
layer.set_offsets(3, -4)
said["offsets"].append(list(layer.offsets))
pdb.gimp_context_set_foreground((255, 0, 0))
said["color"] = [round(each, 3) for each in pdb.gimp_context_get_foreground()]
gimp.set_data("cutaway-test", b"a\0b")
said["data"] = list(bytearray(gimp.get_data("cutaway-test")))
errors = {}
for name, work in (
        ("missing data", lambda: gimp.get_data("cutaway-nothing")),
        ("bad call", lambda: pdb.gimp_image_width(layer)),
        ("too few", lambda: pdb.gimp_image_width()),
        ("no such", lambda: pdb.gimp_no_such_procedure),
        ("not there", lambda: pdb["gimp-no-such-procedure"]),
        ("of a plug-in", lambda: pdb.python_fu_cutaway_remove_background(
            picture, group, *["x"] * len(settings_spec.load())))):
    try:
        work()
        errors[name] = ""
    except (RuntimeError, TypeError, AttributeError, KeyError, ValueError) as error:
        errors[name] = type(error).__name__
said["errors"] = errors
said["echo"] = pdb.python_fu_cutaway_echo(picture, layer, 7, 0.25, False, u"w\u00f6rter", 0)
said["echo last"] = pdb.python_fu_cutaway_echo(
    picture, layer, 7, 0.25, False, "x", 0, run_mode=gimpfu.RUN_WITH_LAST_VALS)
gimp.delete(picture)
said["images"] = len(gimp.image_list())
report.say("gimp2_module", said)
