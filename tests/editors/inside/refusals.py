"""What cannot be done: each must be refused with a sentence, and leave the image as it was."""

import report
import scenes
from gi.repository import Gegl, Gimp

answers = {}


def told(name, picture, drawables, **settings):
    before = scenes.tree(picture)
    new, error = scenes.remove(picture, drawables, **settings)
    answers[name] = {"error": error, "new": bool(new), "same": scenes.tree(picture) == before,
                     "visible": [layer.get_visible() for layer in picture.get_layers()],
                     "selected": [layer.get_name() for layer in picture.get_selected_layers()],
                     "images": len(Gimp.get_images())}
    picture.delete()


def plain():
    picture = scenes.image(60, 50)
    return picture, scenes.layer(picture, "photo", 60, 50)


picture, photo = plain()
told("none", picture, [])
picture, photo = plain()
told("several", picture, [photo, scenes.layer(picture, "other", 20, 20)])
picture, photo = plain()
channel = Gimp.Channel.new(picture, "spot", 60, 50, 50.0, Gegl.Color.new("red"))
picture.insert_channel(channel, None, 0)
told("channel", picture, [channel])
picture, photo = plain()
group = Gimp.GroupLayer.new(picture, "nothing in it")
picture.insert_layer(group, None, 0)
told("empty group", picture, [group])
picture, photo = plain()
picture.select_rectangle(Gimp.ChannelOps.REPLACE, 5, 5, 20, 20)
Gimp.Selection.float(picture, [photo], 3, 3)
told("floating", picture, [photo])
for name in ("fake-error", "fake-lost"):
    picture, photo = plain()
    told(name, picture, [photo], model=name)
picture, photo = plain()
told("out of range", picture, [photo], model="")
report.say("refusals", answers)
