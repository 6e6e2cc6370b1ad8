"""Remove Background without a window, from GIMP 2.10's Python-Fu. Copy it and change it as you like. Python 2.7 and 3.

    gimp-console-2.10 -i --batch-interpreter python-fu-eval -b "
    import sys; sys.path.insert(0, '<this folder>'); import cutaway_examples as cutaway
    cutaway.folder('photos', 'cutouts', write_png=True, feather=2)" -b "pdb.gimp_quit(0)"

Where GIMP has no Python-Fu of its own (Debian, Ubuntu), there is no python-fu-eval: use cutaway-examples.scm, or call
these functions from a plug-in made with Cutaway's module ``pythonfu``.

Every function takes the settings of the dialog by their names (model, refine, clean, output, feather, ...). What goes
wrong is raised; but GIMP 2.10 ends with the exit code 0 all the same: "ok" in the report says how it went. Nothing is
overwritten.
"""

from __future__ import absolute_import

import json
import os

import gimp
from gimpfu import pdb

OF_FOLDER = (("write-xcf", 1), ("write-png", 0), ("all-layers", 0), ("overwrite", 0), ("report-file", ""))


def folder(pictures, results, **said):
    """Every picture of a folder into NAME.xcf (layer and mask) in another one; with write_png=True into NAME.png, too.

    Also: write_xcf, all_layers, overwrite, report_file. What came of each picture is in cutaway-report.json there; the
    same call again does what is still to be done.
    """
    own, settings = arguments(OF_FOLDER, said)
    places = [os.path.abspath(pictures), os.path.abspath(results)]
    return pdb.python_fu_cutaway_remove_background_folder(*(places + own + settings))


def every_layer(picture, target, **said):
    """Every layer of one picture, saved as an XCF file.

    What came of each is in ``report_file``, else beside the target under its name with "-report.json" behind it.
    """
    picture, target = os.path.abspath(picture), os.path.abspath(target)
    said.setdefault("report_file", target + "-report.json")
    if os.path.exists(target):
        raise RuntimeError("%s is there already. Choose another name." % target)
    own, settings = arguments([("report-file", "")], said)
    image = pdb.gimp_file_load(picture, picture)
    try:
        made = pdb.python_fu_cutaway_remove_background_layers(image, image.layers[0], *(own + settings))
        pdb.gimp_xcf_save(0, image, image.layers[0], target, target)
    finally:
        gimp.delete(image)
    return judged(made)


def open_images(pictures, results, **said):
    """The pictures of a list and all that are open already (GIMP 2.10 opens no files of its command line without a
    window). Each is saved as NAME-number.xcf in a folder.

    What came of each is in ``report_file``, else in cutaway-open-images.json in that folder.
    """
    if not os.path.isdir(results):
        os.makedirs(results)
    said.setdefault("report_file", os.path.join(results, "cutaway-open-images.json"))
    for picture in pictures:
        pdb.gimp_file_load(os.path.abspath(picture), picture)
    own, settings = arguments([("report-file", "")], said)
    made = pdb.python_fu_cutaway_remove_background_open_images(*(own + settings))
    for image in gimp.image_list():
        target = os.path.join(os.path.abspath(results), "%s-%d.xcf" % (os.path.splitext(image.name)[0], image.ID))
        if os.path.exists(target):
            raise RuntimeError("%s is there already. Choose another folder." % target)
        pdb.gimp_xcf_save(0, image, image.layers[0], target, target)
    return judged(made)


def arguments(own, said):
    """Procedures of GIMP 2.10 take their arguments by place: those before the settings, and the settings.

    ``own``: name and default of the ones before. What is not said has its default.
    """
    try:
        settings = json.loads(pdb.python_fu_cutaway_settings()[1])
    except AttributeError:  # what Python-Fu raises where there is no such procedure
        raise RuntimeError("This GIMP has no plug-in Cutaway. Install Cutaway, then start GIMP again.")
    said = {name.replace("_", "-"): value for name, value in said.items()}
    if "report-file" in said:
        said["report-file"] = os.path.abspath(said["report-file"])
    unknown = sorted(set(said) - {name for name, _ in list(own) + settings})
    if unknown:
        raise RuntimeError("There is no setting named %s." % unknown[0])
    return [[said.get(name, default) for name, default in rows] for rows in (own, settings)]


def judged(made):
    """What could be done has been saved; what could not ends the script with an error."""
    report = json.loads(made[3])  # after how many were done, skipped and failed
    failed = ["%s: %s" % (line["input"], line["message"]) for line in report["pictures"] if line["state"] == "failed"]
    if failed:
        raise RuntimeError("\n".join(failed))
    return report
