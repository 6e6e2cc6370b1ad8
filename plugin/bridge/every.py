"""Remove Background on every layer of an image, every open image, the images of a folder: the loops. Python 2.7 and 3.

The same for every editor that a plug-in may block. Images, layers and groups are the editor's own objects; ``editor``,
what the loops ask about them, has:

    name                                the adapter's
    of_image(image)                     a host that is Shared, for the layer that is selected in the image
    of_layer(image, layer)              one that is Later, for that layer
    images(), image_name(image)         the open ones, the oldest first; what the user knows one by
    is_open(image), is_there(layer)     whether nobody has closed or removed it
    number(layer), layer_name(layer)    what tells it from every other one; its name as text
    kept_with(layer)                    the names of what is stored with it
    beside(layer)                       those in its group, or at the top of its image, itself too, the uppermost first
    inside(item)                        those in a group, or at the top of an image; None where it is neither
    selected(image), select(image, layers)
    undo_group(image)                   a context manager: what is in it is one step of Undo
    end_progress()                      takes the progress away, and the button that cancels with it

and for the pictures of a folder:

    opened(path)                        the image in a file, a layer selected; raises BridgeError
    save(image, kind, path)             "xcf" with all its layers, else what is to be seen of it; raises BridgeError
    close(image)

A host has its ``layer`` before, and the ``new_layer`` and the ``notes`` after the run.
"""

from __future__ import absolute_import

import tempfile
from contextlib import contextmanager

from . import client, errors, flow, host, installation, kept, many, settings_spec


class Shared(object):
    """Goes before a host's class: its progress is ``share`` of that of all, which the loops set."""

    share = None

    def progress(self, fraction, said):
        self.share(fraction, said)


class Later(Shared):
    """Goes before a host's class: the result waits in this process, and the image stays as it is, until ``put_in``.

    Nothing is made in the editor before, where it would outlive a plug-in that is cancelled. To be closed.
    """

    _result = None
    _files = ()

    def put_result(self, source, result):
        self.check()
        self._result, self._files = (source, result), []
        try:
            result.mask, result.foreground = self._kept(result.mask), self._kept(result.foreground)
        except (IOError, OSError) as error:
            if errors.is_disk_full(error):
                raise errors.disk_full()
            raise

    def put_in(self):
        """Puts the result in; returns the layer with the mask."""
        super(Later, self).put_result(*self._result)
        return self.new_layer

    def close(self):
        for each in self._files:
            each.close()

    def _kept(self, reader):
        if reader is None:
            return None
        made = Waiting(reader)
        self._files.append(made)
        return made


class Waiting(object):
    """The array of an npy.Reader in a file without a name: it is gone with this process, whatever ends that."""

    def __init__(self, reader):
        self.shape, self.dtype, self.row_bytes = reader.shape, reader.dtype, reader.row_bytes
        self._stream = tempfile.TemporaryFile()
        count = self.shape[0]
        rows = host.rows_at_once(self.row_bytes)
        try:
            for y in range(0, count, rows):
                self._stream.write(reader.read_rows(y, min(rows, count - y)))
            self._stream.flush()
        except (IOError, OSError, errors.BridgeError):
            self._stream.close()
            raise

    def read_rows(self, y, rows):
        """Bytes of ``rows`` rows from ``y``."""
        self._stream.seek(y * self.row_bytes)
        return self._stream.read(rows * self.row_bytes)

    def close(self):
        self._stream.close()


