"""The conformance suite inside Krita; see conform_drive.py."""

import conform_drive
import krita_scenes as scenes
from krita import InfoObject, Krita, Selection

DEPTHS = {"|u1": "U8", "<u2": "U16", "<f2": "F16", "<f4": "F32"}
PROFILES = {
    ("rgb", "", "nonlinear"): scenes.SRGB, ("rgb", "", "linear"): scenes.LINEAR,
    ("rgb", "adobe", "nonlinear"): "ClayRGB-elle-V2-g22.icc",
    ("gray", "", "nonlinear"): "Gray-D50-elle-V2-srgbtrc.icc", ("gray", "", "linear"): "Gray-D50-elle-V2-g10.icc",
}
STRIP = 500


class KritaEditor:
    SUFFIX = ".kra"
    USER = ("cancel", "closed")

    def __init__(self, desk):
        self.desk = desk
        self.picture = self.target = self.wait = None
        self.error = ""
        self.open_before = len(desk.app.documents())
        # What is told is kept and not shown: nobody would answer it.
        scenes.edge().show_error = self.failed
        scenes.edge().show = lambda text: None

    def failed(self, error):
        self.error = error.text() if hasattr(error, "text") else repr(error)

    def worker_act(self, scene):
        """Where the user cancels while the worker is at work, the worker is not to be done before."""
        return "hold" if scene["act"] == "cancel" and scene["stage"] in ("queued", "model") else None

    def build(self, scene):
        width, height = scene["canvas"]
        model = "GRAYA" if scene["model"] == "gray" else "RGBA"
        profile = PROFILES[scene["model"], "adobe" if scene["profile"] else "", scene["curve"]]
        self.picture = made = scenes.document(width, height, model, DEPTHS[scene["dtype"]], profile)
        yield 0.05
        for each in made.topLevelNodes():
            each.remove()
        nodes = {"": made.rootNode()}
        for said in scene["layers"]:
            nodes[said["name"]] = self.node(said, nodes[said["parent"]])
        self.target = nodes[scene["target"]]
        self.select(scene)
        yield from scenes.activate(made, self.target)

    def node(self, said, parent):
        if not said["pixels"]:
            node = self.picture.createGroupLayer(said["name"])
            parent.addChildNode(node, None)
            return node
        node = self.picture.createNode(said["name"], "paintlayer")
        node.setPixelData(content(said["pixels"]), *said["frame"])
        parent.addChildNode(node, None)
        if said["mask"]:
            mask = scenes.mask(self.picture, "old", content(said["mask"]), *said["frame"])
            mask.setVisible(not said["mask_off"])
            node.addChildNode(mask, None)
        node.setBlendingMode(said.get("mode", "normal"))
        node.setOpacity(round(255 * said.get("opacity", 1)))
        node.setVisible(said.get("visible", True))
        node.setLocked("content" in said.get("locks", ()))
        node.setAlphaLocked("alpha" in said.get("locks", ()))
        return node

    def select(self, scene):
        chosen = Selection()
        if scene["selection"]:
            chosen.setPixelData(content(scene["selection"]), 0, 0, *scene["canvas"])
        elif scene["feather"]:
            chosen.select(*scene["box"], 255)
            chosen.feather(int(scene["feather"]))
        else:
            return
        self.picture.setSelection(chosen)

    def run(self, scene, on_progress):
        self.wait = None
        scenes.last_values(**scene["settings"])
        self.desk.app.action(scenes.AGAIN).trigger()
        run = scenes.plugin().run
        if run is None:
            return  # refused; the error is kept
        shown = run.host.progress

        def progress(fraction, text):
            shown(fraction, text)
            on_progress(text)

        run.host.progress = progress
        yield lambda: scenes.plugin().run is None
        if self.is_open():
            yield lambda: scenes.idle(self.picture)
            yield 0.2  # the new mask becomes the active one

    def user(self, what):
        if what == "cancel":
            scenes.plugin().run.cancel()
        else:
            scenes.close(self.picture)

    def undo(self):
        yield from scenes.undo(self.desk, self.picture)

    def redo(self):
        yield from scenes.undo(self.desk, self.picture, "edit_redo")

    def is_open(self):
        return any(each == self.picture for each in self.desk.app.documents())

    def count(self):
        return len(self.desk.app.documents()) - self.open_before

    def save(self, path):
        yield lambda: scenes.idle(self.picture)
        if not self.picture.exportImage(path, InfoObject()):
            raise RuntimeError("Krita could not save " + path)

    def dump(self, path):
        mask = self.picture.nodeByName("Cutout mask")
        width, height = self.picture.width(), self.picture.height()
        with open(path, "wb") as stream:
            for y in range(0, height, STRIP):
                stream.write(bytes(mask.pixelData(0, y, width, min(STRIP, height - y))))

    def open(self, path):
        self.picture = Krita.instance().openDocument(path)
        self.picture.setBatchmode(True)
        self.desk.app.activeWindow().addView(self.picture)
        yield 0.05

    def close(self):
        scenes.close(self.picture)
        yield 0.05


def content(path):
    with open(path, "rb") as stream:
        return stream.read()


def steps(desk):
    yield from conform_drive.drive(KritaEditor(desk), desk.given, desk.answer)
