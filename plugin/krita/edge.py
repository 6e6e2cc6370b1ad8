"""Where Krita calls this plug-in: nothing may leave a slot, and what goes wrong is shown.

An exception that leaves a slot makes Krita show its "Script error" dialog and wait.
"""

import functools
import sys
import traceback

from krita import Krita

from .cutaway_bridge import errors
from .qt import QtCore, QtWidgets

TITLE = "Remove Background"


def slot(work):
    """``work`` for a signal: takes none of its arguments; what it raises becomes a message."""
    @functools.wraps(work)
    def called(*_):
        try:
            work()
        except errors.BridgeError as error:
            show_error(error)
        except Exception as error:  # noqa: BLE001  the process's edge
            show_defect(error)
    return called


def later(milliseconds, work):
    """Does ``work`` once, after Krita has gone on for a while."""
    QtCore.QTimer.singleShot(milliseconds, slot(work))


def show_error(error):
    """What the user must be told; nothing where the user has cancelled."""
    if error.code == errors.CANCELLED:
        return
    if error.log:
        sys.stderr.write(error.log + "\n")
    show(error.message, error.hint, QtWidgets.QMessageBox.Icon.Warning)


def show_defect(error):
    """Something that ought not to happen."""
    traceback.print_exception(type(error), error, error.__traceback__)
    show("Remove Background has met a defect.", f"{type(error).__name__}: {error}", QtWidgets.QMessageBox.Icon.Critical)


def show(message, hint="", icon=QtWidgets.QMessageBox.Icon.Information):
    """A message that does not stop Krita; it goes when it is answered.

    Where there is no window of Krita's it is only written down: it would keep Krita from ending.
    """
    window = main_window()
    if window is None:
        sys.stderr.write(f"{TITLE}: {message} {hint}".rstrip() + "\n")
        return
    box = QtWidgets.QMessageBox(icon, TITLE, message, QtWidgets.QMessageBox.StandardButton.Ok, window)
    box.setInformativeText(hint)
    box.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    box.open()


def main_window():
    """Krita's window for dialogs to belong to, or None."""
    window = Krita.instance().activeWindow()
    return window.qwindow() if window is not None else None
