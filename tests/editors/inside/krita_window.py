"""Tells several times a second where things are on the screen, and the layers; the test clicks from outside.

Ends once the file ``quit`` is there, with the picture saved. While the file ``hold`` is there, a run stands still once
the layer has been handed over.
"""

import json
import os
import sys

import krita_scenes as scenes
from krita import Krita

W = scenes.edge().QtWidgets
HANDED_OVER = scenes.bridge("flow").HAND_OVER[1]


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


def progress(desk):
    """What the progress window says, and how full its bar is; None where there is none."""
    for window in desk.every("Remove Background"):
        bar, label = window.findChild(W.QProgressBar), window.findChild(W.QLabel)
        if bar is not None:
            return {"text": label.text(), "share": bar.value() / bar.maximum(), "shown": bar.isVisible(),
                    "modal": window.isModal()}
    return None


def hold_runs(desk):
    running = sys.modules["cutaway.running"].Run
    step = running.step

    def held(run):
        if run.host.told[0] < HANDED_OVER or not os.path.exists(desk.path("hold")):
            step(run)

    running.step = held


def steps(desk):
    hold_runs(desk)
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
                "dialog": plugin.dialog is not None, "progress": progress(desk)}
        with open(desk.path("state.part"), "w", encoding="utf-8") as stream:
            json.dump(said, stream)
        os.replace(desk.path("state.part"), desk.path("state.json"))
        yield 0.15
    desk.answer["path"] = scenes.save(desk, made, "window")
    made.setModified(False)
