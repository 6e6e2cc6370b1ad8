"""The part of the dialog that is about Topaz's cloud: shown while the engine may use it."""

from .cutaway_bridge import cloud
from .qt import QtWidgets


class CloudLines:
    """Below the fields in ``box``: what the cloud.Cloud given to ``follow`` has to say, and a button."""

    def __init__(self, box, form, okay, slot):
        self._box = box
        self._okay = okay
        self._asked = None
        self._seen = None
        self._labels = [QtWidgets.QLabel() for _ in cloud.HIDDEN.texts]
        for label in self._labels:
            label.setWordWrap(True)
            form.addRow(label)
        button = QtWidgets.QPushButton(cloud.TEST)
        button.setAutoDefault(False)  # Return is Remove's
        self._slot = slot(self._test)
        button.clicked.connect(self._slot)
        line = QtWidgets.QHBoxLayout()
        line.addWidget(button)
        line.addStretch()
        form.addRow(line)
        self._show(cloud.HIDDEN)

    def follow(self, asked):
        """From now on ``asked`` is looked at."""
        self._asked = asked

    def refresh(self, values):
        """For a timer. True where something has changed."""
        view = self._asked.look(values) if self._asked is not None else self._seen
        return view != self._seen and self._show(view)

    def _show(self, view):
        self._seen = view
        self._box.setVisible(view.shown)
        for place, label in enumerate(self._labels):
            label.setText(view.texts[place])
            label.setVisible(bool(view.texts[place]))
        self._okay.setEnabled(not view.refusal)
        return True

    def _test(self):
        self._asked.test()
