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
        yield lambda: scenes.idle(made)
        scenes.answered(desk)
        yield 0.5
        new, by_itself = made.topLevelNodes()[-1], time.time()
        node.parentNode().addChildNode(new.duplicate(), new)
        yield lambda: scenes.idle(made)
        yield 0.5
        calls.append({"began": began, "ended": ended, "error": "", "copied": [by_itself, time.time()]})
        yield from scenes.undo(desk, made)
        yield from scenes.undo(desk, made)
    desk.answer["calls"] = calls
    made.setModified(False)
