"""How a run can end other than well, and what the user is told; and that Krita goes on meanwhile."""

import time

import krita_scenes as scenes
from krita import Krita


def slow(desk, made, node, model):
    """Generator: begins a run that takes a while."""
    yield from scenes.activate(made, node)
    scenes.last_values(model=model)
    desk.app.action(scenes.AGAIN).trigger()
    yield lambda: scenes.plugin().run is not None and scenes.plugin().run.host.told[0] > 0.2


def told(desk, name, made, **more):
    """Generator: what the user sees in the end; the message is answered."""
    yield lambda: scenes.plugin().run is None
    yield 0.4
    windows = desk.windows()  # Krita may have a tip or a floating message of its own among them
    desk.answer[name] = dict(
        more, message=scenes.answered(desk), tree=scenes.tree(made.rootNode()) if made else None,
        windows=windows, undo=desk.app.action("edit_undo").isEnabled())
    if made:
        scenes.close(made)
    yield 0.2


def cancelled(desk, made, node):
    yield from slow(desk, made, node, "fake-slow")
    progress = desk.window("Remove Background")
    seen = [progress.isVisible(), progress.isModal(), scenes.plugin().run.host.told[1]]
    progress.reject()
    yield from told(desk, "cancelled", made, seen=seen)


def twice_at_once(desk, made, node):
    yield from slow(desk, made, node, "fake-slow")
    desk.app.action(scenes.AGAIN).trigger()
    yield 0.3
    message = next(scenes.text(each) for each in desk.every("Remove Background") if hasattr(each, "informativeText"))
    scenes.plugin().run.cancel()
    yield lambda: scenes.plugin().run is None
    yield from told(desk, "twice_at_once", made, first=message)


def closed_meanwhile(desk, made, node):
    yield from slow(desk, made, node, "fake-pause")
    scenes.close(made)
    yield from told(desk, "closed_meanwhile", None)


def removed_meanwhile(desk, made, node):
    yield from slow(desk, made, node, "fake-pause")
    node.remove()
    yield from told(desk, "removed_meanwhile", made)


def resized_meanwhile(desk, made, node):
    yield from slow(desk, made, node, "fake-pause")
    made.resizeImage(0, 0, 100, 100)
    yield from told(desk, "resized_meanwhile", made)


def moved_meanwhile(desk, made, node):
    yield from slow(desk, made, node, "fake-pause")
    node.move(17, -4)
    yield from told(desk, "moved_meanwhile", made)


def mirrored_meanwhile(desk, made, node):
    """Neither its place nor its size is another then."""
    yield from slow(desk, made, node, "fake-pause")
    desk.app.action("mirrorNodeX").trigger()
    yield from told(desk, "mirrored_meanwhile", made)


def changed_meanwhile(desk, made, node):
    """The user goes on: another layer is added and active; the result goes where it belongs."""
    yield from slow(desk, made, node, "fake-pause")
    other = scenes.layer(made, "other", 20, 20)
    began = time.time()
    yield from scenes.activate(made, other)
    worked = scenes.plugin().run is not None or time.time() - began > 1
    yield from told(desk, "changed_meanwhile", made, worked=worked)


def failed(desk, made, node):
    yield from scenes.run(desk, made, node, model="fake-error")
    yield from told(desk, "failed", made)


def lost(desk, made, node):
    yield from scenes.run(desk, made, node, model="fake-lost")
    yield from told(desk, "lost", made)


def noted(desk, made, node):
    yield from scenes.run(desk, made, node, model="fake-notes")
    yield from told(desk, "noted", made)


def empty(desk, made, node):
    nothing = made.createNode("nothing", "paintlayer")
    made.rootNode().addChildNode(nothing, None)
    yield from scenes.run(desk, made, nothing)
    yield from told(desk, "empty", made)


