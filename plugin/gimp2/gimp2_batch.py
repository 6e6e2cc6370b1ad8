"""The procedures for many: every layer of an image, every open image, a folder of pictures. Python 2.7 and 3."""

from __future__ import absolute_import

import json
import sys
from contextlib import contextmanager

import gimp
import gimp2_arguments
import gimpfu
from cutaway_bridge import client, errors, every, folder, installation, many, settings_spec
from gimp2_layer import utf8

LAYERS = "python-fu-cutaway-remove-background-layers"
OPEN_IMAGES = "python-fu-cutaway-remove-background-open-images"
FOLDER = "python-fu-cutaway-remove-background-folder"
SETTINGS = "python-fu-cutaway-settings"

_LAYERS_HELP = (
    "Works on every layer that is no group, also in groups and hidden ones, as one step of Undo. Layers that are cut "
    "out already are left.")
_OPEN_HELP = (
    "Works on the active layer of every open image, one step of Undo in each. Images whose layer is cut out already "
    "are left.")
_FOLDER_HELP = (
    "Opens every picture in a folder, removes the background and saves into another folder. Ends with an error where a "
    "picture failed; the report file says which. Run again, it goes on where it was.")
_ABOUT = ("Cutaway", "Cutaway", "2026")
_STATES = (many.DONE, many.SKIPPED, many.FAILED)


class Batch(object):
    """The procedures; ``before_dialog`` is called before a dialog comes, and sets ``asked`` of ``plugin``."""

    def __init__(self, plugin, menu):
        self._plugin = plugin
        self._menu = menu

    def register(self):
        """Tells GIMP of them."""
        counts = [(gimpfu.PF_INT, state, "How many were " + state) for state in _STATES]
        results = counts + [(gimpfu.PF_STRING, "report", "What came of each, in JSON")]
        settings = gimp2_arguments.parameters()
        target = [
            (gimpfu.PF_IMAGE, "image", "The image", None), (gimpfu.PF_DRAWABLE, "drawable", "Any layer of it", None)]
        report = _hidden(gimpfu.PF_STRING, "report-file", "A file for the report in JSON; empty for none", "")
        for name, blurb, help_text, label, given, work in (
                (LAYERS, "Remove the background of every layer of an image", _LAYERS_HELP,
                 "Remove Background from All La_yers...", target, self.layers),
                (OPEN_IMAGES, "Remove the background in all open images", _OPEN_HELP,
                 "Remove Background from All O_pen Images...", [], self.open_images)):
            gimpfu.register(
                name, blurb, help_text, _ABOUT[0], _ABOUT[1], _ABOUT[2], label, "*", given + [report] + settings,
                results, work, menu=self._menu, on_run=self._plugin.before_dialog)
        gimpfu.register(
            FOLDER, "Remove the background of all pictures in a folder", _FOLDER_HELP, _ABOUT[0], _ABOUT[1], _ABOUT[2],
            "", "", _folder_parameters() + settings, results, self.folder)
        gimpfu.register(
            SETTINGS, "The settings in the order in which the procedures take them, each with its default",
            "For scripts that name the settings they want, and go on working when there are more of them.",
            _ABOUT[0], _ABOUT[1], _ABOUT[2], "", "", [],
            [(gimpfu.PF_STRING, "scheme", 'For Script-Fu\'s read: (("name" default) ...)'),
             (gimpfu.PF_STRING, "json", 'The same in JSON: [["name", default], ...]')], self.settings)

    def layers(self, image, drawable, report_file, *values):
        """Every layer of the image."""
        import gimp2_many

        def work(settings, worker, report):
            every.every_layer(gimp2_many.Editor(), image, settings, worker, report, _show)

        return self._seen("Remove Background from All Layers", u"layers", report_file, values, work)

    def open_images(self, report_file, *values):
        """Every open image."""
        import gimp2_many

        def work(settings, worker, report):
            every.open_images(gimp2_many.Editor(), settings, worker, report, _show)

        return self._seen("Remove Background from All Open Images", u"images", report_file, values, work)

    def folder(self, pictures, results, xcf, png, all_layers, overwrite, report_file, *values):
        """A folder of pictures."""
        import gimp2_folder

        with _told():
            kinds = [kind for kind, wanted in (("xcf", xcf), ("png", png)) if wanted]
            settings = gimp2_arguments.settings_of(values)
            task = folder.Folder(
                pictures, results, kinds, bool(overwrite), settings, {"all-layers": bool(all_layers)}, report_file)
            report = task.run(every.processing(gimp2_folder.Editor(), settings, bool(all_layers)))
            if not report.ok:
                raise errors.BridgeError(errors.ERROR, report.summary())
            return _values(report)

    def settings(self):
        """Names and defaults, for Script-Fu and in JSON; true and false are 1 and 0."""
        pairs = [(row["name"], int(row["default"]) if row["kind"] == "switch" else row["default"])
                 for row in settings_spec.load()]
        scheme = " ".join("(%s %s)" % (json.dumps(name), json.dumps(default)) for name, default in pairs)
        return "(%s)" % scheme, json.dumps(pairs)

    def _seen(self, title, what, report_file, values, work):
        """A run that may be asked for by a user; the procedure's results."""
        with _told():
            with many.reported(gimp2_arguments.settings_of(values), report_file or None) as report:
                report.settings = settings_spec.check(report.settings)
                place = installation.find()
                gimp.progress_init(title)
                with client.Client(place, "gimp2") as worker:
                    work(report.settings, worker, report)
            if self._plugin.asked:
                for name in (LAYERS, OPEN_IMAGES):
                    gimp2_arguments.let_go_of_decision(name)
                gimp.message(utf8(report.summary(what)))
            elif report.count(many.FAILED) and not report.count(many.DONE):
                raise errors.BridgeError(errors.ERROR, report.summary(what))
            return _values(report)


@contextmanager
def _told():
    """What the bridge raises in the block becomes the error that Python-Fu hands to GIMP's user."""
    try:
        yield
    except errors.BridgeError as error:
        if error.log:
            sys.stderr.write(str(error.log) + "\n")
        raise gimp.error(str(error))


def _folder_parameters():
    switches = (
        ("write-xcf", "Save NAME.xcf, with all layers and the mask", True),
        ("write-png", "Save NAME.png, what is to be seen of the result", False),
        ("all-layers", "Work on every layer of each picture, not only on the active one", False),
        ("overwrite", "Replace files that are there, and do again what is done", False))
    return [
        (gimpfu.PF_STRING, "input-folder", "The folder with the pictures", ""),
        (gimpfu.PF_STRING, "output-folder", "Where the results go; made where it is not there", ""),
    ] + [(gimpfu.PF_BOOL, name, help_text, default) for name, help_text, default in switches] + [
        _hidden(gimpfu.PF_STRING, "report-file",
                "A file for the report in JSON; empty for %s in the output folder" % folder.REPORT, "")]


def _hidden(kind, name, help_text, default):
    return kind, name, help_text, default, None, {"hidden": True}


def _show(fraction, said):
    gimpfu.pdb.gimp_progress_set_text(utf8(said))
    gimp.progress_update(fraction)


def _values(report):
    return tuple([report.count(state) for state in _STATES] + [report.content()])
