#!/usr/bin/env python3
"""Remove Background for GIMP 3.0 and 3.2: the plug-in that GIMP starts.

Installed as ``plug-ins/cutaway/cutaway.py`` with the modules beside it, ``plugin/bridge`` as ``cutaway_bridge`` and
``cutaway-home.json``, which says where Cutaway's environment is.
"""

import sys
import traceback

import gi
import gimp3_arguments
import gimp3_batch
import gimp3_host

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, GLib, GObject  # noqa: E402

from cutaway_bridge import client, errors, flow, installation  # noqa: E402

REMOVE = "cutaway-remove-background"
AGAIN = "cutaway-remove-background-again"

_HELP = (
    "Adds a copy of the layer with a layer mask that hides the background and with clean edge colours. The layer "
    "itself is kept and hidden. Works on this computer, or at Topaz where that is chosen.")


class Cutaway(Gimp.PlugIn):
    """The plug-in. GIMP makes one for each call."""

    def do_set_i18n(self, name):
        return False

    def do_query_procedures(self):
        return [REMOVE, AGAIN, *gimp3_batch.NAMES]

    def do_create_procedure(self, name):
        if name in gimp3_batch.NAMES:
            return gimp3_batch.create(self, name, self._guarded)
        procedure = Gimp.ImageProcedure.new(
            self, name, Gimp.PDBProcType.PLUGIN, self.remove if name == REMOVE else self.again, None)
        procedure.set_image_types("*")
        procedure.set_sensitivity_mask(Gimp.ProcedureSensitivityMask.DRAWABLE)
        procedure.set_documentation("Remove the background with an editable layer mask", _HELP, name)
        procedure.set_attribution("Cutaway", "Cutaway", "2026")
        if name == REMOVE:
            procedure.set_menu_label("Remove _Background...")
            gimp3_arguments.declare(procedure)
        else:
            procedure.set_menu_label("Remove Ba_ckground")
            procedure.set_documentation("Remove the background with the last values", _HELP, name)
        procedure.add_menu_path("<Image>/Layer")
        procedure.add_layer_return_value(
            "layer", "Layer", "The new layer, or the layer itself where the mask was put on it", True,
            GObject.ParamFlags.READWRITE)
        return procedure

    def remove(self, procedure, run_mode, image, drawables, config, data):
        """Runs Remove Background; asks before where the run is interactive."""
        return self._guarded(procedure, lambda: _value(_remove(procedure, run_mode, image, drawables, config)))

    def again(self, procedure, run_mode, image, drawables, config, data):
        """Runs Remove Background with its last values: GIMP keeps those with that procedure, so that one is called."""
        return self._guarded(procedure, lambda: _value(_again(image, drawables)))

    def _guarded(self, procedure, work):
        """GIMP's return values for ``work``, which returns those after the status, or None for a cancel."""
        # What GIMP refuses is said once, in the answer, and not in a message of its own before.
        self.set_pdb_error_handler(Gimp.PDBErrorHandler.PLUGIN)
        try:
            made = work()
        except errors.BridgeError as error:
            if error.code == errors.CANCELLED:
                return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
            if error.log:
                sys.stderr.write(error.log + "\n")
            return _failed(procedure, error.text())
        except Exception as error:  # noqa: BLE001  the process's edge: whatever happens, GIMP is given an answer
            traceback.print_exc()
            return _failed(procedure, f"Remove Background has met a defect: {type(error).__name__}: {error}")
        if made is None:
            return procedure.new_return_values(Gimp.PDBStatusType.CANCEL, None)
        values = procedure.new_return_values(Gimp.PDBStatusType.SUCCESS, None)
        for place, value in enumerate(made, start=1):
            values.remove(place)
            values.insert(place, value)
        return values


def _value(layer):
    return None if layer is None else [GObject.Value(Gimp.Layer, layer)]


def _failed(procedure, text):
    error = GLib.Error.new_literal(Gimp.PlugIn.error_quark(), text, 0)
    return procedure.new_return_values(Gimp.PDBStatusType.EXECUTION_ERROR, error)


def _remove(procedure, run_mode, image, drawables, config):
    host = gimp3_host.Gimp3Host(image, drawables)
    place = installation.find()
    if run_mode == Gimp.RunMode.INTERACTIVE and not _asked(procedure, config, place, host.layer):
        return None
    settings = host.fitting(gimp3_arguments.settings_taken(config))
    Gimp.progress_init("Remove Background")
    try:
        with client.Client(place, host.name) as worker:
            flow.drive(flow.run(host, settings, worker))
    finally:
        Gimp.progress_end()
    if run_mode != Gimp.RunMode.NONINTERACTIVE:
        for _, message in host.notes:
            Gimp.message(message)
        Gimp.displays_flush()
    return host.new_layer


def _asked(procedure, config, place, layer):
    import gimp3_dialog  # needs a display: not to be imported in a batch run

    return gimp3_dialog.ask(procedure, config, place, size=(layer.get_width(), layer.get_height()))


def _again(image, drawables):
    first = Gimp.get_pdb().lookup_procedure(REMOVE)
    config = first.create_config()
    # Without a dialog in any case: who asks for "again" has said the values before.
    config.set_property("run-mode", Gimp.RunMode.WITH_LAST_VALS)
    config.set_property("image", image)
    config.set_core_object_array("drawables", drawables)
    said = first.run(config)
    status = said.index(0)
    if status == Gimp.PDBStatusType.SUCCESS:
        return said.index(1)
    if status == Gimp.PDBStatusType.CANCEL:
        return None
    raise errors.BridgeError(errors.ERROR, Gimp.get_pdb().get_last_error() or "Remove Background failed.")


if __name__ == "__main__":
    Gimp.main(Cutaway.__gtype__, sys.argv)