def every_layer(editor, image, settings, worker, report, show):
    """Runs on every layer that is no group, also in groups and hidden ones, and puts all in as one undo step."""
    many.must_be_open(editor.is_open(image))
    layers = [(layer, editor.layer_name(layer)) for layer in leaves(editor, image)]
    selected = [(editor.number(layer), layer) for layer in editor.selected(image)]  # one that is removed has none
    begun, ready = [], []

    def make_ready(layer, share):
        many.must_be_open(editor.is_there(layer))
        if is_done(editor, layer):
            raise many.Skipped()
        one = editor.of_layer(image, layer)
        one.share = share
        begun.append(one)
        flow.drive(flow.run(one, one.fitting(settings), worker))
        ready.append(one)
        return [], one.notes

    try:
        lines = [line for _, line in many.each(report, show, layers, make_ready) if line["state"] == many.DONE]
        editor.end_progress()  # from here on it is all or nothing
        if ready:
            _put_all_in(editor, image, [(one, lines[place]) for place, one in enumerate(ready)], selected, report)
    finally:
        for one in begun:
            one.close()


def _put_all_in(editor, image, ready, selected, report):
    try:
        many.must_be_open(editor.is_open(image))
        with editor.undo_group(image):
            _put_in(editor, image, ready, selected, report)
    except errors.BridgeError as error:
        for _, line in ready:
            if not line["outputs"]:
                report.failed(line, error)
        raise


def _put_in(editor, image, ready, selected, report):
    new = {}
    for one, line in ready:
        try:
            made = one.put_in()
            line.update(outputs=[editor.layer_name(made)], notes=[list(note) for note in one.notes])
            new[editor.number(one.layer)] = made
        except errors.BridgeError as error:
            report.failed(line, error)
    # As it was before, but on the cut-outs: the last one is selected now.
    editor.select(image, [
        new.get(number, layer) for number, layer in selected if number in new or editor.is_there(layer)])


def open_images(editor, settings, worker, report, show):
    """Runs on the selected layer of every open image; each result is an undo step of its image."""
    def work(image, share):
        return one_image(editor, image, share, settings, worker)

    for _ in many.each(report, show, [(image, editor.image_name(image)) for image in editor.images()], work):
        pass  # the report has it


def one_image(editor, image, share, settings, worker):
    """Runs on the selected layer; an image of one layer needs none selected. Returns (names of layers, notes)."""
    many.must_be_open(editor.is_open(image))
    one = editor.of_image(image)
    one.share = share
    if is_done(editor, one.layer):
        raise many.Skipped()
    flow.drive(flow.run(one, one.fitting(settings), worker))
    return [editor.layer_name(one.new_layer)], one.notes


@contextmanager
def processing(editor, settings, all_layers):
    """What folder.Folder.run calls for every picture. The worker is started once, at the beginning."""
    settings = settings_spec.check(settings)
    with client.Client(installation.find(), editor.name) as worker:
        worker.connect()
        yield lambda path, targets: _process(editor, path, targets, settings, all_layers, worker)


def _process(editor, path, targets, settings, all_layers, worker):
    image = editor.opened(path)
    try:
        if all_layers:
            inner = many.Report(settings)
            every_layer(editor, image, settings, worker, inner, _unseen)
            notes = many.of_layers(inner)
        else:
            _, notes = one_image(editor, image, _unseen, settings, worker)
        for kind, target in targets.items():
            editor.save(image, kind, target)
        return notes
    finally:
        editor.close(image)


def is_done(editor, layer):
    """Whether the layer is a cut-out, or has its own right above it."""
    if kept.SETTINGS in editor.kept_with(layer):
        return True
    beside = editor.beside(layer)
    place = [editor.number(each) for each in beside].index(editor.number(layer))
    above = beside[place - 1] if place else None
    # A copy of a cut-out's name may have a number behind it.
    return (above is not None and kept.SETTINGS in editor.kept_with(above)
            and editor.layer_name(above).startswith(u"%s (cutout)" % editor.layer_name(layer)))


def leaves(editor, item):
    """The layers of an image or a group that are no groups, from top to bottom."""
    for each in editor.inside(item):
        if editor.inside(each) is None:
            yield each
        else:
            for leaf in leaves(editor, each):
                yield leaf


def _unseen(fraction, said):
    """Progress that nobody sees."""
