"""What the user does to a layer while the run goes on, inside GIMP 2.10. Python 2.7 and 3."""

import gimp2_many
import gimp2_scenes as scenes
import report
from cutaway_bridge import client, every, installation, many, settings_spec
from gimpfu import pdb

PUTTING = "Putting the result in"
ROTATE_90 = 0
CHANGES = {
    "scaled": lambda layer: pdb.gimp_layer_scale(layer, 30, 20, False),
    "cropped": lambda layer: pdb.gimp_layer_resize(layer, 39, 30, 0, 0),
    "turned": lambda layer: pdb.gimp_item_transform_rotate_simple(layer, ROTATE_90, True, 0, 0),
    "moved": lambda layer: pdb.gimp_layer_set_offsets(layer, 7, 9),
}
answers = {}


def state(picture):
    return {each.name: [each.width, each.height] + list(each.offsets) + [bool(each.visible), each.mask is not None]
            for each in picture.layers}


def one(output, change):
    picture = scenes.image(60, 60)
    layer = scenes.layer(picture, "photo", 40, 30)
    left = [change]

    def told(text):
        if text == PUTTING and left:
            left.pop()(layer)

    error = scenes.remove_here(picture, layer, {"output": output}, told)
    said = {"error": error, "state": state(picture)}
    pdb.gimp_image_delete(picture)
    return said


def several(output):
    """Of three layers the first is moved and the second is cropped while the third is worked on."""
    picture = scenes.image(60, 60)
    second, first = [scenes.layer(picture, name, 40, 30) for name in ("third", "second", "first")][1:]
    left = [lambda: CHANGES["moved"](first), lambda: CHANGES["cropped"](second)]

    def show(fraction, text):
        while fraction > 0.9 and left:
            left.pop()()

    settings = settings_spec.check({"output": output})
    result = many.Report(settings)
    with client.Client(installation.read(report.path("home")), "gimp2") as worker:
        every.every_layer(gimp2_many.Editor(), picture, settings, worker, result, show)
    said = {"states": [line["state"] for line in result.lines], "messages": [line["message"] for line in result.lines],
            "state": state(picture)}
    pdb.gimp_image_delete(picture)
    return said


for output in ("layer", "mask"):
    for name, change in sorted(CHANGES.items()):
        answers[output + " " + name] = one(output, change)
    answers[output + " several"] = several(output)
answers["left"] = pdb.gimp_image_list()[0]
report.say("gimp2_meanwhile", answers)
