"""Remove Background on every layer and on every open image, inside GIMP."""

import json

import report
import scenes
from gi.repository import Gimp, Gio

LAYERS, OPEN, FOLDER = (
    "cutaway-remove-background-" + name for name in ("layers", "open-images", "folder"))


def call(name, picture=None, **settings):
    """{"counts", "report"}, or {"error"}."""
    procedure = Gimp.get_pdb().lookup_procedure(name)
    config = procedure.create_config()
    if picture is not None:
        config.set_property("image", picture)
    for each, value in settings.items():
        config.set_property(each.replace("_", "-"), value)
    said = procedure.run(config)
    if said.index(0) != Gimp.PDBStatusType.SUCCESS:
        return {"error": Gimp.get_pdb().get_last_error()}
    return {"counts": [said.index(1), said.index(2), said.index(3)], "report": json.loads(said.index(4))}


def picture_of_layers():
    made = scenes.image(80, 60)
    scenes.layer(made, "photo", 60, 50)
    group = Gimp.GroupLayer.new(made, "set")
    made.insert_layer(group, None, 0)
    inner = scenes.layer(made, "inner", 40, 30, "RGBA_IMAGE", x=-5, y=4, parent=group)
    inner.set_visible(False)
    made.insert_layer(Gimp.GroupLayer.new(made, "empty"), None, 0)
    scenes.layer(made, "refused", 20, 13)
    made.set_selected_layers([inner])
    return made


def state(picture):
    leaves = list(flat(picture.get_layers()))
    return {"tree": scenes.tree(picture), "visible": {each.get_name(): each.get_visible() for each in leaves},
            "selected": [each.get_name() for each in picture.get_selected_layers()]}


def flat(layers):
    for each in layers:
        yield each
        if each.is_group():
            yield from flat(each.get_children())


def save(picture, name):
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, picture, Gio.File.new_for_path(report.path(name)), None)


answers = {"arguments": {
    name: [each.name for each in Gimp.get_pdb().lookup_procedure(name).get_arguments()]
    for name in (LAYERS, OPEN, FOLDER)}}

picture = picture_of_layers()
save(picture, "layers-before.xcf")
answers["layers"] = dict(call(LAYERS, picture, feather=2.0), state=state(picture))
save(picture, "layers.xcf")
answers["again"] = dict(call(LAYERS, picture), state=state(picture))
picture.delete()

picture = picture_of_layers()
answers["mask"] = dict(call(LAYERS, picture, output="mask", report_file=report.path("mask.json")), state=state(picture))
save(picture, "masks.xcf")
picture.delete()

chosen, two, single = (scenes.image(50, 40) for _ in range(3))
for name in ("below", "above"):
    scenes.layer(chosen, name, 50, 40)
    scenes.layer(two, name, 50, 40)
scenes.layer(single, "only", 50, 40)
chosen.set_selected_layers(chosen.get_layers()[1:])
two.set_selected_layers(two.get_layers())
single.set_selected_layers([])
answers["open"] = call(OPEN, feather=2.0, report_file=report.path("open.json"))
answers["open"]["states"] = [state(each) for each in (chosen, two, single)]
answers["open again"] = call(OPEN)
for each in (chosen, two, single):
    each.delete()
answers["none"] = call(OPEN)
report.say("several", answers)
