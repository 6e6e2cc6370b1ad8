"""A photograph through Remove Background by the real worker, which GIMP itself starts where none runs."""

import time

import report
import scenes
from gi.repository import Gimp, Gio

said = report.given()
answers = {}
for name, settings in said["runs"].items():
    picture = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(said["photo"]))
    photo = picture.get_layers()[0]
    photo.set_name("photo")
    if said.get("precision"):
        picture.convert_precision(getattr(Gimp.Precision, said["precision"]))
    start = time.monotonic()
    new, error = scenes.remove(picture, [photo], **settings)
    answers[name] = {"error": error, "seconds": time.monotonic() - start, "path": report.path(name + ".xcf")}
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, picture, Gio.File.new_for_path(answers[name]["path"]), None)
    picture.delete()
report.say("photo", answers)
