"""Pictures in files, whose results go into a folder: their names, and each opened, saved and closed.

The pictures themselves are never written, and no result takes the place of one, whatever may be overwritten.
"""

import os
from contextlib import contextmanager
from pathlib import Path

from krita import InfoObject, Krita

from . import krita_host, layers
from .cutaway_bridge import errors, folder, many, settings_spec


class Task:
    """``pictures``: names of files. ``settings``: as they were chosen; ``report`` has them checked once it has begun.

    ``layer``: the name of the layer to take, or the topmost. ``report``: its file, or folder.REPORT in ``results``.
    """

    def __init__(self, pictures, results, settings, png=False, overwrite=False, layer=None, report=None):
        self.path = _path(report) if report else _path(results) / folder.REPORT
        self._results = _path(results)
        self._sources = [_path(each) for each in pictures]
        self._inputs = set().union(*(_identity(each) for each in self._sources))
        self._settings = settings
        self._suffixes = [".kra", ".png"] if png else [".kra"]
        self._overwrite = overwrite
        self._layer = layer

    @contextmanager
    def begun(self):
        """(the report, a :class:`Picture` for each file). What ends it with a BridgeError is in the report, too."""
        if self._inputs & _identity(self.path):
            raise errors.BridgeError(
                "target_exists", f"{self.path} is one of the pictures, and not replaced by the report.",
                "Choose another place for it.")
        if self.path.parent == self._results:
            folder.make(str(self._results))
        with many.reported(self._settings, str(self.path)) as report:
            folder.make(str(self._results))
            report.settings = settings_spec.check(self._settings)
            yield report, list(self._pictures())

    def _pictures(self):
        kept = self._inputs | _identity(self.path)
        taken = set()
        for source in self._sources:
            results, stem = self._named(source.name, taken)
            if any(_identity(each) & _identity(source) for each in results):
                results, stem = self._named(f"{source.stem}_cutout{source.suffix}", taken)
            taken.add(stem.lower())
            refused = [each for each in results if _identity(each) & kept]
            yield Picture(source, results, self._layer, self._overwrite, refused)

    def _named(self, name, taken):
        stem = folder.free(name, taken)
        return [self._results / (stem + suffix) for suffix in self._suffixes], stem


class Picture:
    """A file to be done: a piece for several.Several. ``refused``: those of the ``results`` that are never replaced."""

    stays = False

    def __init__(self, source, results, layer=None, overwrite=False, refused=()):
        self.name, self.title = str(source), source.name
        self._source = source
        self._results = results
        self._layer = layer
        self._overwrite = overwrite
        self._refused = refused
        self._document = None

    def host(self):
        """Opens it; the host for its layer. Raises BridgeError."""
        self._look()
        with quiet():
            document = self._document = Krita.instance().openDocument(str(self._source))
        if document is None:
            raise errors.BridgeError(errors.INPUT, f"Krita cannot open {self._source}.", "Is it a picture?")
        document.setBatchmode(True)
        document.waitForDone()
        return krita_host.KritaHost(document, _node(document, self._layer))

    def outcome(self, host):
        """Saves the results, all of them or none: their names, and the notes. Raises BridgeError."""
        self._document.waitForDone()
        with folder.whole(str(self._results[0].parent), [path.name for path in self._results]) as parts:
            for path in self._results:
                part = parts[path.name]
                if not self._document.exportImage(part, InfoObject()) or not Path(part).is_file():
                    raise errors.BridgeError(
                        "target_not_writable", f"Krita could not save {path}.", "Is there room on the disk?")
        return [str(path) for path in self._results], host.notes

    def close(self):
        """Closes it, unsaved; again does nothing."""
        document, self._document = self._document, None
        if document is not None:
            document.setModified(False)
            document.close()

    def _look(self):
        """Raises BridgeError where something is in the way, or there is no such file."""
        for path in self._refused:
            raise errors.BridgeError(
                "target_exists", f"{path} is one of the pictures or the report, and is never replaced.",
                "Choose another folder for the results.")
        for path in self._results:
            if path.is_dir() or (os.path.lexists(path) and not self._overwrite):
                raise errors.BridgeError(
                    "target_exists", f"{path} is there already.", "Choose another folder, or say --overwrite.")
        if not self._source.is_file():
            raise errors.BridgeError(errors.INPUT, f"There is no file {self._source}.", "Check its name.")


@contextmanager
def quiet():
    """Krita asks nothing meanwhile; afterwards it does again what it did before."""
    app = Krita.instance()
    before = app.batchmode()
    app.setBatchmode(True)
    try:
        yield
    finally:
        app.setBatchmode(before)


def _node(document, name):
    """The layer of that name, else the topmost: a saved selection and filter layers are passed over."""
    if name:
        node = document.nodeByName(name)
        if node is None:
            raise errors.BridgeError(errors.INPUT, f"There is no layer named \"{name}\".", "Check its name.")
        return layers.usable(layers.layer_of(node))
    for node in reversed(document.topLevelNodes()):
        if node.type() in layers.LAYERS:
            return node
    raise errors.BridgeError(errors.INPUT, "The picture has no layer with pixels of its own.", "Add one.")


def _path(name):
    try:
        return Path(name).expanduser().absolute()
    except RuntimeError:  # "~name" of nobody
        return Path(name).absolute()


def _identity(path):
    """What a file is known by whatever it is called: its resolved name, and its number on the disk where it has one."""
    found = {os.path.normcase(os.path.realpath(path))}
    try:
        said = path.stat()
    except OSError:
        return found
    return found | {(said.st_dev, said.st_ino)}
