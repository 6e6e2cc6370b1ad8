"""Remove Background on every layer and on every open image, inside GIMP 2.10. Python 2.7 and 3."""

import json

import gimp2_scenes as scenes
import report
from gimpfu import pdb

LAYERS, OPEN, FOLDER = (
    "python-fu-cutaway-remove-background-" + name for name in ("layers", "open-images", "folder"))


def call(name, *given, **settings):
    """{"counts", "report"}, or {"error"}."""
    values = [settings.get(each, default) for each, default in json.loads(pdb.python_fu_cutaway_settings()[1])]
    report_file = settings.get("report_file", "")
    try:
        said = pdb[name](*(list(given) + [report_file] + values))
    except RuntimeError as error:
        return {"error": str(error)}
    return {"counts": list(said[:3]), "report": json.loads(said[3])}


def picture_of_layers():
    made = scenes.image(80, 60)
    scenes.layer(made, "photo", 60, 50)
    group = scenes.group(made, "set")
    inner = scenes.layer(made, "inner", 40, 30, "RGBA_IMAGE", x=-5, y=4, parent=group)
    pdb.gimp_item_set_visible(inner, False)
    scenes.group(made, "empty")
    scenes.layer(made, "refused", 20, 13)
    pdb.gimp_image_set_active_layer(made, inner)
    return made


def state(picture):
    visible = {each.name: bool(each.visible) for each in flat(picture.layers)}
    return {"tree": scenes.tree(picture), "visible": visible, "selected": [picture.active_layer.name]}


def flat(layers):
    for each in layers:
        yield each
        for inner in flat(getattr(each, "children", [])):
            yield inner


answers = {"arguments": {name: [each[1] for each in pdb[name].params] for name in (LAYERS, OPEN, FOLDER)}}

picture = picture_of_layers()
scenes.save(picture, report.path("layers-before.xcf"))
answers["layers"] = call(LAYERS, picture, picture.layers[0], feather=2.0)
answers["layers"]["state"] = state(picture)
scenes.save(picture, report.path("layers.xcf"))
answers["again"] = dict(call(LAYERS, picture, picture.layers[0]), state=state(picture))
pdb.gimp_image_delete(picture)

picture = picture_of_layers()
answers["mask"] = call(LAYERS, picture, picture.layers[0], output="mask", report_file=report.path("mask.json"))
answers["mask"]["state"] = state(picture)
scenes.save(picture, report.path("masks.xcf"))
pdb.gimp_image_delete(picture)

chosen, channel, single = (scenes.image(50, 40) for _ in range(3))
for name in ("below", "above"):
    scenes.layer(chosen, name, 50, 40)
    scenes.layer(channel, name, 50, 40)
scenes.layer(single, "only", 50, 40)
pdb.gimp_image_set_active_layer(chosen, chosen.layers[1])
made = pdb.gimp_channel_new(channel, 50, 40, "a channel", 50.0, (1.0, 0.0, 0.0))
pdb.gimp_image_insert_channel(channel, made, None, 0)
pdb.gimp_image_set_active_channel(channel, made)
answers["open"] = call(OPEN, feather=2.0, report_file=report.path("open.json"))
pdb.gimp_image_set_active_layer(channel, channel.layers[0])
answers["open"]["states"] = [state(each) for each in (chosen, channel, single)]
pdb.gimp_image_set_active_channel(channel, made)
answers["open again"] = call(OPEN)
for each in (chosen, channel, single):
    pdb.gimp_image_delete(each)
answers["none"] = call(OPEN)
report.say("gimp2_several", answers)
