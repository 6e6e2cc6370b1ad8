"""A photograph through Remove Background again and again, for the bench: when each call began and ended."""

import time

import report
import scenes
from gi.repository import Gimp, Gio

said = report.given()
picture = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(said["photo"]))
photo = picture.get_layers()[0]
calls = []
for _ in range(said["repeat"]):
    began = time.time()
    new, error = scenes.remove(picture, [photo])
    calls.append({"began": began, "ended": time.time(), "error": error})
    picture.remove_layer(picture.get_layers()[0])
    picture.clean_all()
    photo.set_visible(True)
    time.sleep(0.3)
report.say("editor_bench_gimp3", calls)
