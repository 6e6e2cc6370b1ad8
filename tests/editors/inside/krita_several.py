"""Remove Background from All Layers and from All Open Documents: results, Undo, cancel, what is said at the end."""

import krita_scenes as scenes
from krita import Krita

LAYERS = "cutaway_remove_background_all_layers"
DOCUMENTS = "cutaway_remove_background_all_documents"


def layered():
    """A picture with a group, a hidden layer, an empty one and a filter layer."""
    made = scenes.document()
    group = made.createGroupLayer("group")
    made.rootNode().addChildNode(group, None)
    scenes.layer(made, "inner", 50, 40, 7, 8, group)
    scenes.layer(made, "hidden", 60, 50, 20, 30, group).setVisible(False)
    made.rootNode().addChildNode(made.createNode("nothing", "paintlayer"), None)
    curves = made.createFilterLayer("curves", Krita.instance().filter("invert"), scenes.everything(made))
    made.rootNode().addChildNode(curves, None)
    scenes.layer(made)
    return made


def over(desk, made=None):
    yield lambda: scenes.plugin().run is None
    yield 0.5
    if made is not None:
        yield lambda: scenes.idle(made)


def said(desk):
    """Every message that is there; each is answered."""
    found = []
    while True:
        text = scenes.answered(desk)
        if not text:
            return found
        found.append(text)


def all_layers(desk):
    made = layered()
    yield 0.3
    yield from scenes.activate(made, made.nodeByName("photo"))
    before = scenes.tree(made.rootNode())
    scenes.last_values()
    desk.app.action(LAYERS).trigger()
    yield from over(desk, made)
    after, messages = scenes.tree(made.rootNode()), said(desk)
    active = made.activeNode().name()
    path = scenes.save(desk, made, "all_layers")
    desk.app.action(LAYERS).trigger()
    yield from over(desk, made)
    again, twice = scenes.tree(made.rootNode()), said(desk)
    steps = []
    for _ in range(4):
        yield from scenes.undo(desk, made)
        steps.append(scenes.tree(made.rootNode()))
    desk.app.action(LAYERS).trigger()  # what was undone is not taken for done
    yield from over(desk, made)
    desk.answer["all_layers"] = {
        "before": before, "after": after, "messages": messages, "active": active, "path": path, "again": again,
        "twice": twice, "steps": steps, "anew": scenes.tree(made.rootNode()), "anew_messages": said(desk)}
    scenes.close(made)
    yield 0.2


def on_the_layers_themselves(desk):
    made = scenes.document()
    yield 0.3
    yield from scenes.activate(made, scenes.layer(made))
    scenes.last_values(output="mask")
    for name in ("first", "second"):
        desk.app.action(LAYERS).trigger()
        yield from over(desk, made)
        desk.answer["masks_" + name] = {"tree": scenes.tree(made.rootNode()), "messages": said(desk)}
    scenes.close(made)
    yield 0.2


def cancelled(desk):
    """After the first of three is done."""
    made = scenes.document()
    yield 0.3
    scenes.layer(made, "second")
    yield from scenes.activate(made, scenes.layer(made, "first"))
    scenes.last_values(model="fake-pause")
    desk.app.action(LAYERS).trigger()
    yield lambda: scenes.plugin().run.hosts
    yield 0.4
    windows = desk.every("Remove Background")
    windows[0].reject()
    yield from over(desk, made)
    desk.answer["cancelled"] = {
        "tree": scenes.tree(made.rootNode()), "messages": said(desk), "windows": len(windows),
        "left": len(desk.every("Remove Background"))}
    scenes.close(made)
    yield 0.2


def all_documents(desk):
    """Five pictures: two are done, one has an empty layer, one is closed meanwhile, one was done before."""
    pictures = {}
    for name in ("one", "two", "empty", "closed", "before"):
        pictures[name] = made = scenes.document()
        made.setName(name)
        yield 0.3
        node = scenes.layer(made)
        if name == "empty":
            node = made.createNode("nothing", "paintlayer")
            made.rootNode().addChildNode(node, None)
        yield from scenes.activate(made, node)
        if name == "before":
            yield from scenes.run(desk, made, node)
            yield 0.5
    scenes.last_values(model="fake-pause")
    desk.app.action(DOCUMENTS).trigger()
    yield 0.3
    scenes.close(pictures.pop("closed"))
    yield from over(desk)
    desk.answer["all_documents"] = {
        "messages": said(desk), "trees": {name: scenes.tree(made.rootNode()) for name, made in pictures.items()},
        "active": [desk.app.activeDocument().name(), desk.app.activeDocument().activeNode().name()]}
    for made in pictures.values():
        scenes.close(made)
    yield 0.2


