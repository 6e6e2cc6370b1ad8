"""A folder of pictures, one after the other: names of the results, what is done already, the report. Python 2.7 and 3.

The host opens, runs and saves; everything else is here. The pictures themselves are never written. A result is written
under a passing name and renamed once it is whole. Nothing that is there is replaced without being told. ``made`` in the
report says what was made of which picture; a run that is repeated skips those, so that an interrupted one can be run
again.
"""

from __future__ import absolute_import

import io
import json
import os
from contextlib import contextmanager

from . import errors, many
from .installation import native, text

REPORT = "cutaway-report.json"
SUFFIXES = frozenset(
    "avif bmp exr gif hdr heic heif j2k jp2 jpe jpeg jpg jxl ora pbm pcx pgm png pnm ppm psb psd qoi tga tif tiff webp "
    "xcf".split())
_PART = ".cutaway-part-"


class Folder(object):
    """``pictures``, ``results``: the two folders. ``kinds``: what is made of each picture, suffixes without the dot.

    ``how``: everything else that decides what comes out, as JSON values. ``report``: the report's file, or empty for
    REPORT in the folder of the results.
    """

    def __init__(self, pictures, results, kinds, overwrite, settings, how=None, report=""):
        self._pictures = _absolute(pictures)
        self._results = _absolute(results)
        self._kinds = list(kinds)
        self._overwrite = overwrite
        self._how = dict(how or {}, settings=settings)
        self._settings = settings
        self._path = _absolute(report)
        self._made = {}

    def run(self, processing):
        """Goes through the folder; returns the many.Report.

        ``processing``: a context manager whose value is called as ``process(path, targets)`` for every picture:
        ``targets`` are the files to write by kind; it returns notes, a list of (code, message), or raises BridgeError.
        Raises BridgeError where nothing can be done at all; the report says so, too.
        """
        if not self._path:
            if not self._results:
                raise _unnamed()
            make(self._results)  # without it there is no place for the report either
            self._path = os.path.join(self._results, REPORT)
        self._made = _made_before(self._path)
        with many.reported(self._settings, self._path, {"made": self._made}) as report:
            names, report.more["ignored"] = self._listed()
            make(self._results)
            with processing as process:
                for name, stem in self._named(names):
                    report.attempt(name, self._work(name, stem, process, report))
        return report

    def _listed(self):
        """The names of the pictures, and of the other files there."""
        if not (self._pictures and self._results):
            raise _unnamed()
        if not self._kinds:
            raise errors.BridgeError(errors.INPUT, u"Nothing is to be written.", u"Ask for XCF, PNG or both.")
        if not os.path.isdir(self._pictures):
            raise errors.BridgeError(
                errors.INPUT, u"There is no folder %s." % text(self._pictures), u"Check its name.")
        if os.path.realpath(self._pictures) == os.path.realpath(self._results):
            raise errors.BridgeError(
                errors.INPUT, u"The pictures and the results cannot be in one folder.",
                u"Choose another folder for the results.")
        files = [name for name in sorted(os.listdir(self._pictures))
                 if os.path.isfile(os.path.join(self._pictures, name)) and not name.startswith(".")]
        names = [name for name in files if _suffix(name) in SUFFIXES]
        if not names:
            raise errors.BridgeError(
                errors.INPUT, u"There is no picture in the folder %s." % text(self._pictures), u"Check its name.")
        return names, [text(name) for name in files if name not in names]

    def _named(self, names):
        """(name, stem of the results) of every picture: each stem once, and the one that it had before."""
        stems = {name: native(self._made[text(name)]["stem"]) for name in names if text(name) in self._made}
        taken = {text(stem).lower() for stem in stems.values()}
        for name in names:
            if name not in stems:
                stems[name] = free(name, taken)
                taken.add(text(stems[name]).lower())
        return [(name, stems[name]) for name in names]

    def _work(self, name, stem, process, report):
        def work():
            path = os.path.join(self._pictures, name)
            made = {"stem": text(stem), "stamp": _stamp(path), "how": self._how, "kinds": self._kinds}
            wanted = self._wanted(text(name), made)
            outputs = {kind: "%s.%s" % (stem, kind) for kind in wanted}
            with whole(self._results, [outputs[kind] for kind in wanted]) as parts:
                notes = process(path, {kind: parts[outputs[kind]] for kind in wanted})
                # Said before it is so: what is there when this run is killed in between is known as ours.
                self._made[text(name)] = made
                report.write()
            return [outputs[kind] for kind in wanted], notes
        return work

    def _wanted(self, name, made):
        """The kinds that are to be made. Raises Skipped where all are there, BridgeError where something is in the way.

        What is there of an earlier run may have been painted on since then, and is left.
        """
        there = [kind for kind in self._kinds if os.path.exists(os.path.join(self._results, _output(made, kind)))]
        before = self._made.get(name)
        if self._overwrite or not there:
            return self._kinds
        ours = before is not None and before["stem"] == made["stem"] and set(there) <= set(before["kinds"])
        if not ours or any(before.get(part) != made[part] for part in ("stamp", "how")):
            why = u", made from another version of the picture or with other settings" if ours else u""
            raise errors.BridgeError(
                "target_exists", u"%s is there already%s." % (_output(made, there[0]), why),
                u"Choose another folder, or say that it may be overwritten.")
        made["kinds"] = sorted(set(before["kinds"]) | set(made["kinds"]))
        missing = [kind for kind in self._kinds if kind not in there]
        if not missing:
            raise many.Skipped(u"It was done before.", [_output(made, kind) for kind in self._kinds])
        return missing


