"""Krita's side of the plug-in: the entries in the Layer menu, and what they start."""

from krita import Extension, Krita

from . import asking, edge, krita_host, last_values, layers, sending, several
from .cutaway_bridge import client, cloud, errors, installation, settings_spec
from .dialog import Dialog
from .running import Run
from .watch import Watch

REMOVE = "cutaway_remove_background"
AGAIN = "cutaway_remove_background_again"
LAYERS = "cutaway_remove_background_all_layers"
DOCUMENTS = "cutaway_remove_background_all_documents"
ENTRIES = (
    (REMOVE, "Remove Background...", "ask"), (AGAIN, "Remove Background", "again"),
    (LAYERS, "Remove Background from All Layers", "all_layers"),
    (DOCUMENTS, "Remove Background from All Open Documents", "all_documents"))
ACTIVATE_MS = 150


class Cutaway(Extension):
    """The plug-in; Krita has one, ``only``. One run at a time: ``run``, which is a Run or a Several."""

    only = None

    def __init__(self, parent):
        super().__init__(parent)
        self.run = None
        self.dialog = None
        self.watch = Watch(edge.slot)
        # Qt keeps no Python functions alive by itself.
        self._slots = {name: edge.slot(getattr(self, name)) for name in (*(done for _, _, done in ENTRIES), "quit")}

    def setup(self):
        notifier = Krita.instance().notifier()
        notifier.setActive(True)
        notifier.applicationClosing.connect(self._slots["quit"])

    def createActions(self, window):
        for name, text, done in ENTRIES:
            window.createAction(name, text, "layer").triggered.connect(self._slots[done])

    def ask(self):
        """Shows the dialog; Remove starts the run on the layer that was active when the dialog came up."""
        self.check_free()
        host = self._host()
        layers.frame(host.document, host.node)  # an empty layer is said at once, not after the questions
        place = installation.find()
        self.dialog = dialog = Dialog(last_values.read(), edge.slot)
        worker = _client(place)
        asked = cloud.Cloud(worker, layers.size(host.document, host.node))
        models = asking.Asking(worker, dialog.offer, edge.slot, asked, dialog.refresh)
        dialog.follow(asked)

        def gone():
            models.close()
            if self.dialog is dialog:
                self.dialog = None

        def answered():
            gone()
            if dialog.taken:
                values = dialog.values()
                last_values.write(settings_spec.lasting(values))
                self._start(host, values, place)

        dialog.finished.connect(edge.slot(answered))
        dialog.destroyed.connect(edge.slot(gone))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def again(self):
        """Runs with the last values."""
        self.check_free()
        self._start(self._host(), last_values.read(), installation.find())

    def all_layers(self):
        """Runs with the last values on every layer of the picture."""
        self.check_free()
        document = Krita.instance().activeDocument()
        if document is None:
            raise errors.BridgeError(errors.INPUT, "There is no open picture.", "Open one.")
        self._all(several.of_layers(document), "layer")

    def all_documents(self):
        """Runs with the last values on the active layer of every open picture."""
        self.check_free()
        documents = Krita.instance().documents()
        if not documents:
            raise errors.BridgeError(errors.INPUT, "There is no open picture.", "Open one.")
        self._all(several.of_documents(documents), "picture")

    def work_off(self, pieces, values, ended, modal=False, report=None):
        """Runs on one piece after the other; ``ended`` is called once with the Several. ``report``: see there."""
        place = installation.find()

        def over(work):
            self.run = None
            active = Krita.instance().activeDocument()
            self._activate(next((host for host in reversed(work.hosts) if host.document == active), None))
            ended(work)

        self.run = several.Several(
            pieces, values, lambda: _client(place), edge.slot, edge.later, self._look,
            over, modal, report)
        self.run.start()

    def _all(self, pieces, what):
        """Runs on all with the last values, after a question where anything would be sent. ``what``: one of them."""
        values = last_values.read()

        def start(agreed):
            self.work_off(pieces, agreed, lambda work: self._summary(work, what + "s"))

        sizes = sending.sizes(pieces, values)
        if not sizes:
            start(values)
            return

        def answered(agreed):
            self.dialog = None
            if agreed is not None:
                start(agreed)

        worker = _client(installation.find())
        self.dialog = sending.Question(worker, sizes, what, values, edge.slot, answered)

    def quit(self):
        """Krita closes: the worker takes the lost connection as a cancel."""
        if self.run is not None:
            self.run.abandon()

    def check_free(self):
        if self.run is not None or self.dialog is not None:
            raise errors.BridgeError(
                errors.INPUT, "Remove Background is at work already.", "Wait until it has finished, or cancel it.")

    def _host(self):
        document = Krita.instance().activeDocument()
        window = Krita.instance().activeWindow()
        view = window.activeView() if window is not None else None
        selected = view.selectedNodes() if view is not None else ()
        return krita_host.KritaHost(document, layers.chosen(document, selected))

    def _start(self, host, values, place):
        settings = host.fitting(values)
        self.run = Run(host, settings, _client(place), edge.slot, self._ended)
        self.run.start()

    def _ended(self, run, error, told):
        self.run = None
        host = run.host
        self._look(host)
        self._activate(host)
        if not told:
            return
        if error is not None:
            edge.show_error(error)
        elif host.notes:
            edge.show("\n\n".join(message for _, message in host.notes))

    def _look(self, host):
        if host.source_hidden:
            self.watch.add(host.document, host.node, host.new_layer)

    def _activate(self, host):
        """The mask is what the brush is to paint on. Krita's docker knows it a few turns of the event loop later."""
        if host is not None and host.new_mask is not None:
            edge.later(ACTIVATE_MS, lambda: layers.activate(host.document, host.new_mask))

    def _summary(self, work, what):
        first, rest = work.summary(what)
        edge.show(first, rest)


def _client(place):
    """One that never waits by itself: Krita's own event loop goes on between the steps."""
    return client.Client(place, krita_host.KritaHost.name, waits=False)
