"""Layers in every situation through Remove Background; what came of each is saved and told."""

import array
import sys

import krita_scenes as scenes
from krita import InfoObject, Krita

DEPTHS = (
    ("u8", "RGBA", "U8", scenes.SRGB), ("f32", "RGBA", "F32", scenes.LINEAR), ("gray16", "GRAYA", "U16", None),
    ("cmyk", "CMYKA", "U8", None), ("lab", "LABA", "U16", None))


def depth(desk, name, model, bits, profile):
    """The frame lies half beyond the canvas, on the left and at the bottom."""
    profile = profile or Krita.instance().profiles(model, bits)[0]
    made = scenes.document(200, 160, model, bits, profile)
    yield 0.1
    channels = {"RGBA": 4, "GRAYA": 2, "CMYKA": 5, "LABA": 4}[model]
    node = scenes.layer(made, x=-20, y=30, data=samples(150, 140, channels, bits))
    yield from scenes.run(desk, made, node)
    yield from told(desk, name, made, profile=node.colorProfile(), model=[node.colorModel(), node.colorDepth()])


def samples(width, height, channels, bits):
    """Bytes of the pattern in a document's own kind of samples, alpha last; never 0, so that no edge is cut off."""
    values = [1 + value for value in scenes.pattern(width, height, channels)]
    if bits in ("U8", "U16"):
        return array.array("B" if bits == "U8" else "H", (v * (1 if bits == "U8" else 257) for v in values)).tobytes()
    # Colours exceed 1; alpha does not.
    return array.array("f", (value / (251 if place % 4 == 3 else 200) for place, value in enumerate(values))).tobytes()


def locked_and_hidden(desk):
    made = scenes.document()
    yield 0.1
    node = scenes.layer(made)
    node.setLocked(True)
    node.setVisible(False)
    node.setOpacity(102)
    node.setBlendingMode("multiply")
    yield from scenes.run(desk, made, node)
    yield from scenes.undo(desk, made)
    undone = scenes.tree(made.rootNode())
    yield from scenes.undo(desk, made, "edit_redo")
    yield from told(desk, "locked_and_hidden", made, undone=undone)


def masked(desk, name, **values):
    """A layer with two transparency masks, one of them hidden."""
    made = scenes.document()
    yield 0.1
    node = scenes.layer(made, width=100, height=80, x=10, y=20)
    for title, visible in (("old", True), ("off", False)):
        mask = scenes.mask(made, title, scenes.pattern(100, 80, 1), 10, 20, 100, 80)
        mask.setVisible(visible)
        node.addChildNode(mask, None)
    yield from scenes.run(desk, made, mask, **values)
    new = made.nodeByName("photo" if values.get("output") == "mask" else "photo (cutout)")
    with open(desk.path(name + ".seen"), "wb") as stream:
        stream.write(bytes(new.projectionPixelData(10, 20, 100, 80)))
    yield from told(desk, name, made)


def layers_of(made):
    return scenes.tree(made.rootNode())


def flattened(desk):
    """Krita puts another layer in the place of the cut-out that is flattened, or merged with one above it."""
    made = scenes.document()
    yield 0.1
    node = scenes.layer(made)
    yield from scenes.run(desk, made, node)
    yield 0.5
    yield from scenes.activate(made, made.nodeByName("photo (cutout)"))
    seen = []
    # Flattened, undone, done again, and undone with the cut-out itself.
    for name in ("flatten_layer", "edit_undo", "edit_redo", "edit_undo", "edit_undo", "edit_redo"):
        yield from scenes.undo(desk, made, name)
        seen.append(layers_of(made))
    scenes.layer(made, "above", 40, 40)
    yield 0.5
    yield from scenes.activate(made, made.nodeByName("above"))
    yield from scenes.undo(desk, made, "merge_layer")
    seen.append(layers_of(made))
    yield from told(desk, "flattened", made, seen=seen)


def kept_for_nobody(desk):
    """A picture that was saved with what is kept for layers that are not in it; then one that has steps of Undo."""
    made = scenes.document()
    yield 0.1
    node = scenes.layer(made)
    own = ("cutaway-matte-", "cutaway-settings-")
    for name in (*(prefix + "0000" for prefix in own), "cutaway-matte-" + node.uniqueId().toString().strip("{}")):
        made.setAnnotation(name, "x", b"kept")
    path = scenes.save(desk, made, "with_old")
    scenes.close(made)
    made = Krita.instance().openDocument(path)
    made.setBatchmode(True)
    desk.app.activeWindow().addView(made)
    yield lambda: made.activeNode() is not None
    yield 0.5
    node = made.nodeByName("photo")
    was = made.annotationTypes()
    can_undo = sys.modules["cutaway.layers"].can_undo
    can = [can_undo(made)]
    yield from scenes.run(desk, made, node)
    can.append(can_undo(made))
    yield from scenes.undo(desk, made)
    can.append(can_undo(made))
    yield from scenes.undo(desk, made, "edit_redo")
    source, new = (each.uniqueId().toString().strip("{}") for each in (node, made.nodeByName("photo (cutout)")))
    then = made.annotationTypes()
    yield from told(desk, "kept_for_nobody", made, was=was, then=then, source=source, new=new, can=can)


