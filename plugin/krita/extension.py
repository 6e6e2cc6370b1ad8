"""Krita's side of the plug-in: two entries in the Layer menu, and what they start."""

from krita import Extension, Krita

from . import asking, edge, krita_host, last_values, layers
from .cutaway_bridge import client, errors, installation
from .dialog import Dialog
from .running import Run
from .watch import Watch

REMOVE = "cutaway_remove_background"
AGAIN = "cutaway_remove_background_again"
ACTIVATE_MS = 150


class Cutaway(Extension):
    """The plug-in; Krita makes one. One run at a time."""

    def __init__(self, parent):
        super().__init__(parent)
        self.run = None
        self.dialog = None
        self.watch = Watch(edge.slot)
        # Qt keeps no Python functions alive by itself.
        self._slots = {"ask": edge.slot(self.ask), "again": edge.slot(self.again), "quit": edge.slot(self.quit)}

    def setup(self):
        notifier = Krita.instance().notifier()
        notifier.setActive(True)
        notifier.applicationClosing.connect(self._slots["quit"])

    def createActions(self, window):
        for name, text, done in ((REMOVE, "Remove Background...", "ask"), (AGAIN, "Remove Background", "again")):
            window.createAction(name, text, "layer").triggered.connect(self._slots[done])

    def ask(self):
        """Shows the dialog; Remove starts the run on the layer that was active when the dialog came up."""
        self._check_free()
        host = self._host()
        place = installation.find()
        self.dialog = dialog = Dialog(last_values.read(), edge.slot)
        models = asking.Asking(client.Client(place, host.name), dialog.offer, edge.slot)

        def answered():
            self.dialog = None
            models.close()
            if dialog.result() == Dialog.DialogCode.Accepted:
                values = dialog.values()
                last_values.write(values)
                self._start(host, values, place)

        dialog.finished.connect(edge.slot(answered))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def again(self):
        """Runs with the last values."""
        self._check_free()
        self._start(self._host(), last_values.read(), installation.find())

    def quit(self):
        """Krita closes: the worker takes the lost connection as a cancel."""
        if self.run is not None:
            self.run.abandon()

    def _host(self):
        document = Krita.instance().activeDocument()
        window = Krita.instance().activeWindow()
        view = window.activeView() if window is not None else None
        selected = view.selectedNodes() if view is not None else ()
        return krita_host.KritaHost(document, layers.chosen(document, selected))

    def _check_free(self):
        if self.run is not None or self.dialog is not None:
            raise errors.BridgeError(
                errors.INPUT, "Remove Background is at work already.", "Wait until it has finished, or cancel it.")

    def _start(self, host, values, place):
        settings = host.fitting(values)
        self.run = Run(host, settings, client.Client(place, host.name), edge.slot, self._ended)
        self.run.start()

    def _ended(self, run, error, told):
        self.run = None
        host = run.host
        if host.source_hidden:
            self.watch.add(host.document, host.node, host.new_layer)
        if host.new_mask is not None:
            # The mask is what the brush is to paint on. Krita's docker knows it a few turns of the event loop later.
            edge.later(ACTIVATE_MS, lambda: layers.activate(host.document, host.new_mask))
        if error is not None:
            edge.show_error(error)
        elif told and host.notes:
            edge.show("\n\n".join(message for _, message in host.notes))
