"""One run under Krita's own event loop: the flow goes on bit by bit, Krita's windows stay alive, Cancel is there."""

from .cutaway_bridge import errors, flow
from .edge import TITLE, main_window
from .qt import QtCore, QtWidgets

INTERVAL_MS = 5
STEPS = 1000


class Run:
    """``host``, ``settings``: what is done. ``client``: closed at the end.

    ``slot`` wraps what Qt calls. ``ended(run, error, told)`` is called once: ``error`` is None, a BridgeError, or
    another exception, which is then raised as well; without ``told`` the user need not hear of it from there.
    ``progress``: has ``show``, ``tell`` and ``end``; a window of its own where it is None.
    """

    def __init__(self, host, settings, client, slot, ended, progress=None):
        self.host = host
        self._client = client
        self._ended = ended
        self._steps = flow.run(host, settings, client)
        self._stepping = self._abandoned = False
        self._progress = Progress(slot(self.cancel), slot(self.abandon)) if progress is None else progress
        self._timer = QtCore.QTimer()
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(slot(self.step))

    def start(self):
        self._progress.show()
        self._timer.start()

    def step(self):
        """For the timer: one bit of the flow."""
        if self._steps is None or self._stepping:
            return
        self._stepping = True
        try:
            next(self._steps)
        except StopIteration:
            self._end(None)
        except errors.BridgeError as error:
            self._end(error)
        except Exception as error:  # a defect: all is ended, and it is shown by the slot
            self._end(error, told=False)
            raise
        else:
            self._progress.tell(*self.host.told)
        finally:
            self._stepping = False
        if self._abandoned:
            self._end(None, told=False)

    def cancel(self):
        """The user does not want it any more."""
        self.host.stop = True
        self._progress.tell(self.host.told[0], "Cancelling")

    def abandon(self):
        """Krita is going: ends everything now and tells nobody.

        In the middle of a step, where Krita lets its event loop run, the end comes after that step.
        """
        self.host.stop = self._abandoned = True
        if not self._stepping:
            self._end(None, told=False)

    def _end(self, error, told=True):
        if self._steps is None:
            return
        self._timer.stop()
        steps, self._steps = self._steps, None
        try:
            steps.close()
        finally:
            self._client.close()
            self.host.close()
            self._progress.end()
            self._ended(self, error, told)


class Progress(QtWidgets.QDialog):
    """A small window with a bar and Cancel; it stops nobody from working, unless it is ``modal``.

    ``lost`` is called where Krita takes the window away together with its own, which it does when it is quit.
    """

    def __init__(self, cancel, lost, modal=False):
        super().__init__(main_window())
        self.setWindowTitle(TITLE)
        self.setModal(modal)
        self._cancel = cancel
        self._gone = False

        def gone(*_):
            if not self._gone:
                self._gone = True
                lost()

        self.destroyed.connect(gone)
        self._text = QtWidgets.QLabel("Starting")
        self._bar = QtWidgets.QProgressBar()
        self._bar.setRange(0, STEPS)
        self._bar.setTextVisible(False)
        self._bar.setMinimumWidth(320)
        buttons = QtWidgets.QDialogButtonBox(QtWidgets.QDialogButtonBox.StandardButton.Cancel)
        buttons.rejected.connect(self.reject)
        box = QtWidgets.QVBoxLayout(self)
        for each in (self._text, self._bar, buttons):
            box.addWidget(each)

    def tell(self, fraction, text):
        if self._gone:
            return
        self._bar.setValue(round(STEPS * fraction))
        if text:
            self._text.setText(text)

    def reject(self):
        """Cancel, Escape and the window's own button: the run ends, and it closes this window."""
        self._cancel()

    def end(self):
        if not self._gone:
            self._gone = True
            self.hide()
            self.deleteLater()
