"""What the user does to a layer while the run goes on, inside GIMP; and which images there are meanwhile."""

import os
import sys

import report
import scenes
from gi.repository import Gimp

sys.path.insert(0, os.path.join(os.environ["GIMP3_DIRECTORY"], "plug-ins", "cutaway"))
import gimp3_many

from cutaway_bridge import client, every, installation, many, settings_spec

PUTTING = "Putting the result in"
CHANGES = {
    "scaled": lambda layer: layer.scale(30, 20, False),
    "cropped": lambda layer: layer.resize(39, 30, 0, 0),
    "turned": lambda layer: layer.transform_rotate_simple(Gimp.RotationType.DEGREES90, True, 0, 0),
    "moved": lambda layer: layer.set_offsets(7, 9),
}
answers = {}


def state(picture):
    return {each.get_name(): [each.get_width(), each.get_height(), *each.get_offsets()[1:], each.get_visible(),
                              each.get_mask() is not None] for each in picture.get_layers()}


def one(output, change):
    picture = scenes.image(60, 60)
    layer = scenes.layer(picture, "photo", 40, 30)
    left = [change]

    def told(text):
        if text == PUTTING and left:
            left.pop()(layer)

    error = scenes.remove_here(picture, layer, settings_spec.check({"output": output}), told)
    said = {"error": error, "state": state(picture)}
    picture.delete()
    return said


def several(output):
    """Of three layers the first is moved and the second is cropped while the third is worked on."""
    picture = scenes.image(60, 60)
    second, first = [scenes.layer(picture, name, 40, 30) for name in ("third", "second", "first")][1:]
    left = [lambda: first.set_offsets(7, 9), lambda: second.resize(39, 30, 0, 0)]

    def show(fraction, text):
        while fraction > 0.9 and left:
            left.pop()()

    settings = settings_spec.check({"output": output})
    result = many.Report(settings)
    with client.Client(installation.read(report.path("home")), "gimp3") as worker:
        every.every_layer(gimp3_many.Editor(), picture, settings, worker, result, show)
    said = {"states": [line["state"] for line in result.lines], "messages": [line["message"] for line in result.lines],
            "state": state(picture)}
    picture.delete()
    return said


def filtered():
    """The numbers of open images and of those that count as the user's, at each text of the run."""
    picture = scenes.image(60, 60)
    layer = scenes.layer(picture, "photo", 40, 30)
    layer.append_filter(Gimp.DrawableFilter.new(layer, "gegl:invert-gamma", "turned round"))
    there = []

    def told(text):
        there.append([text, len(Gimp.get_images()), len(gimp3_many.Editor().images())])

    error = scenes.remove_here(picture, layer, settings_spec.check({}), told)
    said = {"error": error, "there": there, "state": state(picture)}
    picture.delete()
    return said


Gimp.get_plug_in().set_pdb_error_handler(Gimp.PDBErrorHandler.PLUGIN)
for output in ("layer", "mask"):
    for name, change in CHANGES.items():
        answers[output + " " + name] = one(output, change)
    answers[output + " several"] = several(output)
answers["filtered"] = filtered()
answers["left"] = len(Gimp.get_images())
report.say("meanwhile", answers)
