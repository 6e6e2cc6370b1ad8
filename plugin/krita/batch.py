"""Remove Background on picture files without a window, for kritarunner; see cutaway_batch.py.

For every picture IN a NAME.kra with the new layer and its mask is saved into the folder, and with --png a NAME.png of
what is then to be seen. The pictures themselves are never written. ``cutaway-report.json`` in the folder says what came
of each, and in "code" and "message" why nothing was begun where that is so (cutaway_bridge/many.py has its form). The
exit code is 0 where all went well, 1 where a picture failed, 2 for a wrong command line or a setting out of range.

In a Krita with a window the same is done under its event loop, and Krita goes on afterwards.
"""

import argparse
import functools
import os
import sys
import traceback

from krita import Krita

from . import files, scripting
from .cutaway_bridge import client, errors, flow, folder, installation, many, settings_spec

GOOD, FAILED, USAGE = 0, 1, 2


def main(arguments):
    """``arguments``: words of the command line. Returns the exit code in a Krita with a window.

    Without one it ends the process with it: kritarunner's own exit code is 0 whatever happens.
    """
    code = FAILED
    try:
        code = run([str(each) for each in arguments])
    except SystemExit as end:  # argparse has said what is wrong, or shown the help
        code = USAGE if end.code else GOOD
    except BaseException:  # noqa: BLE001  the process's edge
        traceback.print_exc()
    if _has_window():
        return code
    try:
        for stream in (sys.stdout, sys.stderr):
            _flush(stream)
    finally:
        os._exit(code)


def run(words):
    """The exit code."""
    said = parser().parse_args(words)
    chosen = {
        row["name"]: value for row in settings_spec.load() if (value := getattr(said, option(row))) is not None}
    work_off = _work_off_in_window if _has_window() else _work_off
    task = files.Task(said.pictures, said.output, chosen, said.png, said.overwrite, said.layer, said.report)
    try:
        with task.begun() as (report, pictures):
            work_off(pictures, report)
    except errors.BridgeError as error:
        _say(error.text(), sys.stderr)
        return USAGE if error.code == errors.SETTINGS_INVALID else FAILED
    _say(f"{report.count(many.DONE)} done, {report.count(many.FAILED)} failed; report: {report.path}")
    return GOOD if report.ok else FAILED


def _work_off(pictures, report):
    with files.quiet(), client.Client(installation.find(), "krita") as worker:
        for picture in pictures:
            _tell(report.attempt(picture.name, functools.partial(_remove, picture, report.settings, worker)))


def _work_off_in_window(pictures, report):
    try:
        scripting.work_off(pictures, report)
    finally:
        for line in report.lines:
            _tell(line)


def _has_window():
    """Whether this is a Krita that somebody works in: kritarunner has none."""
    return bool(Krita.instance().windows())


def parser():
    """The command line, with every setting as an option."""
    made = argparse.ArgumentParser(
        prog="kritarunner -s cutaway_batch -f main --", description="Remove Background on pictures, saved as .kra.",
        allow_abbrev=False)
    made.add_argument("pictures", nargs="+", metavar="IN", help="a file that Krita opens")
    made.add_argument("--output", required=True, metavar="FOLDER", help="where the results go")
    made.add_argument("--layer", metavar="NAME", help="the layer to take; default: the topmost")
    made.add_argument("--png", action="store_true", help="save a PNG of the result, too")
    made.add_argument(
        "--report", metavar="FILE",
        help=f"where the report goes; default: {folder.REPORT} in the folder of the results")
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
    _say(f"ok     {line['input']}: {line['outputs'][0]}" if done else f"failed {line['input']}: {line['message']}")
    for _, message in line["notes"]:
        _say(f"       {message}")


def _say(text, stream=None):
    print(text, file=stream)
    _flush(stream or sys.stdout)


def _flush(stream):
    """Scripter's stand-in for a stream cannot be flushed, and a program without a console may have none."""
    if hasattr(stream, "flush"):
        stream.flush()


def _remove(picture, settings, worker):
    """Opens, runs, saves, closes: the names of the files and the notes."""
    try:
        with picture.host() as host:
            flow.drive(flow.run(host, host.fitting(settings), worker))
            return picture.outcome(host)
    finally:
        picture.close()