def _unnamed():
    return errors.BridgeError(
        errors.INPUT, u"The folder of the pictures and that of the results are needed.", u"Name both.")


def _output(made, kind):
    return u"%s.%s" % (made["stem"], kind)


def make(path):
    """Makes the folder of the results where there is none. Raises BridgeError."""
    try:
        if not os.path.isdir(path):
            os.makedirs(path)
    except OSError as error:
        raise errors.BridgeError(
            "target_not_writable", u"The folder %s cannot be made: %s." % (text(path), error.strerror),
            u"Choose another one.")


@contextmanager
def whole(path, names):
    """Files of the folder that come to be there once all are whole: where to write each of the ``names`` meanwhile.

    These paths keep the suffix, by which an editor tells the format. What fails leaves nothing, and what was there
    stays. Raises BridgeError where the disk does not take them.
    """
    parts = {name: os.path.join(path, _PART + name) for name in names}
    try:
        yield parts
        for name in names:
            many.move(parts[name], os.path.join(path, name))
    except (IOError, OSError) as error:
        raise _disk(error, path)
    finally:
        for part in parts.values():
            if os.path.isfile(part):
                os.remove(part)


def free(name, taken):
    """A stem for the picture's results that is not taken: "a", else "a-jpg", else "a-jpg-2", ...

    ``taken``: stems in small letters.
    """
    stem, suffix = os.path.splitext(name)
    number = 1
    candidate = stem
    while text(candidate).lower() in taken:
        candidate = "%s-%s" % (stem, suffix[1:]) if number == 1 else "%s-%s-%d" % (stem, suffix[1:], number)
        number += 1
    return candidate


def _made_before(path):
    """``made`` of an earlier report; nothing of it where it is not one."""
    try:
        with io.open(path, encoding="utf-8") as stream:
            said = json.load(stream)
    except (IOError, OSError, ValueError):
        return {}
    made = said.get("made") if isinstance(said, dict) else None
    return {name: each for name, each in made.items() if _is_made(each)} if isinstance(made, dict) else {}


def _is_made(said):
    # A name with a folder in it would lead out of the folder of the results.
    return (isinstance(said, dict) and isinstance(said.get("stem"), type(u"")) and isinstance(said.get("kinds"), list)
            and os.path.basename(said["stem"]) == said["stem"] != u"")


def _disk(error, folder):
    if errors.is_disk_full(error):
        return errors.disk_full()
    return errors.BridgeError(
        "target_not_writable", u"A result cannot be written to %s: %s." % (text(folder), error.strerror),
        u"Choose another folder.")


def _stamp(path):
    """What tells a picture from a later version of it: its bytes and its time, in whole seconds."""
    said = os.stat(path)
    return [said.st_size, int(said.st_mtime)]


def _absolute(path):
    return os.path.abspath(os.path.expanduser(native(path))) if path else ""


def _suffix(name):
    return text(os.path.splitext(name)[1][1:]).lower()
