"""The dialog's part about the cloud, used as a user does: refused, tested, allowed once; then a run that falls back."""

import json
from urllib.request import Request, urlopen

import krita_scenes as scenes
from krita import Krita

W = scenes.edge().QtWidgets
ASK = "cutaway_remove_background"


def dialog():
    return scenes.plugin().dialog


def choose(name, value):
    field = scenes.field(dialog(), name)
    field.setCurrentIndex(field.findData(value))


def button(text):
    return next(each for each in dialog().findChildren(W.QPushButton) if each.text().replace("&", "") == text)


def seen(desk, name):
    """What the dialog says of the cloud, and whether Remove can be had; with a picture of it."""
    lines = dialog()._cloud
    dialog().grab().save(desk.path(f"krita-cloud-{name}.png"))
    return {"texts": [label.text() for label in lines._labels], "okay": button("Remove").isEnabled()}


def says(text):
    return lambda: any(text in label.text() for label in dialog()._cloud._labels)


def opened(desk, path):
    """Generator: the picture, active, and the dialog before it."""
    made = Krita.instance().openDocument(path)
    made.setBatchmode(True)
    desk.app.activeWindow().addView(made)
    yield lambda: made.activeNode() is not None
    yield 0.5
    desk.app.action(ASK).trigger()
    yield lambda: dialog() is not None and dialog().isVisible()


def removed(desk, made, name):
    """Generator: Remove, to its end; message and file are told."""
    button("Remove").click()
    yield lambda: dialog() is None and scenes.plugin().run is None
    yield lambda: scenes.idle(made)
    yield 0.4
    desk.answer.setdefault("messages", []).append(scenes.answered(desk))
    desk.answer.setdefault("paths", []).append(scenes.save(desk, made, name))


def steps(desk):
    scenes.last_values()
    yield from opened(desk, desk.given["photos"][0])
    made = Krita.instance().activeDocument()
    box = scenes.field(dialog(), "upload").parentWidget()
    desk.answer["hidden"] = [box.isVisible()]
    choose("engine", "topaz")
    yield says("You have not allowed it")
    yield says("costs")
    desk.answer["hidden"].append(box.isVisible())
    desk.answer["refused"] = seen(desk, "refused")
    choose("upload", "once")
    button("Test the key").click()
    yield says("The key works")
    desk.answer["tested"] = seen(desk, "tested")
    scenes.field(dialog(), "refine").setChecked(False)
    yield from removed(desk, made, "cloud")
    desk.answer["kept"] = scenes.kept()["upload"]

    account = Request(desk.given["account"], json.dumps({"subscription": False}).encode(), method="POST")
    urlopen(account).close()
    yield from opened(desk, desk.given["photos"][1])
    other = Krita.instance().activeDocument()
    choose("engine", "auto")
    choose("upload", "once")
    yield from removed(desk, other, "fallen")
    for each in (made, other):
        each.setModified(False)
