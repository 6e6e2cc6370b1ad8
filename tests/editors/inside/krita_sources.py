"""Layers that have no pixels of their own, or get them from elsewhere, as the source."""

import krita_scenes as scenes
from krita import InfoObject

SIZE = 200, 160


def told(desk, name, made, node, **more):
    """Generator: what the user sees of the layer, one run, and what came of it."""
    made.refreshProjection()
    yield lambda: scenes.idle(made)
    with open(desk.path(name + ".shown"), "wb") as stream:
        stream.write(bytes(node.projectionPixelData(0, 0, *SIZE)))
    bounds = node.bounds()
    yield from scenes.run(desk, made, node)
    yield 0.4
    new = made.nodeByName(node.name() + " (cutout)")
    desk.answer[name] = dict(
        more, message=scenes.answered(desk), tree=scenes.tree(made.rootNode()), kind=node.type(),
        new=new.type() if new else None, bounds=[bounds.x(), bounds.y(), bounds.width(), bounds.height()],
        path=scenes.save(desk, made, name), documents=len(desk.app.documents()))
    yield from scenes.undo(desk, made)
    desk.answer[name]["undone"] = scenes.tree(made.rootNode())
    scenes.close(made)
    yield 0.2


def with_layer(desk, name, make):
    made = scenes.document(*SIZE)
    yield 0.2
    node = make(made)
    if node.parentNode() is None:
        made.rootNode().addChildNode(node, None)
    yield 1.0
    yield from told(desk, name, made, node)


def file_layer(scaling):
    def make(made):
        return made.createFileLayer("file", scenes_file["path"], scaling)
    return make


def clone_layer(made):
    source = scenes.layer(made, "photo", 120, 90, 30, 40)
    return made.createCloneLayer("clone", source)


def moved_clone(made):
    """A clone has an offset of its own."""
    node = clone_layer(made)
    made.rootNode().addChildNode(node, None)
    node.move(-25, 10)
    return node


def fill_layer(made):
    how = InfoObject()
    how.setProperty("pattern", "Cross01.pat")
    how.setProperty("color", "#2060c0")
    return made.createFillLayer("fill", "color", how, scenes.everything(made))


def vector_layer(made):
    node = made.createVectorLayer("shapes")
    made.rootNode().addChildNode(node, None)
    node.addShapesFromSvg(
        '<svg xmlns="http://www.w3.org/2000/svg" width="200px" height="160px" viewBox="0 0 200 160">'
        '<rect x="20" y="30" width="100" height="80" fill="#ff8000"/></svg>')
    return node


def group_of_kinds(made):
    """A group with a paint layer in another group, a clone and a mask."""
    group, inner = made.createGroupLayer("set"), made.createGroupLayer("inner")
    made.rootNode().addChildNode(group, None)
    group.addChildNode(inner, None)
    photo = scenes.layer(made, "photo", 80, 60, 15, 25, inner)
    inner.addChildNode(scenes.mask(made, "old", scenes.pattern(80, 60, 1), 15, 25, 80, 60), None)
    group.addChildNode(made.createCloneLayer("clone", photo), None)
    return group


def group_in_strips(made):
    """Paint layers only, partly masked, over several strips."""
    group = made.createGroupLayer("stack")
    made.rootNode().addChildNode(group, None)
    for number, y in enumerate((-20, 40, 100)):
        node = scenes.layer(made, f"part {number}", 150, 90, 10 * number, y, group)
        node.setOpacity(255 - 60 * number)
        node.addChildNode(scenes.mask(made, "m", scenes.pattern(150, 90, 1), 10 * number, y, 150, 90), None)
    return group


def animated(desk):
    """Two frames: the copy has both, the mask holds for both."""
    made = scenes.document(*SIZE)
    yield 0.2
    node = scenes.layer(made, "moving", *SIZE, data=scenes.pattern(*SIZE, opaque=True))
    yield from scenes.activate(made, node)
    node.enableAnimation()
    made.setCurrentTime(5)
    yield 0.5
    desk.app.action("add_blank_frame").trigger()
    yield 0.5
    yield lambda: scenes.idle(made)
    node.setPixelData(bytes([9, 99, 199, 255]) * (SIZE[0] * SIZE[1]), 0, 0, *SIZE)
    made.setCurrentTime(0)
    yield 0.5
    yield lambda: scenes.idle(made)
    yield from scenes.run(desk, made, node)
    yield 0.4
    new = made.nodeByName("moving (cutout)")
    frames = [[time for time in range(12) if each.hasKeyframeAtTime(time)] for each in (node, new)]
    desk.answer["animated"] = {"message": scenes.answered(desk), "frames": frames, "shown": []}
    for time in (0, 5):
        made.setCurrentTime(time)
        yield 0.6
        yield lambda: scenes.idle(made)
        made.refreshProjection()
        made.waitForDone()
        path = desk.path(f"frame{time}.shown")
        with open(path, "wb") as stream:
            stream.write(bytes(new.projectionPixelData(0, 0, *SIZE)))
        desk.answer["animated"]["shown"].append(path)
    desk.answer["animated"]["path"] = scenes.save(desk, made, "animated")
    scenes.close(made)
    yield 0.2


scenes_file = {}
MAKERS = {
    "file": file_layer("None"), "file_scaled": file_layer("ToImageSize"), "clone": clone_layer,
    "clone_moved": moved_clone, "fill": fill_layer, "vector": vector_layer, "group": group_of_kinds,
    "strips": group_in_strips}


def steps(desk):
    scenes_file["path"] = desk.given["file"]
    for name, make in MAKERS.items():
        if name in desk.given.get("cases", MAKERS):
            yield from with_layer(desk, name, make)
    if "animated" in desk.given.get("cases", ["animated"]):
        yield from animated(desk)
