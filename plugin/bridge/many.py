"""Remove Background on many layers or pictures: what came of each, the progress over all, the report. Python 2.7 and 3.

A failure of one does not stop the others. The report is a JSON object; where it has a file, that file is whole at any
time:

    {"ok": false, "finished": true, "done": 1, "skipped": 0, "failed": 1, "code": "", "message": "",
     "settings": {...}, "pictures": [
        {"input": "a.jpg", "state": "done", "outputs": ["a.xcf"], "seconds": 1.234, "notes": [["code", "text"]],
         "code": "", "message": ""},
        {"input": "b.jpg", "state": "failed", "outputs": [], "seconds": 0.1, "notes": [], "code": "input",
         "message": "..."}]}

``ok``: finished, and nothing failed, no layer of a picture either. ``code`` and ``message`` of the whole: why it did
not even begin.
"""

from __future__ import absolute_import

import functools
import io
import json
import os
import sys
import time
import traceback
from contextlib import contextmanager

from . import errors
from .installation import text

DONE, SKIPPED, FAILED = "done", "skipped", "failed"
DEFECT = "defect"
LAYER_FAILED = "layer_failed"
"""A note about a picture that was done without one of its layers."""
ALREADY_DONE = u"It has been cut out already."

_TOLD = 12
"""Lines of a summary, so that it fits on a screen."""


class Skipped(Exception):
    """Raised by a piece of work that finds nothing left to do; ``outputs``: what is there already."""

    def __init__(self, message=ALREADY_DONE, outputs=()):
        Exception.__init__(self, message)
        self.message = message
        self.outputs = list(outputs)


class Report(object):
    """What came of each. ``path``: its file, or None; ``more``: further parts of the object, by name.

    ``settings``: may be exchanged for the checked ones; the file has them from the next ``write`` on.

    Raises BridgeError target_not_writable where the file cannot be written.
    """

    def __init__(self, settings, path=None, more=None):
        self.lines = []
        self.finished = False
        self.code = self.message = u""
        self.path = path
        self.more = {} if more is None else more
        self.settings = settings
        self.write()

    @property
    def ok(self):
        """Whether all went well."""
        lacking = any(note[0] == LAYER_FAILED for line in self.lines for note in line["notes"])
        return self.finished and not self.code and not self.count(FAILED) and not lacking

    def count(self, state):
        """How many came to that: DONE, SKIPPED or FAILED."""
        return sum(line["state"] == state for line in self.lines)

    def attempt(self, name, work):
        """Calls ``work``, which returns (outputs, notes); the line of it. Never raises but for a cancel and the report.

        ``outputs``: names of what was made; ``notes``: list of (code, message).
        """
        line = {"input": text(name), "state": FAILED, "outputs": [], "seconds": 0.0, "notes": [], "code": u"",
                "message": u""}
        start = time.time()
        try:
            outputs, notes = work()
            line.update(state=DONE, outputs=[text(each) for each in outputs], notes=[list(note) for note in notes])
        except Skipped as reason:
            line.update(state=SKIPPED, message=reason.message, outputs=[text(each) for each in reason.outputs])
        except errors.BridgeError as error:
            _fail(line, error)
            if error.code == errors.CANCELLED:
                raise
        except Exception as error:  # noqa: BLE001  one picture's defect does not end the others
            traceback.print_exc()
            line.update(code=DEFECT, message=u"%s: %s" % (type(error).__name__, text(str(error))))
        finally:
            line["seconds"] = round(time.time() - start, 3)
            self.lines.append(line)
            self.write()
        return line

    def failed(self, line, error):
        """What was thought to be done has failed after all."""
        line.update(state=FAILED, outputs=[])
        _fail(line, error)
        self.write()

    def stop(self, error):
        """The whole ends with a BridgeError."""
        self.code, self.message = text(error.code), error.text()
        self.write()

    def finish(self):
        """The whole has been gone through."""
        self.finished = True
        self.write()

    def content(self):
        """The report as JSON text."""
        said = {
            "finished": self.finished, "settings": self.settings, "pictures": self.lines, "code": self.code,
            "message": self.message, "ok": self.ok}
        said.update((state, self.count(state)) for state in (DONE, SKIPPED, FAILED))
        said.update(self.more)
        return json.dumps(said, indent=1, sort_keys=True)

    def summary(self, what=u"pictures", of=None):
        """One message for the user: how many, and what was the matter with which.

        ``of``: how many were to be done, where there are some of which nothing is told.
        """
        counts = [u"%d of %d %s done" % (self.count(DONE), len(self.lines) if of is None else of, what)]
        counts += [u"%d %s" % (self.count(state), state) for state in (SKIPPED, FAILED) if self.count(state)]
        told = []
        for line in self.lines:
            told += [u"%s: %s" % (line["input"], said) for said in _said(line)]
        if len(told) > _TOLD:
            told[_TOLD - 1:] = [u"... and %d more" % (len(told) - _TOLD + 1)]
        return u"\n".join([u"Remove Background: %s." % u", ".join(counts)] + told)

    def write(self):
        """Writes the file, where there is one."""
        if self.path is None:
            return
        try:
            replace(self.path, self.content().encode("ascii") + b"\n")
        except (IOError, OSError) as error:
            raise errors.BridgeError(
                "target_not_writable", u"The report %s cannot be written: %s." % (text(self.path), error.strerror),
                u"Choose another place for it.")


