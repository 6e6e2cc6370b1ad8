"""The conformance suite's part inside an editor, the same in every one: build, save, run, save. Python 2.7 and 3.

An editor joins by an object with these names (see conform.py, gimp2_conform.py, krita_conform.py). Those marked * may
be generators; what they yield is waited for, as the editor's own driver does it.

    SUFFIX                    of its files
    SAVES_BIG                 True where a reader takes parts of a big one; may be left out
    USER, user(what)          the acts that are the script's own; does one, from within the run's own progress
    worker_act(scene)         what the worker does for one that is not, or None
    build(scene) *            makes the picture; ``picture`` and ``target`` are then set
    run(scene, on_progress) * Remove Background on the target, to its end; sets ``error``
    save(path) *, dump(path) *  the picture; the new mask's bytes alone
    open(path) *, close() *   a picture from a file as ``picture``; ends it
    undo() *, redo() *
    is_open(), count()        whether the picture is still open; how many pictures are

``on_progress(text)`` is to be called with every text that the run shows.
"""

import inspect
import json
import os
import sys
import time
import traceback


def drive(editor, given, answers):
    """Generator: every scene in turn; a scene that fails says so and does not end the others."""
    for scene in given["scenes"]:
        sys.stderr.write(time.strftime("%H:%M:%S ") + scene["id"] + "\n")  # into the log, for a run that hangs
        sys.stderr.flush()
        said = answers[scene["id"]] = {}
        try:
            for wait in _one(editor, scene, said, given["act"]):
                yield wait
        except Exception:  # noqa: BLE001  told to the test, which fails
            said["broke"] = traceback.format_exc()
        try:
            if editor.picture is not None and editor.is_open():
                for wait in _waits(editor.close()):
                    yield wait
            said["left"] = editor.count()
        except Exception:  # noqa: BLE001
            said["broke"] = said.get("broke", "") + traceback.format_exc()


def _one(editor, scene, said, act_path):
    def path(name):
        said[name] = os.path.join(scene["folder"], scene["id"] + "-" + name + editor.SUFFIX)
        return said[name]

    for wait in _waits(editor.build(scene)):
        yield wait
    if not scene["big"]:
        for wait in _waits(editor.save(path("before"))):
            yield wait
    editor.error = ""
    _say_act(scene, editor, act_path)
    for wait in _waits(editor.run(scene, _watch(scene, editor, said))):
        yield wait
    said["error"] = editor.error
    if os.path.exists(act_path):
        os.remove(act_path)
        said["unused"] = True
    if not editor.is_open():
        return
    if scene["big"]:
        steps = [editor.dump(path("mask"))]
        if getattr(editor, "SAVES_BIG", False):
            steps.append(editor.save(path("after")))
        for step in steps:
            for wait in _waits(step):
                yield wait
        return
    steps = [("after", None)]
    if scene["undo"]:
        steps += [("undone", editor.undo), ("redone", editor.redo)]
    for name, step in steps:
        for wait in _waits(step() if step else None):
            yield wait
        for wait in _waits(editor.save(path(name))):
            yield wait
    if scene["reopen"]:
        for step in (editor.close, lambda: editor.open(said["after"]), lambda: editor.save(path("again"))):
            for wait in _waits(step()):
                yield wait


def _waits(done):
    return done if inspect.isgenerator(done) else ()


def _say_act(scene, editor, path):
    """What the worker is to do, and when."""
    what = {"worker dies": "die", "error": "refuse"}.get(scene["act"]) or editor.worker_act(scene)
    if what:
        with open(path, "w") as stream:
            json.dump({"what": what, "stage": scene["stage"]}, stream)


def _watch(scene, editor, said):
    """Called with the run's texts: the user acts at the first that belongs to the stage."""
    waiting = [scene["act"]] if scene["act"] in editor.USER else []

    def told(text):
        if waiting and text.startswith(scene["text"]):
            said["acted"] = True
            editor.user(waiting.pop())
    return told
