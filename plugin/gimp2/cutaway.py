#!/usr/bin/env python3
"""Remove Background for GIMP 2.10: the plug-in that GIMP starts. Python 2.7 and 3.

Installed as ``plug-ins/cutaway/cutaway.py`` with the modules beside it, ``plugin/bridge`` as ``cutaway_bridge`` and
``cutaway-home.json``, which says where Cutaway's environment is. Runs on GIMP's own Python-Fu where there is one, and
else on the module in ``pythonfu``.
"""

from __future__ import absolute_import

import json
import os
import sys

REMOVE = "python-fu-cutaway-remove-background"
AGAIN = "python-fu-cutaway-remove-background-again"
LAST = "cutaway-last-settings"
MENU = "<Image>/Layer"

_BLURB = "Remove the background with an editable layer mask"
_HELP = (
    "Adds a copy of the layer with a layer mask that hides the background and with clean edge colours. The layer "
    "itself is kept and hidden. Works on this computer, or at Topaz where that is chosen.")


def find_pythonfu(folder):
    """Makes ``gimpfu`` importable: GIMP's own, or the one in ``folder``."""
    sys.path.append(folder)  # behind GIMP's own; gimpfu_c in it is wanted in both cases
    try:
        import gimpfu  # noqa: F401
    except (ImportError, SyntaxError):  # GIMP's own is there, but is made for another Python
        sys.path.insert(0, folder)


class PlugIn(object):
    """The procedures. ``asked``: whether a dialog has come, and there is somebody to be told."""

    def __init__(self):
        self.asked = False

    def register(self):
        """Tells GIMP of them."""
        import gimp2_arguments
        import gimp2_batch
        import gimpfu

        target = [
            (gimpfu.PF_IMAGE, "image", "The image", None),
            (gimpfu.PF_DRAWABLE, "drawable", "The layer, or its layer mask", None)]
        results = [(gimpfu.PF_LAYER, "layer", "The new layer, or the layer itself where the mask was put on it")]
        about = ("Cutaway", "Cutaway", "2026")
        gimpfu.register(
            REMOVE, _BLURB, _HELP, about[0], about[1], about[2], "Remove _Background...", "*",
            target + gimp2_arguments.parameters(one_layer=True), results, self.remove, menu=MENU,
            on_run=self.before_dialog)
        gimpfu.register(
            AGAIN, "Remove the background with the last values", _HELP, about[0], about[1], about[2],
            "Remove Ba_ckground", "*", target, results, self.again, menu=MENU)
        gimp2_batch.Batch(self, MENU).register()

    def before_dialog(self):
        """Called only where the user is asked; what is missing is said before, and the worker starts meanwhile."""
        from cutaway_bridge import errors, installation
        try:
            _begin_to_start(installation.find())
        except errors.BridgeError as error:
            raise _told(error)
        self.asked = True

    def remove(self, image, drawable, *values):
        """Runs Remove Background with the values of the dialog or of the caller; returns the new layer."""
        import gimp
        import gimp2_arguments
        from cutaway_bridge import settings_spec

        settings = gimp2_arguments.settings_of(values)
        if self.asked:  # what a script says is no user's last value
            gimp.set_data(LAST, json.dumps(settings_spec.lasting(settings)).encode("utf-8"))
            gimp2_arguments.let_go_of_decision(REMOVE)
        return _run(image, drawable, settings)

    def again(self, image, drawable):
        """Runs Remove Background with what the dialog was left with; returns the new layer."""
        import gimp
        from cutaway_bridge import settings_spec

        try:
            settings = json.loads(_bytes(gimp.get_data(LAST)).decode("utf-8"))
        except (RuntimeError, ValueError):  # nobody has been asked since GIMP was started
            settings = settings_spec.defaults()
        return _run(image, drawable, settings)


def _begin_to_start(place):
    """Sets the worker going where none runs, and does not wait for it."""
    from cutaway_bridge import client
    with client.Client(place, "gimp2") as worker:
        steps = worker.connecting()
        try:
            next(steps, None)
        finally:
            steps.close()


def _bytes(data):
    """Data from GIMP: bytes, or the numbers of them."""
    return bytes(bytearray(data))


def _run(image, drawable, settings):
    import gimp
    import gimp2_host
    import gimp2_layer
    from cutaway_bridge import client, errors, flow, installation

    gimp.progress_init("Remove Background")
    try:
        host = gimp2_host.Gimp2Host(image, drawable)
        with client.Client(installation.find(), host.name) as worker:
            flow.drive(flow.run(host, host.fitting(settings_checked(settings)), worker))
    except errors.BridgeError as error:
        raise _told(error)
    for _, message in host.notes:
        gimp.message(gimp2_layer.utf8(message))
    return host.new_layer


def settings_checked(settings):
    """All settings. Raises BridgeError settings_invalid."""
    from cutaway_bridge import settings_spec
    return settings_spec.check(settings)


def _told(error):
    """The error that Python-Fu hands to GIMP's user."""
    import gimp
    if error.log:
        sys.stderr.write(str(error.log) + "\n")
    return gimp.error(str(error))


def main():
    """Hands over to GIMP."""
    find_pythonfu(os.path.join(os.path.dirname(os.path.abspath(__file__)), "pythonfu"))
    import gimpfu

    PlugIn().register()
    gimpfu.main()


if __name__ == "__main__":
    main()
