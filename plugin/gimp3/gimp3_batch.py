"""The procedures for many: every layer of an image, every open image, a folder of pictures."""

import gi
import gimp3_arguments
import gimp3_many

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, GObject  # noqa: E402

from cutaway_bridge import client, errors, every, folder, installation, many, settings_spec  # noqa: E402

LAYERS = "cutaway-remove-background-layers"
OPEN_IMAGES = "cutaway-remove-background-open-images"
FOLDER = "cutaway-remove-background-folder"
NAMES = (LAYERS, OPEN_IMAGES, FOLDER)

_LABELS = {LAYERS: "Remove Background from All La_yers...", OPEN_IMAGES: "Remove Background from All O_pen Images..."}
_BLURBS = {
    LAYERS: "Remove the background of every layer of an image",
    OPEN_IMAGES: "Remove the background in all open images",
    FOLDER: "Remove the background of all pictures in a folder",
}
_HELPS = {
    LAYERS: "Works on every layer that is no group, also in groups and hidden ones, as one step of Undo. Layers that "
            "are cut out already are left.",
    OPEN_IMAGES: "Works on the selected layer of every open image, one step of Undo in each. Images whose layer is cut "
                 "out already are left.",
    FOLDER: "Opens every picture in a folder, removes the background and saves into another folder. Ends with an error "
            "where a picture failed; the report file says which. Run again, it goes on where it was.",
}
_FLAGS = GObject.ParamFlags.READWRITE
_COUNTS = ((many.DONE, "Done"), (many.SKIPPED, "Skipped"), (many.FAILED, "Failed"))


def create(plugin, name, guarded):
    """The procedure of that name. ``guarded(procedure, work)``: GIMP's values for what ``work`` returns."""
    if name == LAYERS:
        procedure = Gimp.ImageProcedure.new(
            plugin, name, Gimp.PDBProcType.PLUGIN, lambda own, mode, image, drawables, config, data: guarded(
                own, lambda: _layers(own, mode, image, config)), None)
        procedure.set_image_types("*")
        all_masks = Gimp.ProcedureSensitivityMask
        procedure.set_sensitivity_mask(all_masks.DRAWABLE | all_masks.DRAWABLES | all_masks.NO_DRAWABLES)
    else:
        work = _open_images if name == OPEN_IMAGES else _folder
        procedure = Gimp.Procedure.new(
            plugin, name, Gimp.PDBProcType.PLUGIN, lambda own, config, data: guarded(own, lambda: work(own, config)),
            None)
        if name == OPEN_IMAGES:
            procedure.add_enum_argument(
                "run-mode", "Run mode", "The run mode", Gimp.RunMode, Gimp.RunMode.NONINTERACTIVE, _FLAGS)
    procedure.set_documentation(_BLURBS[name], _HELPS[name], name)
    procedure.set_attribution("Cutaway", "Cutaway", "2026")
    if name in _LABELS:
        procedure.set_menu_label(_LABELS[name])
        procedure.add_menu_path("<Image>/Layer")
    if name == FOLDER:
        _declare_folder(procedure)
    else_where = f"{folder.REPORT} in the output folder" if name == FOLDER else "none"
    _say(procedure, "report-file", "Report file", f"A file for the report in JSON; empty for {else_where}")
    gimp3_arguments.declare(procedure)
    for value, label in _COUNTS:
        procedure.add_int_return_value(value, label, "How many were " + value, 0, 1 << 30, 0, _FLAGS)
    procedure.add_string_return_value("report", "Report", "What came of each, in JSON", "", _FLAGS)
    return procedure


def _declare_folder(procedure):
    _say(procedure, "input-folder", "Input folder", "The folder with the pictures")
    _say(procedure, "output-folder", "Output folder", "Where the results go; made where it is not there")
    for name, label, blurb, default in (
            ("write-xcf", "Write XCF", "Save NAME.xcf, with all layers and the mask", True),
            ("write-png", "Write PNG", "Save NAME.png, what is to be seen of the result", False),
            ("all-layers", "All layers", "Work on every layer of each picture, not only on the selected one", False),
            ("overwrite", "Overwrite", "Replace files that are there, and do again what is done", False)):
        procedure.add_boolean_argument(name, label, blurb, default, _FLAGS)


def _say(procedure, name, label, blurb):
    procedure.add_string_argument(name, label, blurb, "", _FLAGS)


def _layers(procedure, run_mode, image, config):
    def work(settings, worker, report):
        every.every_layer(gimp3_many.Editor(), image, settings, worker, report, _show)

    return _seen(procedure, run_mode, config, "Remove Background from All Layers", "layers", work)


def _open_images(procedure, config):
    def work(settings, worker, report):
        every.open_images(gimp3_many.Editor(), settings, worker, report, _show)

    run_mode = config.get_property("run-mode")
    return _seen(procedure, run_mode, config, "Remove Background from All Open Images", "images", work)


def _seen(procedure, run_mode, config, title, what, work):
    """The return values of a run that may be asked for by a user; None where the user has cancelled."""
    if run_mode == Gimp.RunMode.INTERACTIVE:
        import gimp3_dialog  # needs a display: not to be imported in a batch run

        if not gimp3_dialog.ask(procedure, config, installation.find(), title):
            return None
    with many.reported(gimp3_arguments.settings_taken(config), config.get_property("report-file") or None) as report:
        report.settings = settings_spec.check(report.settings)
        place = installation.find()
        Gimp.progress_init(title)
        try:
            with client.Client(place, "gimp3") as worker:
                work(report.settings, worker, report)
        finally:
            Gimp.progress_end()
    if run_mode != Gimp.RunMode.NONINTERACTIVE:
        Gimp.message(report.summary(what))
        Gimp.displays_flush()
    elif report.count(many.FAILED) and not report.count(many.DONE):
        raise errors.BridgeError(errors.ERROR, report.summary(what))
    return _values(report)


def _show(fraction, text):
    Gimp.progress_set_text(text)
    Gimp.progress_update(fraction)


def _folder(procedure, config):
    import gimp3_folder

    settings = gimp3_arguments.settings_of(config)
    said = config.get_property
    kinds = [kind for kind in ("xcf", "png") if said("write-" + kind)]
    task = folder.Folder(
        said("input-folder"), said("output-folder"), kinds, said("overwrite"), settings,
        {"all-layers": said("all-layers")}, said("report-file"))
    report = task.run(every.processing(gimp3_folder.Editor(), settings, said("all-layers")))
    if not report.ok:
        raise errors.BridgeError(errors.ERROR, report.summary())
    return _values(report)


def _values(report):
    counts = [GObject.Value(GObject.TYPE_INT, report.count(state)) for state, _ in _COUNTS]
    return [*counts, GObject.Value(GObject.TYPE_STRING, report.content())]
