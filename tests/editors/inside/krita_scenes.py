"""For scripts that run inside Krita: pictures to work on, and Remove Background by its menu entry."""

import functools
import sys

from krita import Krita, Selection

SRGB = "sRGB-elle-V2-srgbtrc.icc"
LINEAR = "sRGB-elle-V2-g10.icc"
AGAIN = "cutaway_remove_background_again"


def plugin():
    """The adapter's extension, as Krita has made it."""
    return next(each for each in _extensions() if type(each).__name__ == "Cutaway")


@functools.cache
def _extensions():
    """All of them, asked for once and never let go: from Krita 5.3 on they are deleted together with the list."""
    return Krita.instance().extensions()


def bridge(name):
    return sys.modules["cutaway.cutaway_bridge." + name]


def last_values(**values):
    """What the entry without a dialog takes."""
    sys.modules["cutaway.last_values"].write(dict(bridge("settings_spec").defaults(), **values))


def pattern(width, height, channels=4, opaque=False):
    """Bytes of samples that are all over the range; the last channel is alpha."""
    out = bytearray(
        (x * 5 + y * 11 + c * 60) % 251 for y in range(height) for x in range(width) for c in range(channels))
    if opaque:
        out[channels - 1::channels] = b"\xff" * (width * height)
    return bytes(out)


def document(width=200, height=160, model="RGBA", depth="U8", profile=SRGB):
    """A new one in Krita's window, with its white background layer."""
    app = Krita.instance()
    made = app.createDocument(width, height, "scene", model, depth, profile, 72.0)
    made.setBatchmode(True)
    app.activeWindow().addView(made)
    return made


def layer(made, name="photo", width=150, height=140, x=0, y=0, parent=None, data=None):
    """A paint layer with pixels, at the top."""
    node = made.createNode(name, "paintlayer")
    node.setPixelData(data or pattern(width, height), x, y, width, height)
    (parent or made.rootNode()).addChildNode(node, None)
    return node


def select(made, x, y, width, height, value=255):
    chosen = Selection()
    chosen.select(x, y, width, height, value)
    made.setSelection(chosen)


def activate(made, node):
    """Generator: makes the node active; up to Krita 5.2 that takes a while."""
    def is_active():
        return made.activeNode() is not None and made.activeNode().uniqueId() == node.uniqueId()

    yield lambda: idle(made)
    while not is_active():
        made.setActiveNode(node)  # Krita activates what was added last, but later
        yield 0.2
    yield lambda: idle(made)


def idle(made):
    if not made.tryBarrierLock():
        return False
    made.unlock()
    return True


def run(desk, made, node, **values):
    """Generator: Remove Background on the node by the menu entry, to its end."""
    yield from activate(made, node)
    last_values(**values)
    entry = desk.app.action(AGAIN)
    if not entry.isEnabled():  # on Qt 5 trigger() does it nevertheless, a user cannot
        raise RuntimeError("the menu entry is off")
    entry.trigger()
    yield lambda: plugin().run is None
    yield lambda: idle(made)


def undo(desk, made, name="edit_undo"):
    """Generator: Undo or Redo by the menu entry."""
    desk.app.action(name).trigger()
    before, after = None, []
    while before != after:  # Krita makes some steps in several, and is idle between them
        yield lambda: idle(made)
        yield 1.2  # the source's visibility and the active layer follow
        before, after = after, tree(made.rootNode())


def tree(node):
    """[name, visible, [children]] from the bottom up."""
    return [[each.name(), each.visible(), tree(each)] for each in node.childNodes() or []]


def save(desk, made, name):
    path = desk.path(name + ".kra")
    if not made.saveAs(path):
        raise RuntimeError("Krita could not save " + path)
    return path


def close(made):
    made.setModified(False)
    made.close()


def mask(made, name, data, x, y, width, height):
    """A transparency mask as the adapter makes them; the judge reads the saved file, not the adapter."""
    new = sys.modules["cutaway.masks"].new(made, name)
    new.setPixelData(data, x, y, width, height)
    return new


def answered(desk):
    """The text of the adapter's message, which is then answered; empty where there is none."""
    for window in desk.every("Remove Background"):
        if hasattr(window, "informativeText"):
            said = text(window)
            window.accept()
            return said
    return ""


def text(window):
    return f"{window.text()} {window.informativeText()}".strip()


def everything(made):
    """The whole canvas selected."""
    chosen = Selection()
    chosen.select(0, 0, made.width(), made.height(), 255)
    return chosen


def edge():
    return sys.modules["cutaway.edge"]


def field(dialog, name):
    """A field of the dialog, by the setting's name."""
    return dialog.findChild(edge().QtWidgets.QWidget, name)


def range_of(spin):
    return [spin.minimum(), spin.maximum(), spin.singleStep(), spin.suffix()]


def kept():
    """What Krita's settings hold."""
    return sys.modules["cutaway.last_values"].read()


def layer_menu(desk):
    """The entries of the Layer menu, from the top down."""
    bar = desk.app.activeWindow().qwindow().menuBar()
    menu = next(each.menu() for each in bar.actions() if each.text().replace("&", "") == "Layer")
    return [each.text().replace("&", "") for each in menu.actions() if each.text()]
