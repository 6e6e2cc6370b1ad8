"""Data kept with a layer, by GIMP's own library and by Python's bindings, inside GIMP."""

import os
import sys

import report
import scenes
from gi.repository import Gimp, Gio

sys.path.insert(0, os.path.join(os.environ["GIMP3_DIRECTORY"], "plug-ins", "cutaway"))
import gimp3_parasite

picture = scenes.image(20, 20)
layer = scenes.layer(picture, "photo", 20, 20)
data = bytes(range(256)) * 300
native = gimp3_parasite._native() is not None
done = [gimp3_parasite.attach(layer, "by-library", data), gimp3_parasite.attach(layer, "empty", b"")]
gimp3_parasite._native = lambda: None
done.append(gimp3_parasite.attach(layer, "by-bindings", data))
path = report.path("kept.xcf")
Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, picture, Gio.File.new_for_path(path), None)
report.say("kept", {"native": native, "done": done, "path": path})
