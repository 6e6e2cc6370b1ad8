"""Remove Background without a window, from GIMP 3's Python-Fu. Copy it and change it as you like.

    gimp-console -i --batch-interpreter python-fu-eval --quit -b "
    import sys; sys.path.insert(0, '<this folder>'); import cutaway_examples as cutaway
    cutaway.folder('photos', 'cutouts', write_png=True, feather=2)"

Every function takes the settings of the dialog by their names (model, refine, clean, output, feather, ...). What goes
wrong is raised, and GIMP then ends with the exit code 64. Nothing is overwritten.
"""

import json
from pathlib import Path

import gi

gi.require_version("Gimp", "3.0")
from gi.repository import Gimp, Gio  # noqa: E402


def folder(pictures, results, **said):
    """Every picture of a folder into NAME.xcf (layer and mask) in another one; with write_png=True into NAME.png, too.

    Also: write_xcf, all_layers, overwrite, report_file. What came of each picture is in cutaway-report.json there; the
    same call again does what is still to be done.
    """
    places = {"input_folder": str(Path(pictures).absolute()), "output_folder": str(Path(results).absolute())}
    return run("folder", **places, **said)


def every_layer(picture, target, **said):
    """Every layer of one picture, saved as an XCF file.

    What came of each is in ``report_file``, else beside the target under its name with "-report.json" behind it.
    """
    _must_be_free(target)
    said.setdefault("report_file", f"{target}-report.json")
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, _file(picture))
    try:
        report = run("layers", image=image, **said)
        _save(image, target)
    finally:
        image.delete()
    return _judged(report)


def open_images(results, **said):
    """All pictures that are open: the files named on GIMP's command line. Each is saved as NAME-number.xcf.

    What came of each is in ``report_file``, else in cutaway-open-images.json in that folder.
    """
    Path(results).mkdir(parents=True, exist_ok=True)
    said.setdefault("report_file", Path(results) / "cutaway-open-images.json")
    report = run("open-images", **said)
    for image in Gimp.get_images():
        file = image.get_file() or image.get_imported_file()
        name = file.get_basename() if file else "image"
        _save(image, Path(results) / f"{Path(name).stem}-{image.get_id()}.xcf")
    return _judged(report)


def run(which, image=None, **said):
    """Calls one of Cutaway's procedures; the report. Underscores in names stand for hyphens."""
    procedure = Gimp.get_pdb().lookup_procedure("cutaway-remove-background-" + which)
    if procedure is None:
        raise RuntimeError("This GIMP has no plug-in Cutaway. Install Cutaway, then start GIMP again.")
    config = procedure.create_config()
    if image is not None:
        config.set_property("image", image)
    if "report_file" in said:
        said["report_file"] = str(Path(said["report_file"]).absolute())
    for name, value in said.items():
        config.set_property(name.replace("_", "-"), value)
    values = procedure.run(config)
    if values.index(0) != Gimp.PDBStatusType.SUCCESS:
        raise RuntimeError(Gimp.get_pdb().get_last_error())
    return json.loads(values.index(4))  # after how many were done, skipped and failed


def _judged(report):
    """What could be done has been saved; what could not ends the script with an error."""
    failed = [f"{line['input']}: {line['message']}" for line in report["pictures"] if line["state"] == "failed"]
    if failed:
        raise RuntimeError("\n".join(failed))
    return report


def _must_be_free(target):
    if Path(target).exists():
        raise RuntimeError(f"{target} is there already. Choose another name.")


def _save(image, target):
    _must_be_free(target)
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, _file(target), None)


def _file(path):
    return Gio.File.new_for_path(str(Path(path).absolute()))
