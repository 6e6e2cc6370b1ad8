"""The dialog, built from the settings."""

from .cloud_lines import CloudLines
from .cutaway_bridge import cloud, settings_spec
from .edge import TITLE, main_window
from .qt import QtCore, QtWidgets

GROUPS = (("run", "Subject"), ("mask", "Mask"), (cloud.GROUP, cloud.TITLE))

_Button = QtWidgets.QDialogButtonBox.StandardButton


class Dialog(QtWidgets.QDialog):
    """Shows ``values``; :meth:`values` says what the user has made of them. ``open()`` it, listen to ``finished``.

    ``taken``: whether the user has agreed (``result()`` is a number, which PyQt6 does not compare with a name for it).
    """

    def __init__(self, values, slot):
        super().__init__(main_window())
        self.setWindowTitle(TITLE)
        self._fields = {}
        self.taken = False
        layout = QtWidgets.QVBoxLayout(self)
        rows = [row for row in settings_spec.load() if not _offers_nothing(row)]
        buttons = QtWidgets.QDialogButtonBox(_Button.Ok | _Button.Cancel | _Button.RestoreDefaults)
        columns, column = QtWidgets.QHBoxLayout(), QtWidgets.QVBoxLayout()
        columns.addLayout(column)
        layout.addLayout(columns)
        for group, title in GROUPS:
            box = QtWidgets.QGroupBox(title)
            form = QtWidgets.QFormLayout(box)
            for row in rows:
                if row["group"] == group:
                    self._add(form, row)
            # Beside the others: below them the dialog would be too high for a small screen.
            (columns if group == cloud.GROUP else column).addWidget(box)
            if group == cloud.GROUP:
                self._cloud = CloudLines(box, form, buttons.button(_Button.Ok), slot)
        buttons.button(_Button.Ok).setText("Remove")
        reset = slot(lambda: self.show_values(settings_spec.defaults()))
        buttons.button(_Button.RestoreDefaults).clicked.connect(reset)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addWidget(buttons)
        layout.addStretch()
        self._values = settings_spec.check(values)
        self.show_values(values)

    def values(self):
        """Every setting by name."""
        return dict(self._values, **{name: field.value() for name, field in self._fields.items()})

    def show_values(self, values):
        for name, field in self._fields.items():
            field.show(values[name])

    def accept(self):
        self.taken = True
        super().accept()

    def follow(self, asked):
        """``asked``: the cloud.Cloud of this dialog."""
        self._cloud.follow(asked)
        self.refresh()

    def refresh(self):
        """For a timer: what is asked of the cloud meanwhile."""
        if self._cloud.refresh(self.values()):
            self.layout().activate()
            self.adjustSize()

    def offer(self, models):
        """More models to choose from: pairs of name and title."""
        self._fields["model"].offer(models)

    def _add(self, form, row):
        field = {"choice": Choice, "switch": Switch}.get(row["kind"], Number)(row)
        field.widget.setToolTip(row["help"])
        field.widget.setObjectName(row["name"])
        self._fields[row["name"]] = field
        if row["kind"] == "switch":
            form.addRow(field.widget)
            return
        label = QtWidgets.QLabel(row["label"] + ":")
        label.setToolTip(row["help"])
        label.setBuddy(field.widget)
        form.addRow(label, field.widget)


class Choice:
    """A list. One that is open holds other words too, where they were chosen before or are offered later."""

    def __init__(self, row):
        self.widget = QtWidgets.QComboBox()
        self.offer(row["options"])

    def offer(self, options):
        for value, title in options:
            if self.widget.findData(value) < 0:
                self.widget.addItem(title, value)
            else:
                self.widget.setItemText(self.widget.findData(value), title)

    def show(self, value):
        if self.widget.findData(value) < 0:
            self.widget.addItem(value, value)
        self.widget.setCurrentIndex(self.widget.findData(value))

    def value(self):
        return self.widget.currentData()


class Switch:
    """A check box."""

    def __init__(self, row):
        self.widget = QtWidgets.QCheckBox(row["label"])

    def show(self, value):
        self.widget.setChecked(value)

    def value(self):
        return self.widget.isChecked()


class Number:
    """A field with arrows, in the setting's range, with its unit."""

    def __init__(self, row):
        whole = row["kind"] == "whole"
        self.widget = QtWidgets.QSpinBox() if whole else QtWidgets.QDoubleSpinBox()
        if not whole:
            self.widget.setDecimals(1)
        self.widget.setRange(row["low"], row["high"])
        self.widget.setSingleStep(row["step"])
        if row["unit"]:
            self.widget.setSuffix(" " + row["unit"])
        self.widget.setAlignment(QtCore.Qt.AlignmentFlag.AlignRight)

    def show(self, value):
        self.widget.setValue(value)

    def value(self):
        return self.widget.value()


def _offers_nothing(row):
    return row["kind"] == "choice" and not row["open"] and len(row["options"]) < 2
