"""Remove Background on picture files without a window, for kritarunner; see cutaway_batch.py.

For every picture IN a NAME.kra with the new layer and its mask is saved into the folder, and with --png a NAME.png of
what is then to be seen. The pictures themselves are never written. ``cutaway-report.json`` in the folder says what came
of each, and in "code" and "message" why nothing was begun where that is so (cutaway_bridge/many.py has its form). The
exit code is 0 where all went well, 1 where a picture failed, 2 for a wrong command line or a setting out of range.
"""

import argparse
import functools
import os
import sys
import traceback
from pathlib import Path

from krita import InfoObject, Krita

from . import krita_host, layers
from .cutaway_bridge import client, errors, flow, installation, many, settings_spec

REPORT = "cutaway-report.json"
GOOD, FAILED, USAGE = 0, 1, 2


def main(arguments):
    """``arguments``: words of the command line. Never returns: kritarunner's own exit code is 0 whatever happens."""
    code = FAILED
    try:
        code = run([str(each) for each in arguments])
    except SystemExit as end:  # argparse has said what is wrong, or shown the help
        code = USAGE if end.code else GOOD
    except BaseException:  # noqa: BLE001  the process's edge
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        os._exit(code)


def run(words):
    """The exit code."""
    said = parser().parse_args(words)
    chosen = {
        row["name"]: value for row in settings_spec.load() if (value := getattr(said, option(row))) is not None}
    folder = Path(said.output).expanduser().absolute()
    folder.mkdir(parents=True, exist_ok=True)
    report = many.Report(chosen, str(Path(said.report).expanduser().absolute() if said.report else folder / REPORT))
    try:
        report.settings = settings_spec.check(chosen)
        with client.Client(installation.find(), "krita") as worker:
            _work_off(said, folder, report, worker)
    except errors.BridgeError as error:
        report.stop(error)
        sys.stderr.write(error.text() + "\n")
        return USAGE if error.code == errors.SETTINGS_INVALID else FAILED
    report.finish()
    print(f"{report.count(many.DONE)} done, {report.count(many.FAILED)} failed; report: {report.path}", flush=True)
    return GOOD if report.ok else FAILED


def _work_off(said, folder, report, worker):
    Krita.instance().setBatchmode(True)
    taken = set()
    for picture in said.pictures:
        source = Path(picture).expanduser().absolute()
        target = _free_name(folder, source, taken)
        results = [target, target.with_suffix(".png")] if said.png else [target]
        _tell(report.attempt(
            str(source), functools.partial(_remove, source, results, said, report.settings, worker)))


def parser():
    """The command line, with every setting as an option."""
    made = argparse.ArgumentParser(
        prog="kritarunner -s cutaway_batch -f main --", description="Remove Background on pictures, saved as .kra.",
        allow_abbrev=False)
    made.add_argument("pictures", nargs="+", metavar="IN", help="a file that Krita opens")
    made.add_argument("--output", required=True, metavar="FOLDER", help="where the results go")
    made.add_argument("--layer", metavar="NAME", help="the layer to take; default: the one at the top")
    made.add_argument("--png", action="store_true", help="save a PNG of the result, too")
    made.add_argument(
        "--report", metavar="FILE", help=f"where the report goes; default: {REPORT} in the folder of the results")
    made.add_argument("--overwrite", action="store_true", help="replace files that are there")
    for row in settings_spec.load():
        name = "--" + option(row)
        # A unit may be "%", which argparse would read as the beginning of something else.
        help_text = (row["help"] if row["kind"] == "switch" else f"{row['help']} {settings_spec.allowed(row)}").replace(
            "%", "%%")
        if row["kind"] == "switch":
            made.add_argument(name, action=argparse.BooleanOptionalAction, default=None, help=help_text)
        else:
            kind = {"choice": str, "whole": int, "number": float}[row["kind"]]
            made.add_argument(name, type=kind, metavar="VALUE", help=help_text)
    return made


def option(row):
    """A setting's option has its name; but --output is the folder, and the setting of that name is --result."""
    return "result" if row["name"] == "output" else row["name"]


def _tell(line):
    """One picture's line of the report, for who looks on."""
    done = line["state"] == many.DONE
    came = f"ok     {line['input']}: {line['outputs'][0]}" if done else f"failed {line['input']}: {line['message']}"
    print(came, flush=True)
    for _, message in line["notes"]:
        print(f"       {message}", flush=True)


def _remove(source, results, said, settings, worker):
    """Opens, runs, saves, closes; the names of the files and the notes. ``results``: where it is saved."""
    for path in results:
        if path.exists() and not said.overwrite:
            raise errors.BridgeError(
                "target_exists", f"{path} is there already.", "Choose another folder, or say --overwrite.")
    if not source.is_file():
        raise errors.BridgeError(errors.INPUT, f"There is no file {source}.", "Check its name.")
    document = Krita.instance().openDocument(str(source))
    if document is None:
        raise errors.BridgeError(errors.INPUT, f"Krita cannot open {source}.", "Is it a picture?")
    try:
        document.setBatchmode(True)
        document.waitForDone()
        with krita_host.KritaHost(document, _node(document, said.layer)) as host:
            flow.drive(flow.run(host, host.fitting(settings), worker))
            document.waitForDone()
            for path in results:
                if not document.exportImage(str(path), InfoObject()) or not path.is_file():
                    raise errors.BridgeError(
                        "target_not_writable", f"Krita could not save {path}.", "Is there room on the disk?")
            return [str(path) for path in results], host.notes
    finally:
        document.setModified(False)
        document.close()


def _node(document, name):
    if name:
        node = document.nodeByName(name)
        if node is None:
            raise errors.BridgeError(errors.INPUT, f"There is no layer named \"{name}\".", "Check its name.")
        return layers.usable(layers.layer_of(node))
    nodes = document.topLevelNodes()
    if not nodes:
        raise errors.BridgeError(errors.INPUT, "The picture has no layer.", "Add one.")
    return layers.usable(nodes[-1])


def _free_name(folder, source, taken):
    """NAME.kra in the folder; NAME-2.kra where an earlier picture of this run has that name."""
    number = 1
    while True:
        path = folder / (source.stem + ("" if number == 1 else f"-{number}") + ".kra")
        if path == source:
            path = folder / f"{source.stem}_cutout.kra"
        if path not in taken:
            taken.add(path)
            return path
        number += 1
