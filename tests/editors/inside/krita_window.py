"""Tells several times a second where things are on the screen, and the layers; the test clicks from outside.

Ends once the file ``quit`` is there, with the picture saved.
"""

import json
import os

import krita_scenes as scenes
from krita import Krita

W = scenes.edge().QtWidgets


def centre(widget, rect):
    point = widget.mapToGlobal(rect.center())
    return [point.x(), point.y()]


def plain(text):
    return text.replace("&", "").split("\t")[0]


def places(desk):
    """By name: the middle of menu titles, entries of open menus, and buttons of dialogs."""
    bar = desk.app.activeWindow().qwindow().menuBar()
    found = {}
    for title in bar.actions():
        found["menu:" + plain(title.text())] = centre(bar, bar.actionGeometry(title))
        menu = title.menu()
        if menu is not None and menu.isVisible():
            for entry in menu.actions():
                found["entry:" + plain(entry.text())] = centre(menu, menu.actionGeometry(entry))
    for window in desk.every("Remove Background"):
        for button in window.findChildren(W.QAbstractButton):
            if button.isVisible():
                found["button:" + plain(button.text())] = centre(button, button.rect())
    return found


def steps(desk):
    made = Krita.instance().openDocument(desk.given["photo"])
    made.setBatchmode(True)
    desk.app.activeWindow().addView(made)
    desk.app.activeWindow().qwindow().showMaximized()
    scenes.last_values()
    yield lambda: made.activeNode() is not None
    yield 1.0
    while not os.path.exists(desk.path("quit")):
        plugin = scenes.plugin()
        said = {"places": places(desk), "tree": scenes.tree(made.rootNode()), "running": plugin.run is not None,
                "dialog": plugin.dialog is not None}
        with open(desk.path("state.part"), "w", encoding="utf-8") as stream:
            json.dump(said, stream)
        os.replace(desk.path("state.part"), desk.path("state.json"))
        yield 0.15
    desk.answer["path"] = scenes.save(desk, made, "window")
    made.setModified(False)