def failing(desk):
    """Every one fails by the worker; a further run while one is at work is refused."""
    made = scenes.document()
    yield 0.3
    yield from scenes.activate(made, scenes.layer(made))
    scenes.last_values(model="fake-pause")
    desk.app.action(LAYERS).trigger()
    yield 0.3
    desk.app.action(scenes.AGAIN).trigger()
    yield 0.2
    refused = said(desk)
    yield from over(desk, made)
    first = said(desk)
    scenes.last_values(model="fake-error")
    yield from scenes.undo(desk, made)
    yield from scenes.undo(desk, made)
    desk.app.action(LAYERS).trigger()
    yield from over(desk, made)
    desk.answer["failing"] = {
        "refused": refused, "first": first, "messages": said(desk), "tree": scenes.tree(made.rootNode())}
    scenes.close(made)
    yield 0.2


def question(desk):
    """The box that comes before anything is sent; None where there is none."""
    boxes = [each for each in desk.every("Remove Background") if hasattr(each, "informativeText")]
    return boxes[0] if boxes else None


def told(box):
    buttons = scenes.edge().QtWidgets.QMessageBox.StandardButton
    return {"text": box.text(), "below": box.informativeText(),
            "no": box.defaultButton().text() == box.escapeButton().text() == box.button(buttons.No).text()}


def sent(desk):
    """Two of three layers would be sent: one is empty. Refused, let go, allowed; then what is left; then locally."""
    made = scenes.document()
    yield 0.3
    made.rootNode().addChildNode(made.createNode("nothing", "paintlayer"), None)
    yield from scenes.activate(made, scenes.layer(made))
    buttons = scenes.edge().QtWidgets.QMessageBox.StandardButton
    answer = desk.answer["sent"] = {"trees": [], "kept": []}
    scenes.last_values(engine="topaz")
    for name in ("No", "Escape", "Yes"):
        desk.app.action(LAYERS).trigger()
        yield lambda: question(desk) is not None and "costs 4" in question(desk).informativeText()
        box = question(desk)
        answer[name] = told(box)
        desk.app.action(scenes.AGAIN).trigger()  # one thing at a time
        yield 0.2
        for each in desk.every("Remove Background"):
            if hasattr(each, "informativeText") and "at work already" in each.text():
                answer[name]["meanwhile"] = each.text()
                each.accept()
        if name == "Escape":
            box.reject()
        else:
            box.button(getattr(buttons, name)).click()
        yield 0.3
        yield from over(desk, made)
        answer["trees"].append(scenes.tree(made.rootNode()))
        answer["kept"].append(scenes.kept()["upload"])
    answer["messages"] = said(desk)
    answer["free"] = scenes.plugin().dialog is None
    desk.app.action(LAYERS).trigger()  # nothing is left that could be sent
    yield 0.3
    answer["asked_again"] = question(desk) is not None and "Send" in question(desk).text()
    yield from over(desk, made)
    said(desk)
    scenes.last_values(engine="auto")
    desk.app.action(DOCUMENTS).trigger()
    yield 0.3
    answer["done_before"] = said(desk)
    yield from scenes.activate(made, scenes.layer(made, "other"))
    desk.app.action(DOCUMENTS).trigger()
    yield lambda: question(desk) is not None
    answer["picture"] = question(desk).text()
    question(desk).reject()
    yield 0.2
    for engine in ("local", "mask"):
        scenes.last_values(engine=engine)
        desk.app.action(DOCUMENTS).trigger()
        yield from over(desk, made)
        answer[engine + "_said"] = said(desk)
    scenes.close(made)
    yield 0.2


def entries(desk):
    """The menu, and which other actions of this Krita have our shortcut."""
    made = scenes.document()
    yield 0.5
    actions = desk.app.actions()
    ours = [each for each in actions if each.objectName().startswith("cutaway_")]
    taken = {}
    for action in actions:
        for keys in action.shortcuts():
            taken.setdefault(keys.toString(), []).append(action.objectName())
    enabled = {}
    for kind in ("paintlayer", "grouplayer", "vectorlayer", "clonelayer"):
        if kind == "vectorlayer":
            node = made.createVectorLayer(kind)
        elif kind == "clonelayer":
            node = made.createCloneLayer(kind, made.topLevelNodes()[0])
        else:
            node = made.createNode(kind, kind)
        made.rootNode().addChildNode(node, None)
        yield from scenes.activate(made, node)
        yield 0.3
        enabled[kind] = [each.objectName() for each in ours if each.isEnabled()]
    desk.answer["entries"] = {
        "menu": scenes.layer_menu(desk), "names": sorted(each.objectName() for each in ours),
        "shortcuts": {each.objectName(): [keys.toString() for keys in each.shortcuts()] for each in ours},
        "taken": taken, "enabled": enabled, "actions": len(actions)}
    scenes.close(made)
    yield lambda: not desk.app.documents()
    yield 0.3
    desk.answer["entries"]["closed"] = [each.objectName() for each in ours if each.isEnabled()]


def steps(desk):
    for case in (entries, all_layers, on_the_layers_themselves, cancelled, all_documents, failing, sent):
        yield from case(desk)
