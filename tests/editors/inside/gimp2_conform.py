"""The conformance suite inside GIMP 2.10; see conform_drive.py."""

import conform_drive
import gimp2_scenes as scenes
import gimpenums
import report
from gimp2_gegl import Buffer
from gimp2_layer import utf8
from gimpfu import pdb

SAMPLES = {"|u1": "U8", "<u2": "U16", "<u4": "U32", "<f2": "HALF", "<f4": "FLOAT", "<f8": "DOUBLE"}
CURVES = {"nonlinear": "GAMMA", "linear": "LINEAR"}


class Gimp2(object):
    SUFFIX = ".xcf"
    SAVES_BIG = True
    USER = ("closed",)

    def __init__(self):
        self.picture = self.target = self.new = None
        self.error = ""

    def worker_act(self, scene):
        """GIMP's Cancel ends the plug-in's process; the suite's worker does the same to it."""
        return "end plug-in" if scene["act"] == "cancel" else None

    def build(self, scene):
        base = "GRAY" if scene["model"] == "gray" else "RGB"
        self.picture = scenes.image(
            scene["canvas"][0], scene["canvas"][1], base, SAMPLES[scene["dtype"]] + "_" + CURVES[scene["curve"]])
        if scene["profile"]:
            icc = content(scene["profile"])
            pdb.gimp_image_set_color_profile(self.picture, len(icc), icc)
        made = {"": None}
        for said in scene["layers"]:
            made[said["name"]] = self.layer(said, made[said["parent"]], base)
        if scene["model"] == "indexed":
            pdb.gimp_image_convert_indexed(
                self.picture, gimpenums.CONVERT_DITHER_NONE, gimpenums.CONVERT_PALETTE_GENERATE, 64, False, False, "")
        for said in scene["layers"]:
            self.finish(made[said["name"]], said)
        self.target = made[scene["target"]]
        self.select(scene)
        self.picture.active_layer = self.target

    def layer(self, said, parent, base):
        if not said["pixels"]:
            return scenes.group(self.picture, utf8(said["name"]), parent)
        x, y, width, height = said["frame"]
        kind = getattr(gimpenums, base + ("A" if said["alpha"] else "") + "_IMAGE")
        made = pdb.gimp_layer_new(
            self.picture, width, height, kind, utf8(said["name"]), 100.0, gimpenums.LAYER_MODE_NORMAL)
        pdb.gimp_image_insert_layer(self.picture, made, parent, 0)
        pdb.gimp_layer_set_offsets(made, x, y)
        scenes.paint(made, content(said["pixels"]))
        return made

    def finish(self, made, said):
        if said["mask"]:
            mask = pdb.gimp_layer_create_mask(made, gimpenums.ADD_MASK_WHITE)
            pdb.gimp_layer_add_mask(made, mask)
            scenes.paint(mask, content(said["mask"]), "Y u8")
            made.apply_mask = not said["mask_off"]
        if said.get("mode") == "multiply":
            made.mode = gimpenums.LAYER_MODE_MULTIPLY
        made.opacity = 100.0 * said.get("opacity", 1)
        made.visible = said.get("visible", True)
        locks = {"content": pdb.gimp_item_set_lock_content, "position": pdb.gimp_item_set_lock_position,
                 "alpha": pdb.gimp_layer_set_lock_alpha}
        for name in said.get("locks", ()):
            locks[name](made, True)

    def select(self, scene):
        if scene["selection"]:
            scenes.paint(pdb.gimp_image_get_selection(self.picture), content(scene["selection"]), "Y u8")
        elif scene["feather"]:
            pdb.gimp_image_select_rectangle(self.picture, gimpenums.CHANNEL_OP_REPLACE, *scene["box"])
            pdb.gimp_selection_feather(self.picture, scene["feather"])

    def run(self, scene, on_progress):
        if scene["act"] in self.USER:
            self.error = scenes.remove_here(self.picture, self.target, scene["settings"], on_progress)
        else:
            self.new, self.error = scenes.remove(self.picture, self.target, **scene["settings"])

    def user(self, what):
        pdb.gimp_image_delete(self.picture)

    def is_open(self):
        return bool(pdb.gimp_image_is_valid(self.picture))

    def count(self):
        return pdb.gimp_image_list()[0]

    def save(self, path):
        scenes.save(self.picture, path)

    def open(self, path):
        self.picture = pdb.gimp_file_load(path, path)

    def close(self):
        pdb.gimp_image_delete(self.picture)

    def dump(self, path):
        mask = self.new.mask
        with open(path, "wb") as stream, Buffer(mask) as buffer:
            for y in range(0, mask.height, 500):
                stream.write(buffer.read(0, y, mask.width, min(500, mask.height - y), 1, "Y u8"))


def content(path):
    with open(path, "rb") as stream:
        return stream.read()


answers = {}
for _ in conform_drive.drive(Gimp2(), report.given(), answers):
    pass
report.say("gimp2_conform", answers)
