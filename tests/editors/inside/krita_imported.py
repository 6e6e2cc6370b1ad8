"""The plug-in that came out of the zip: where it was loaded from, and one run."""

import sys

import krita_scenes as scenes


def steps(desk):
    made = scenes.document()
    yield 0.3
    node = scenes.layer(made)
    yield from scenes.run(desk, made, node)
    yield 0.4
    keys = desk.app.action("cutaway_remove_background").shortcut().toString()
    desk.answer["run"] = {
        "file": sys.modules["cutaway"].__file__, "message": scenes.answered(desk), "tree": scenes.tree(made.rootNode()),
        "menu": scenes.layer_menu(desk), "keys": keys, "path": scenes.save(desk, made, "imported")}
    scenes.close(made)
