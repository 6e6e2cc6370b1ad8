"""One layer of each kind of pixels through Remove Background, each image saved."""

import report
import scenes
from gi.repository import Gimp, Gio

SIDE = {"wide": (300, 150), "tiny": (1, 1), "row": (300, 1), "column": (1, 200)}

answers = {}
for case in report.given():
    picture = scenes.image(200, 160, case["base"], case["precision"])
    if case.get("profile") == "adobe":
        assert picture.set_color_profile(Gimp.ColorProfile.new_rgb_adobe())
    width, height = SIDE[case.get("size", "wide")]
    layer = scenes.layer(picture, "photo", width, height, case["type"], *case.get("offset", (-20, 30)))
    if case.get("indexed"):
        picture.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 64, False, False, "")
        layer = picture.get_layers()[0]
    if case.get("mask"):
        scenes.add_mask(layer)
    if case.get("selection"):
        picture.select_rectangle(Gimp.ChannelOps.REPLACE, *case["selection"])
    new, error = scenes.remove(picture, [layer], **case.get("settings", {}))
    path = report.path(case["name"] + ".xcf")
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, picture, Gio.File.new_for_path(path), None)
    answers[case["name"]] = {"error": error, "new": new.get_name() if new else None, "path": path}
    picture.delete()
report.say("kinds", answers)
