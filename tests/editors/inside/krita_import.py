"""For the import of the plug-in's zip: tells where things are on the screen; the test clicks from outside.

Quits Krita, as its user does, once the file ``quit`` is there: so its settings are written.
"""

import json
import os
import sys

if "PyQt6.QtCore" in sys.modules:
    from PyQt6 import QtWidgets
else:
    from PyQt5 import QtWidgets


def centre(widget, rect):
    point = widget.mapToGlobal(rect.center())
    return [point.x(), point.y()]


def plain(text):
    return text.replace("&", "").split("\t")[0]


def entries(menu, found):
    for entry in menu.actions():
        found["entry:" + plain(entry.text())] = centre(menu, menu.actionGeometry(entry))
        if entry.menu() is not None and entry.menu().isVisible():
            entries(entry.menu(), found)


def places(desk):
    bar = desk.app.activeWindow().qwindow().menuBar()
    found = {}
    for title in bar.actions():
        found["menu:" + plain(title.text())] = centre(bar, bar.actionGeometry(title))
        if title.menu() is not None and title.menu().isVisible():
            entries(title.menu(), found)
    for window in QtWidgets.QApplication.topLevelWidgets():
        if window.isVisible() and isinstance(window, QtWidgets.QDialog):
            found["dialog:" + window.windowTitle()] = centre(window, window.rect())
            for button in window.findChildren(QtWidgets.QAbstractButton):
                if button.isVisible():
                    found["button:" + plain(button.text())] = centre(button, button.rect())
    return found


def steps(desk):
    desk.app.activeWindow().qwindow().showMaximized()
    yield 1.0
    while not os.path.exists(desk.path("quit")):
        said = {"places": places(desk), "plug-in": "cutaway" in sys.modules}
        with open(desk.path("state.part"), "w", encoding="utf-8") as stream:
            json.dump(said, stream)
        os.replace(desk.path("state.part"), desk.path("state.json"))
        yield 0.15
    desk.app.action("file_quit").trigger()
    yield lambda: False  # Krita ends by itself
