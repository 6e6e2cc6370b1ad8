"""What cannot be done: each must be refused with a sentence, and leave the image as it was. GIMP 2.10."""

import gimp2_scenes as scenes
import gimpenums
import report
from gimpfu import pdb

answers = {}


def told(name, picture, drawable, **settings):
    before = scenes.tree(picture)
    new, error = scenes.remove(picture, drawable, **settings)
    answers[name] = {"error": error, "new": bool(new), "same": scenes.tree(picture) == before,
                     "visible": [bool(layer.visible) for layer in picture.layers],
                     "images": pdb.gimp_image_list()[0]}
    pdb.gimp_image_delete(picture)


def plain():
    picture = scenes.image(60, 50)
    return picture, scenes.layer(picture, "photo", 60, 50)


picture, photo = plain()
channel = pdb.gimp_channel_new(picture, 60, 50, "spot", 50.0, (255, 0, 0))
pdb.gimp_image_insert_channel(picture, channel, None, 0)
told("channel", picture, channel)
picture, photo = plain()
told("empty group", picture, scenes.group(picture, "nothing in it"))
picture, photo = plain()
pdb.gimp_image_select_rectangle(picture, gimpenums.CHANNEL_OP_REPLACE, 5, 5, 20, 20)
pdb.gimp_selection_float(photo, 3, 3)
told("floating", picture, photo)
for name in ("fake-error", "fake-lost"):
    picture, photo = plain()
    told(name, picture, photo, model=name)
for name, settings in (("shift", {"shift": 999.0}), ("output", {"output": "paper"}), ("clean", {"clean": 10.5})):
    picture, photo = plain()
    told(name, picture, photo, **settings)
report.say("gimp2_refusals", answers)
