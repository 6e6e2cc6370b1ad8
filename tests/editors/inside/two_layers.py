"""A file with two layers, of which one has a mask, inside GIMP."""

import report
import scenes
from gi.repository import Gimp, Gio

picture = scenes.image(90, 70)
masked = scenes.layer(picture, "masked", 60, 50, "RGBA_IMAGE", x=8, y=9)
scenes.add_mask(masked)
plain = scenes.layer(picture, "plain", 50, 40)
picture.set_selected_layers([plain])
Gimp.file_save(
    Gimp.RunMode.NONINTERACTIVE, picture, Gio.File.new_for_path(report.path("two-layers.xcf")), None)
picture.delete()
report.say("two_layers", True)
