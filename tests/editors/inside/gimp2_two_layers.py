"""A file with two layers, of which one has a mask, inside GIMP 2.10. Python 2.7 and 3."""

import gimp2_scenes as scenes
import report
from gimpfu import pdb

picture = scenes.image(90, 70)
masked = scenes.layer(picture, "masked", 60, 50, "RGBA_IMAGE", x=8, y=9)
scenes.add_mask(masked)
plain = scenes.layer(picture, "plain", 50, 40)
pdb.gimp_image_set_active_layer(picture, plain)
scenes.save(picture, report.path("two-layers.xcf"))
pdb.gimp_image_delete(picture)
report.say("gimp2_two_layers", True)
