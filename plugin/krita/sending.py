"""One question before many layers are sent to Topaz's cloud: those entries have no dialog that would ask."""

from . import asking
from .cutaway_bridge import cloud, flow
from .edge import TITLE, main_window
from .qt import QtCore, QtWidgets

_Button = QtWidgets.QMessageBox.StandardButton


def sizes(pieces, values):
    """(width, height) of everything that may be sent; nothing where the engine or the user's decision sends nothing."""
    if values["engine"] not in flow.ELSEWHERE or values["upload"] == "never":
        return []
    return [size for size in (piece.size() for piece in pieces) if size is not None]


class Question:
    """A message box, No by default, which stops nobody; what it costs is told as soon as that is known.

    ``answered`` is called once: with the settings to run with, where Yes is the user's leave for this time, else None.
    """

    def __init__(self, worker, sizes, what, values, slot, answered):
        self._values = values
        self._what = f"{len(sizes)} {what}" + ("" if len(sizes) == 1 else "s")
        self._answered = answered
        self._cloud = cloud.Cloud(worker, sizes=sizes)
        said, below = self._cloud.question(values, self._what)
        self._box = box = QtWidgets.QMessageBox(
            QtWidgets.QMessageBox.Icon.Question, TITLE, said, _Button.Yes | _Button.No, main_window())
        box.setInformativeText(below)
        box.setDefaultButton(_Button.No)
        box.setEscapeButton(_Button.No)
        box.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        # Qt keeps no Python functions alive by itself.
        self._slots = [slot(self._finished), slot(self._gone)]
        box.finished.connect(self._slots[0])
        box.destroyed.connect(self._slots[1])
        self._asking = asking.Asking(worker, lambda models: None, slot, self._cloud, self._refresh)
        box.open()

    def _refresh(self):
        _, below = self._cloud.question(self._values, self._what)
        if self._box is not None and below != self._box.informativeText():
            self._box.setInformativeText(below)

    def _finished(self):
        if self._box is None:
            return
        clicked = self._box.clickedButton()
        yes = clicked is not None and self._box.standardButton(clicked) == _Button.Yes
        self._end(self._agreed() if yes else None)

    def _gone(self):
        """Krita has taken the box away together with its window."""
        if self._box is not None:
            self._end(None)

    def _end(self, agreed):
        self._box = None
        self._asking.close()
        self._answered(agreed)

    def _agreed(self):
        return dict(self._values, upload="once") if self._values["upload"] == "remembered" else self._values
