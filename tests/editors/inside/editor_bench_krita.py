"""A photograph through Remove Background again and again, for the bench."""

import time

import krita_scenes as scenes
from krita import Krita


def steps(desk):
    made = Krita.instance().openDocument(desk.given["photo"])
    made.setBatchmode(True)
    desk.app.activeWindow().addView(made)
    desk.app.activeWindow().qwindow().showMaximized()
    yield lambda: made.activeNode() is not None
    yield 0.5
    node, calls = made.activeNode(), []
    for _ in range(desk.given["repeat"]):
        yield from scenes.activate(made, node)
        yield 0.3
        scenes.last_values()
        began = time.time()
        desk.app.action(scenes.AGAIN).trigger()
        yield lambda: scenes.plugin().run is None
        ended = time.time()
        calls.append({"began": began, "ended": ended, "error": ""})
        yield lambda: scenes.idle(made)
        scenes.answered(desk)
        yield from scenes.undo(desk, made)
    desk.answer["calls"] = calls
    made.setModified(False)
