"""After a run: tells where the canvas is, and saves what the user's brush has done to the mask, and its undoing."""

import json
import os

import krita_scenes as scenes

SIZE = 400, 300


def steps(desk):
    made = scenes.document(*SIZE)
    desk.app.activeWindow().qwindow().showMaximized()
    yield 0.5
    node = scenes.layer(made, "photo", *SIZE, data=scenes.pattern(*SIZE, opaque=True))
    yield from scenes.run(desk, made, node)
    yield lambda: made.activeNode() is not None and made.activeNode().name() == "Cutout mask"
    yield 0.5
    desk.app.action("KritaShape/KisToolBrush").trigger()
    yield 0.3
    area = desk.app.activeWindow().qwindow().centralWidget()
    middle = area.mapToGlobal(area.rect().center())
    with open(desk.path("canvas.part"), "w", encoding="utf-8") as stream:
        json.dump([middle.x(), middle.y()], stream)
    os.replace(desk.path("canvas.part"), desk.path("canvas.json"))
    yield lambda: os.path.exists(desk.path("painted"))
    yield 0.5
    yield lambda: scenes.idle(made)
    desk.answer = {"active": made.activeNode().name(), "undo": desk.app.action("edit_undo").text(),
                   "painted": scenes.save(desk, made, "painted")}
    yield from scenes.undo(desk, made)
    desk.answer["tree"] = scenes.tree(made.rootNode())
    desk.answer["undone"] = scenes.save(desk, made, "stroke_undone")
    scenes.close(made)