@contextmanager
def reported(settings, path=None, more=None):
    """A :class:`Report` from the start: a block that ends with a BridgeError has said so there, too."""
    report = Report(settings, path, more)
    try:
        yield report
    except errors.BridgeError as error:
        report.stop(error)
        raise
    report.finish()


def each(report, show, things, work):
    """Generator over the ``things``, pairs of thing and name: does each and gives the thing and its line.

    ``work(thing, share)`` returns (outputs, notes); ``share`` is for the progress, see :class:`Share`.
    """
    for number, (thing, name) in enumerate(things):
        share = Share(show, number, len(things), name)
        yield thing, report.attempt(name, functools.partial(work, thing, share))


def must_be_open(valid):
    """Raises BridgeError where a picture or a layer has gone while others were worked on."""
    if not valid:
        raise errors.gone()


class Share(object):
    """The progress of one of many within that of all. ``show(fraction, text)`` is the host's."""

    def __init__(self, show, number, count, name):
        self._show = show
        self._number = number
        self._count = count
        self._name = text(name)

    def __call__(self, fraction, said):
        where = u"%d of %d, %s" % (self._number + 1, self._count, self._name)
        self._show((self._number + fraction) / float(self._count), u"%s: %s" % (where, text(said)))


def replace(path, content):
    """Puts bytes into a file so that at any time the old or the new ones are there whole."""
    beside = path + ".part"
    with io.open(beside, "wb") as stream:
        stream.write(content)
    move(beside, path)


def move(source, target):
    """Renames a file; one that is there is replaced."""
    if hasattr(os, "replace"):
        os.replace(source, target)
        return
    if os.name == "nt" and os.path.exists(target):  # Python 2's rename does not replace there
        os.remove(target)
    os.rename(source, target)


def _fail(line, error):
    line.update(code=text(error.code), message=error.text())
    if error.log:
        sys.stderr.write(str(error.log) + "\n")


def _said(line):
    if line["state"] == FAILED:
        return [line["message"]]
    return [] if line["state"] == SKIPPED else [note[1] for note in line["notes"]]


def of_layers(report):
    """The notes about a picture out of the report on its layers.

    Raises Skipped where all had been done before, and BridgeError where none could be done.
    """
    failed = [line for line in report.lines if line["state"] == FAILED]
    if not report.count(DONE):
        if not failed:
            raise Skipped()
        raise errors.BridgeError(
            failed[0]["code"], u"No layer could be done. %s: %s" % (failed[0]["input"], failed[0]["message"]))
    notes = [(LAYER_FAILED, u"%s: %s" % (line["input"], line["message"])) for line in failed]
    for line in report.lines:
        notes += [(code, u"%s: %s" % (line["input"], message)) for code, message in line["notes"]]
    return notes