def filtered(desk):
    """What the user sees goes to the model, not what is stored."""
    made = scenes.document()
    yield 0.1
    node = scenes.layer(made, width=100, height=80, x=10, y=20)
    invert = Krita.instance().filter("invert")
    node.addChildNode(made.createFilterMask("invert", invert, scenes.everything(made)), None)
    yield from scenes.run(desk, made, node)
    yield from told(desk, "filtered", made)


def group_itself(desk):
    made = scenes.document()
    yield 0.1
    group = made.createGroupLayer("set")
    made.rootNode().addChildNode(group, None)
    for name, x in (("a", 10), ("b", 60), ("c", 40)):
        scenes.layer(made, name, 60, 50, x, x, group, data=scenes.pattern(60, 50, opaque=True))
    yield from scenes.run(desk, made, group)
    yield from told(desk, "group_itself", made)


def vector(desk):
    made = scenes.document()
    yield 0.1
    node = made.createVectorLayer("shapes")
    made.rootNode().addChildNode(node, None)
    node.addShapesFromSvg(
        '<svg xmlns="http://www.w3.org/2000/svg" width="200px" height="160px" viewBox="0 0 200 160">'
        '<rect x="20" y="30" width="100" height="80" fill="#ff8000"/></svg>')
    yield 0.5
    yield from scenes.run(desk, made, node)
    yield from told(desk, "vector", made, shapes=len(made.nodeByName("shapes (cutout)").shapes()))


def animated(desk):
    made = scenes.document()
    yield 0.1
    node = scenes.layer(made)
    node.enableAnimation()
    yield from scenes.run(desk, made, node)
    yield from told(desk, "animated", made)


def undone_and_redone(desk):
    """Undo, Redo, and the same again; what is saved after it is compared byte for byte with what was before."""
    made = scenes.document()
    yield 0.1
    node = scenes.layer(made, x=-20, y=30)
    yield from scenes.run(desk, made, node)
    yield 0.4
    made.exportImage(desk.path("before.kra"), InfoObject())
    seen = []
    for name in ("edit_undo", "edit_redo", "edit_undo", "edit_redo"):
        yield from scenes.undo(desk, made, name)
        active = made.activeNode()
        seen.append([scenes.tree(made.rootNode()), active.name() if active else None])
    yield from told(desk, "undone_and_redone", made, seen=seen, before_path=desk.path("before.kra"))


def reopened(desk):
    """Saved by the case before: what Krita itself reads again."""
    made = Krita.instance().openDocument(desk.path("undone_and_redone.kra"))
    mask = made.nodeByName("Cutout mask")
    with open(desk.path("reopened.mask"), "wb") as stream:
        stream.write(bytes(mask.pixelData(-20, 30, 150, 140)))
    desk.answer["reopened"] = {
        "type": mask.type(), "kept": made.annotationTypes(), "layer": mask.parentNode().uniqueId().toString()}
    scenes.close(made)
    yield 0.1


def difference(one, two, bits):
    """How many samples of two pictures are not the same."""
    kind = {"U8": "B", "U16": "H", "F32": "f"}[bits]
    return sum(a != b for a, b in zip(array.array(kind, one), array.array(kind, two), strict=False))


def told(desk, name, made, **more):
    yield 0.5
    message = scenes.answered(desk)
    yield lambda: scenes.idle(made)
    shown = bytes(made.pixelData(0, 0, made.width(), made.height()))
    made.refreshProjection()
    made.waitForDone()
    anew = bytes(made.pixelData(0, 0, made.width(), made.height()))
    more["stale"] = 0 if shown == anew else difference(shown, anew, made.colorDepth())
    active = made.activeNode()
    desk.answer[name] = dict(
        more, message=message, tree=scenes.tree(made.rootNode()), active=active.name() if active else None,
        path=scenes.save(desk, made, name), undo=desk.app.action("edit_undo").text(),
        documents=len(desk.app.documents()))
    scenes.close(made)
    yield 0.1


def steps(desk):
    for case in DEPTHS:
        yield from depth(desk, *case)
    for case in (locked_and_hidden, filtered, group_itself, vector, animated):
        yield from case(desk)
    yield from masked(desk, "masked")
    yield from masked(desk, "masked_on_itself", output="mask")
    yield from masked(desk, "masked_taken", engine="mask")
    yield from flattened(desk)
    yield from kept_for_nobody(desk)
    yield from undone_and_redone(desk)
    yield from reopened(desk)
