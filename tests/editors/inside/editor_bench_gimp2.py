"""A photograph through Remove Background again and again, for the bench. Python 2.7 and 3."""

import time

import gimp2_scenes as scenes
import report
from gimpfu import pdb

said = report.given()
picture = pdb.gimp_file_load(said["photo"], said["photo"])
photo = picture.layers[0]
calls = []
for _ in range(said["repeat"]):
    began = time.time()
    new, error = scenes.remove(picture, photo)
    calls.append({"began": began, "ended": time.time(), "error": error})
    pdb.gimp_image_remove_layer(picture, picture.layers[0])
    pdb.gimp_item_set_visible(photo, True)
    time.sleep(0.3)
report.say("editor_bench_gimp2", calls)