def empty_asked(desk, made, node):
    """The entry with the dialog says it before it asks."""
    nothing = made.createNode("nothing", "paintlayer")
    made.rootNode().addChildNode(nothing, None)
    yield from scenes.activate(made, nothing)
    desk.app.action("cutaway_remove_background").trigger()
    yield 0.3
    yield from told(desk, "empty_asked", made, dialog=scenes.plugin().dialog is not None)


def filter_layer(desk, made, node):
    layer = made.createFilterLayer("curves", Krita.instance().filter("invert"), scenes.everything(made))
    made.rootNode().addChildNode(layer, None)
    yield from scenes.run(desk, made, layer)
    yield from told(desk, "filter_layer", made)


def pass_through(desk, made, node):
    group = made.createGroupLayer("through")
    made.rootNode().addChildNode(group, None)
    scenes.layer(made, "inside", 30, 30, 0, 0, group)
    group.setPassThroughMode(True)
    yield from scenes.run(desk, made, group, output="mask")
    yield from told(desk, "pass_through", made)


def no_picture(desk, made, node):
    scenes.close(made)
    yield lambda: not desk.app.documents()
    scenes.plugin().again  # noqa: B018  there, although its menu entry is off
    entry = desk.app.action(scenes.AGAIN)
    if entry.isEnabled():
        entry.trigger()
    else:
        scenes.edge().slot(scenes.plugin().again)()
    yield from told(desk, "no_picture", None)


def not_installed(desk, made, node):
    yield from scenes.activate(made, node)
    find = scenes.bridge("installation").find

    def missing():
        raise scenes.bridge("errors").BridgeError("not_installed", "Cutaway is not there.", "Install it.")

    scenes.bridge("installation").find = missing
    try:
        desk.app.action(scenes.AGAIN).trigger()
    finally:
        scenes.bridge("installation").find = find
    yield from told(desk, "not_installed", made)


def dialog(desk, made, node):
    """The dialog: what it shows, and what it remembers."""
    yield from scenes.activate(made, node)
    scenes.last_values(feather=2.5, model="own-model")
    desk.app.action("cutaway_remove_background").trigger()
    yield lambda: scenes.plugin().dialog is not None
    shown = scenes.plugin().dialog
    field = scenes.field(shown, "model")
    yield lambda: field.count() == 3  # the worker has told its models
    first = shown.values()
    ranges = {name: scenes.range_of(scenes.field(shown, name)) for name in ("holes", "shift", "clean")}
    tips = {name: scenes.field(shown, name).toolTip() for name in first if scenes.field(shown, name) is not None}
    models = [field.itemText(index) for index in range(field.count())]
    scenes.field(shown, "invert").setChecked(True)
    scenes.field(shown, "shift").setValue(-1.5)
    field.setCurrentIndex(field.findData("fake-notes"))
    wanted = shown.values()
    shown.accept()
    yield from told(
        desk, "dialog", made, first=first, ranges=ranges, tips=tips, models=models, wanted=wanted,
        kept=scenes.kept(), entries=scenes.layer_menu(desk))


def dialog_left(desk, made, node):
    yield from scenes.activate(made, node)
    scenes.last_values(feather=2.5)
    desk.app.action("cutaway_remove_background").trigger()
    yield lambda: scenes.plugin().dialog is not None
    scenes.field(scenes.plugin().dialog, "invert").setChecked(True)
    scenes.plugin().dialog.reject()
    yield from told(desk, "dialog_left", made, kept=scenes.kept())


CASES = (
    cancelled, twice_at_once, closed_meanwhile, removed_meanwhile, resized_meanwhile, moved_meanwhile,
    mirrored_meanwhile, changed_meanwhile, failed, lost, noted, empty, empty_asked, filter_layer, pass_through,
    not_installed, dialog, dialog_left, no_picture)


def steps(desk):
    for case in CASES:
        made = scenes.document()
        yield 0.1
        yield from case(desk, made, scenes.layer(made))
