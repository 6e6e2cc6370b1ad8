"""A script in Krita's own Scripter: pasted into its editor, run by its Run button; what its output says then."""

import importlib

import krita_scenes as scenes
from krita import Krita

core, widgets = scenes.edge().QtCore, scenes.edge().QtWidgets
gui = importlib.import_module(core.__name__.replace("QtCore", "QtGui"))


def paste(editor, text):
    """In place of what is there, by the keyboard: Scripter takes note of keys."""
    widgets.QApplication.clipboard().setText(text)
    editor.selectAll()
    keys = core.Qt.Key.Key_V, core.Qt.KeyboardModifier.ControlModifier
    widgets.QApplication.sendEvent(editor, gui.QKeyEvent(core.QEvent.Type.KeyPress, *keys))


def selected(desk):
    """A picture in a file, with a saved selection and a filter layer above its layer."""
    made = scenes.document()
    yield 0.3
    scenes.layer(made)
    curves = made.createFilterLayer("curves", Krita.instance().filter("invert"), scenes.everything(made))
    made.rootNode().addChildNode(curves, None)
    scenes.select(made, 20, 30, 60, 50)
    yield lambda: scenes.idle(made)
    scenes.save(desk, made, "selected")
    desk.answer["selected"] = [each.type() for each in made.topLevelNodes()]
    scenes.close(made)


def steps(desk):
    yield from selected(desk)
    made = scenes.document()
    yield 0.3
    scenes.layer(made, "second", 60, 50, 10, 10)
    yield from scenes.activate(made, scenes.layer(made))
    scenes.last_values(feather=9.0)  # of the dialog: a script does not take them
    desk.app.action("python_scripter").trigger()
    yield lambda: desk.window("Scripter") is not None
    window = desk.window("Scripter")
    output = window.findChild(widgets.QPlainTextEdit, "OutPutTextEdit")
    editor = next(each for each in window.findChildren(widgets.QPlainTextEdit) if each is not output)
    bar = window.findChild(widgets.QToolBar)
    run = next(each for each in bar.actions() if each.text().replace("&", "") == "Run")
    desk.answer["runs"] = []
    for number, text in enumerate(desk.given["scripts"]):
        paste(editor, text)
        if editor.toPlainText() != text:
            raise RuntimeError("Scripter did not take the text")
        seen, over = [], []
        press = lambda: over.append(run.trigger())  # noqa: E731,B023  kept, or it is collected; returns after the script
        core.QTimer.singleShot(0, press)
        yield 0.1
        while not over:  # between two calls of a script nothing runs either
            for progress in desk.every("Remove Background"):
                seen.append(progress.isModal())
                if number in desk.given["cancelled"]:
                    progress.reject()
            yield 0.1
        yield 0.5
        yield lambda: scenes.idle(made)
        desk.answer["runs"].append({
            "output": output.toPlainText(), "tree": scenes.tree(made.rootNode()), "modal": seen,
            "message": scenes.answered(desk), "documents": len(desk.app.documents()), "quiet": desk.app.batchmode()})
        output.clear()
    window.close()
    desk.answer["path"] = scenes.save(desk, made, "scripter")
    yield from scenes.undo(desk, made)
    desk.answer["undone"] = scenes.tree(made.rootNode())
    scenes.close(made)
