"""Remove Background for Krita's Scripter and for other plug-ins: ``from cutaway import ...``.

Every function returns when it is done. Meanwhile Krita draws itself, and a window shows the progress and takes Cancel.
Settings are given by name, as on the command line of the batch and with the same defaults; what was chosen last in the
dialog does not count.
"""

import os
from collections import namedtuple

from krita import Krita

from . import files, layers, several
from .cutaway_bridge import errors, many, settings_spec
from .extension import Cutaway
from .qt import QtCore

Cutout = namedtuple("Cutout", "layer mask notes seconds")
"""``layer``: the node that has the mask, a new one or, with output="mask", the one given. ``mask``: its transparency
mask. ``notes``: sentences about the result. ``seconds``: how long it took."""


def remove_background(layer=None, document=None, **settings):
    """Removes the background of one layer and returns a :class:`Cutout`.

    ``layer``: a Node; the active one where it is None. ``document``: the Document that it is in; the active one where
    it is None. Raises CutawayError.
    """
    document = _document(document)
    node = layers.chosen(document) if layer is None else layers.usable(layers.layer_of(layer))
    work = _done([several.Piece(node.name(), document, node, again=True)], settings)
    if work.stopped:
        raise errors.BridgeError(errors.CANCELLED, several.CANCELLED)
    (line,) = work.report.lines
    if line["state"] != many.DONE:
        raise next(iter(work.failures), errors.BridgeError(line["code"], line["message"]))
    (host,) = work.hosts
    return Cutout(host.new_layer, host.new_mask, [message for _, message in line["notes"]], line["seconds"])


def remove_background_from_all_layers(document=None, **settings):
    """Runs on every layer that is no group, in groups and hidden ones too; those that have been cut out are left.

    Returns a list of dictionaries: "input" (the layer's name), "state" ("done", "failed" or "skipped"), "outputs",
    "notes", "code", "message", "seconds". What a cancel has left is not in it.
    """
    return _done(several.of_layers(_document(document)), settings).report.lines


def remove_background_from_all_documents(**settings):
    """The same for the active layer of every open document; "input" is the name of its file."""
    return _done(several.of_documents(Krita.instance().documents()), settings).report.lines


def remove_background_from_files(
        pictures, folder, png=False, overwrite=False, layer=None, report=None, **settings):
    """Runs on every file and saves each as NAME.kra in the folder; the files themselves are never written.

    ``png``: saves NAME.png of what is then to be seen, too. ``overwrite``: replaces files that are there. ``layer``:
    the name of the layer to take; the topmost where it is None. ``report``: its file; cutaway-report.json in the folder
    where it is None. Returns dictionaries as above; "outputs" are the files that were made. Raises CutawayError where
    nothing could be begun, or the report could not be written.
    """
    Cutaway.only.check_free()
    pictures = [pictures] if isinstance(pictures, (str, os.PathLike)) else pictures
    task = files.Task(pictures, folder, settings_spec.check(dict(settings)), png, overwrite, layer, report)
    try:
        with task.begun() as (said, pieces):
            work_off(pieces, said)
    except errors.BridgeError as error:
        if error.code != errors.CANCELLED:
            raise
    return said.lines


def work_off(pieces, report):
    """Works off pictures of files.py; ``report`` says what came of each. Raises BridgeError, after a cancel too."""
    work = _done(pieces, report.settings, report)
    if work.error is not None:
        raise work.error
    if work.stopped:
        raise errors.BridgeError(errors.CANCELLED, several.CANCELLED)


def _document(document):
    document = document or Krita.instance().activeDocument()
    if document is None:
        raise errors.BridgeError(errors.INPUT, "There is no open picture.", "Open one.")
    return document


def _done(pieces, settings, report=None):
    """Works off the pieces to their end, in an event loop of its own. ``report``: in place of the Several's own."""
    plugin = Cutaway.only
    plugin.check_free()
    settings = settings_spec.check(dict(settings))
    loop = QtCore.QEventLoop()
    plugin.work_off(pieces, settings, lambda work: loop.quit(), modal=True, report=report)
    work = plugin.run
    loop.exec()
    if plugin.run is work:
        plugin.quit()  # Krita ended the loop: it is closing
        raise errors.BridgeError(errors.CANCELLED, several.CANCELLED)
    return work
