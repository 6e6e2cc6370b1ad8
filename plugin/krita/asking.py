"""Asks the worker for its models while the dialog is open, which also has it warm once the dialog is answered.

Then it asks what the dialog wants to know of the cloud, for as long as the dialog is open.
"""

from .cutaway_bridge import asking
from .qt import QtCore

INTERVAL_MS = 60


class Asking:
    """``offer`` is called with the installed models, pairs of name and title. :meth:`close` ends it at any time.

    ``asked``: the cloud.Cloud on the same worker. ``tick``: called at every step.
    """

    def __init__(self, worker, offer, slot, asked, tick):
        self._worker = worker
        self._tick = tick
        self._steps = asking.steps(worker, offer, asked)
        self._timer = QtCore.QTimer()
        self._timer.setInterval(INTERVAL_MS)
        self._timer.timeout.connect(slot(self.step))
        self._timer.start()

    def step(self):
        """For the timer."""
        if self._steps is None:
            return
        try:
            next(self._steps)
            self._tick()
        except Exception:  # whatever it is: asked no more, and shown by the slot
            self.close()
            raise

    def close(self):
        """Again does nothing."""
        if self._steps is not None:
            self._timer.stop()
            steps, self._steps = self._steps, None
            steps.close()
            self._worker.close()
