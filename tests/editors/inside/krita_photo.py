"""The whole way with the real core: opened by Krita, run by the menu, saved."""

import krita_scenes as scenes
from krita import Krita


def steps(desk):
    made = Krita.instance().openDocument(desk.given["photo"])
    made.setBatchmode(True)
    desk.app.activeWindow().addView(made)
    desk.app.activeWindow().qwindow().showMaximized()
    yield lambda: made.activeNode() is not None
    yield 0.5
    node = made.activeNode()
    for name, settings in desk.given["runs"].items():
        yield from scenes.run(desk, made, node, **settings)
        yield 0.3
        desk.answer[name] = {"message": scenes.answered(desk), "path": scenes.save(desk, made, name)}
        yield from scenes.undo(desk, made)
    if desk.given["deep"]:
        made.setColorSpace("RGBA", "U16", scenes.SRGB)
        yield lambda: scenes.idle(made)
        yield from scenes.run(desk, made, made.topLevelNodes()[0])
        yield 0.3
        desk.answer["deep"] = {"message": scenes.answered(desk), "path": scenes.save(desk, made, "deep")}
    made.setModified(False)
