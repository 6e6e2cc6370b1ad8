"""Which layer is meant, where it lies, and what about it can be changed."""

from krita import Krita

from .cutaway_bridge import errors

ONE_LAYER = "Select one layer in the Layers docker and try again."

MASKS = ("transparencymask", "filtermask", "selectionmask", "transformmask", "colorizemask")
LAYERS = ("paintlayer", "grouplayer", "vectorlayer", "filelayer", "clonelayer", "filllayer")
# These change what the user sees of a layer's own pixels.
EFFECTS = ("filtermask", "transformmask", "colorizemask")


def chosen(document, selected=()):
    """The one layer that the user means; a mask stands for its layer. Raises BridgeError.

    ``selected``: the layers selected in the docker, where there are several.
    """
    if document is None:
        raise errors.BridgeError(errors.INPUT, "There is no open picture.", "Open one and select a layer.")
    node = document.activeNode()
    if node is None:
        raise errors.BridgeError(errors.INPUT, "No layer is selected.", ONE_LAYER)
    node = layer_of(node)
    others = {layer_of(each).uniqueId().toString() for each in selected} - {node.uniqueId().toString()}
    if others:
        raise errors.BridgeError(
            errors.INPUT, f"{len(others) + 1} layers are selected; Remove Background works on one.", ONE_LAYER)
    return usable(node)


def usable(node):
    """``node`` where it is a layer that shows something. Raises BridgeError where it is not."""
    if node.type() not in LAYERS:
        raise errors.BridgeError(
            errors.INPUT, f"The layer \"{node.name()}\" has no pixels of its own.", "Select a layer with a picture.")
    return node


def layer_of(node):
    """The layer that a mask belongs to; a layer itself, and a mask of the whole picture: a selection that is kept."""
    while node.type() in MASKS:
        above = node.parentNode()
        if above is None or above.parentNode() is None:  # the picture's root, which is no layer
            break
        node = above
    return node


def is_open(documents, document):
    """Whether the user still has the picture open."""
    return any(each == document for each in documents)


def is_in(document, node):
    """Whether the node is part of the picture now, and not only of its undo steps."""
    root = document.rootNode()
    for _ in range(1000):
        above = node.parentNode()
        if above is None:
            return root is not None and node.uniqueId() == root.uniqueId()
        node = above
    return False


def activate(document, node):
    """Makes the node active where the picture is the one before the user and the node is still in it."""
    if Krita.instance().activeDocument() == document and is_in(document, node):
        document.setActiveNode(node)


def size(document, node):
    """(width, height) of the layer's pixels, or None where there are none."""
    try:
        return frame(document, node)[2:]
    except errors.BridgeError:
        return None


def frame(document, node):
    """(x, y, width, height) of the layer's pixels, on the canvas and beyond. Raises BridgeError where there are none.

    Krita's layers have no edges. What lies further from the canvas than the canvas is wide or high is left out, and of
    vectors, clones and scaled files all that lies beyond it (see scratch.py).
    """
    bounds = node.bounds()
    wide, high = document.width(), document.height()
    beyond = 0 if stays_put(node) else 1
    left, top = max(bounds.x(), -beyond * wide), max(bounds.y(), -beyond * high)
    right = min(bounds.x() + bounds.width(), (1 + beyond) * wide)
    bottom = min(bounds.y() + bounds.height(), (1 + beyond) * high)
    if bounds.isEmpty() or right <= left or bottom <= top:
        raise errors.BridgeError(
            errors.INPUT, f"The layer \"{node.name()}\" is empty.", "Select a layer with a picture in it.")
    return left, top, right - left, bottom - top


def has_effects(node):
    """Whether the user sees something else than the layer's own pixels."""
    return any(each.type() in EFFECTS and each.visible() for each in node.childNodes() or [])


def shown_masks(node):
    """The transparency masks that hide something of the layer itself."""
    return [each for each in node.childNodes() or [] if each.type() == "transparencymask" and each.visible()]


def can_undo(document):
    """Whether Undo or Redo could bring back a layer that is not in the picture, as far as Krita tells.

    Their menu entries are always on. Their texts name the step, and end in a blank where there is none.
    """
    app = Krita.instance()
    if app.activeWindow() is None:
        return False  # kritarunner: nobody is there to undo anything
    if app.activeDocument() != document:
        return True
    actions = [app.action(name) for name in ("edit_undo", "edit_redo")]
    return any(action is None or not action.text().endswith(" ") for action in actions) or document.modified()


def ids(node):
    """The ids of everything in the node, as text."""
    found = set()
    for each in node.childNodes() or []:
        found.add(each.uniqueId().toString())
        found |= ids(each)
    return found


def stays_put(node):
    """Whether it, or a layer in the group, stays where it is when the canvas is moved: vectors, clones, and files that
    are scaled to the canvas, which Krita reads again, some time later, when that gets another size.
    """
    if node.type() == "filelayer":
        return node.scalingMethod() == "ToImageSize"
    return node.type() in ("vectorlayer", "clonelayer") or any(stays_put(each) for each in node.childNodes() or [])


def is_the_same_in_strips(node):
    """Whether each part of what is seen of the layer can be composited without the parts around it.

    Filters and transformations look around, and files, fills and clones are fitted to the whole canvas.
    """
    inside = node.childNodes() or []
    if node.type() not in ("paintlayer", "grouplayer"):
        return node.type() in ("transparencymask", "selectionmask")
    return all(is_the_same_in_strips(each) for each in inside)


def why_colours_stay(node, kind):
    """A note (code, message) where the layer's own colours cannot be cleaned, else None.

    ``kind``: of its pixels, None where they are not RGB in a known profile.
    """
    reason = None
    if node.type() == "grouplayer":
        reason = "a group has no pixels of its own."
    elif node.type() != "paintlayer":
        reason = "only paint layers have pixels that can be changed. Convert the layer first to have them cleaned."
    elif kind is None:
        reason = (
            f"the layer is {node.colorModel()} in the profile {node.colorProfile()}. "
            "Convert it to RGB with an sRGB profile first to have them cleaned.")
    elif has_effects(node):
        reason = "the layer's filters would change them again. Flatten the layer first to have them cleaned."
    elif node.animated():
        reason = "the layer is animated."
    return ("colours_kept", "The edge colours were left as they are: " + reason) if reason else None
