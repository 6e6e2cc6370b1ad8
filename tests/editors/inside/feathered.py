"""Hard-edged selections, feathered by GIMP itself."""

import report
import scenes
from gi.repository import Gimp

said = report.given()
for name, case in said["cases"].items():
    picture = scenes.image(said["width"], said["height"])
    scenes.layer(picture, "photo", 8, 8)
    for x, y, width, height in case["boxes"]:
        picture.select_rectangle(Gimp.ChannelOps.ADD, x, y, width, height)
    assert Gimp.Selection.feather(picture, case["radius"])
    data = picture.get_selection().get_buffer().get(
        scenes.rectangle(0, 0, said["width"], said["height"]), 1.0, "Y float", 0)
    with open(report.path(name + ".raw"), "wb") as stream:
        stream.write(bytes(data))
    picture.delete()
report.say("feathered", {})
