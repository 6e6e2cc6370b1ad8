"""The picture is closed, or Krita quit, while Remove Background is at work. ``given``: the case, the picture's file."""

import sys

import krita_scenes as scenes
from krita import Krita


def begun(desk, text, model, kind=("RGBA", "U8", scenes.SRGB), size=(200, 160)):
    """Generator: a saved picture, and a run whose progress says ``text``; the document."""
    made = scenes.document(*size, *kind)
    yield 0.3
    data = bytes(range(1, 251)) * (size[0] * size[1] // 50)
    node = scenes.layer(made, "photo", *size, data=data[:size[0] * size[1] * (5 if kind[0] == "CMYKA" else 4)])
    yield from scenes.activate(made, node)
    if not made.saveAs(desk.given["path"]):
        raise RuntimeError("Krita could not save")
    made.setModified(False)
    scenes.last_values(model=model)
    desk.app.action(scenes.AGAIN).trigger()
    yield lambda: scenes.plugin().run is None or scenes.plugin().run.host.told[1].startswith(text)
    if scenes.plugin().run is None:
        raise RuntimeError("the run was over before " + text)
    return made


def during_fill(work):
    """``work`` is done in the middle of putting the mask in."""
    masks = sys.modules["cutaway.masks"]
    fill = masks.fill

    def filling(*arguments):
        yield from fill(*arguments)
        masks.fill = fill
        work()
        yield

    masks.fill = filling


def told(desk, name):
    yield lambda: scenes.plugin().run is None
    yield 0.5
    desk.answer[name] = {"message": scenes.answered(desk), "documents": len(desk.app.documents())}


def closed(desk):
    cmyk = ("CMYKA", "U8", Krita.instance().profiles("CMYKA", "U8")[0])
    made = yield from begun(desk, "Reading", "fake-pause", cmyk, (2600, 2400))
    scenes.close(made)
    yield from told(desk, "reading")
    made = yield from begun(desk, "Finding", "fake-pause")
    scenes.close(made)
    yield from told(desk, "finding")
    made = yield from begun(desk, "Finding", "fake-pause")
    during_fill(lambda: scenes.close(made))
    yield from told(desk, "putting")


def quits(desk, model, work=None):
    yield from begun(desk, "Finding", model)
    if work is None:
        desk.app.action("file_quit").trigger()
    else:
        work()
    yield lambda: False  # Krita is expected to end by itself


def asked(desk):
    """The picture has changes: Krita asks, and the run goes on meanwhile; then they are saved."""
    made = yield from begun(desk, "Finding", "fake-pause")
    made.setBatchmode(False)
    made.setModified(True)
    core = scenes.edge().QtCore
    widgets = scenes.edge().QtWidgets

    def answer():
        box = widgets.QApplication.activeModalWidget()
        if not isinstance(box, widgets.QMessageBox) or "save it" not in box.text() or scenes.plugin().run is not None:
            return
        with open(desk.path("asked.txt"), "a", encoding="utf-8") as stream:
            stream.write(box.text() + "\n" + str(scenes.tree(made.rootNode())) + "\n")
        kinds = widgets.QMessageBox.StandardButton
        (box.button(kinds.Yes) or box.button(kinds.Save)).click()

    asked.timer = core.QTimer()
    asked.timer.setInterval(500)
    asked.timer.timeout.connect(scenes.edge().slot(answer))
    asked.timer.start()
    asked.quit = core.QTimer.singleShot(0, lambda: desk.app.action("file_quit").trigger())
    yield lambda: False


def steps(desk):
    case = desk.given["case"]
    if case == "closed":
        yield from closed(desk)
    elif case == "asked":
        yield from asked(desk)
    elif case == "putting":
        yield from quits(desk, "fake-pause", lambda: during_fill(lambda: desk.app.action("file_quit").trigger()))
    else:
        yield from quits(desk, "fake-slow")
