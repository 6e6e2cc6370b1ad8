"""One layer of each kind of pixels through Remove Background, each image saved. GIMP 2.10."""

import sys

import gimp2_scenes as scenes
import gimpenums
import report
from gimpfu import pdb

SIDE = {"wide": (300, 150), "tiny": (1, 1), "row": (300, 1), "column": (1, 200)}

answers = {}
given = report.given()
for case in given["cases"]:
    picture = scenes.image(200, 160, case["base"], case["precision"])
    if case.get("profile"):
        with open(given["profile"], "rb") as stream:
            icc = stream.read()
        pdb.gimp_image_set_color_profile(picture, len(icc), icc)
    width, height = SIDE[case.get("size", "wide")]
    x, y = case.get("offset", (-20, 30))
    layer = scenes.layer(picture, "photo", width, height, case["type"], x, y)
    if case.get("indexed"):
        pdb.gimp_image_convert_indexed(
            picture, gimpenums.CONVERT_DITHER_NONE, gimpenums.CONVERT_PALETTE_GENERATE, 64, False, False, "")
    if case.get("mask"):
        scenes.add_mask(layer)
    if case.get("selection"):
        pdb.gimp_image_select_rectangle(picture, gimpenums.CHANNEL_OP_REPLACE, *case["selection"])
    new, error = scenes.remove(picture, layer, **case.get("settings", {}))
    path = report.path(case["name"] + ".xcf")
    scenes.save(picture, path)
    answers[case["name"]] = {"error": error, "new": new.name if new else None, "path": path}
    pdb.gimp_image_delete(picture)
answers["python"] = list(sys.version_info[:2])
report.say("gimp2_kinds", answers)
