"""The conformance suite inside GIMP 3; see conform_drive.py."""

import conform_drive
import report
import scenes
from gi.repository import Gegl, Gimp, Gio

SAMPLES = {"|u1": "U8", "<u2": "U16", "<u4": "U32", "<f2": "HALF", "<f4": "FLOAT", "<f8": "DOUBLE"}
CURVES = {"nonlinear": "NON_LINEAR", "linear": "LINEAR", "perceptual": "PERCEPTUAL"}
QUIET = Gimp.RunMode.NONINTERACTIVE


class Gimp3:
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
        gray = scene["model"] == "gray"
        self.picture = scenes.image(
            *scene["canvas"], "GRAY" if gray else "RGB", SAMPLES[scene["dtype"]] + "_" + CURVES[scene["curve"]])
        if scene["profile"]:
            with open(scene["profile"], "rb") as stream:
                profile = Gimp.ColorProfile.new_from_icc_profile(stream.read())
            assert self.picture.set_color_profile(profile)
        made = {"": None}
        for said in scene["layers"]:
            made[said["name"]] = self.layer(said, made[said["parent"]], "GRAY" if gray else "RGB")
        if scene["model"] == "indexed":
            self.picture.convert_indexed(
                Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 64, False, False, "")
        for said in scene["layers"]:
            self.finish(made[said["name"]], said)
        self.target = made[scene["target"]]
        self.select(scene)
        self.picture.set_selected_layers([self.target])

    def layer(self, said, parent, base):
        if not said["pixels"]:
            made = Gimp.GroupLayer.new(self.picture, said["name"])
            self.picture.insert_layer(made, parent, 0)
            return made
        x, y, width, height = said["frame"]
        kind = getattr(Gimp.ImageType, base + ("A" if said["alpha"] else "") + "_IMAGE")
        made = Gimp.Layer.new(self.picture, said["name"], width, height, kind, 100.0, Gimp.LayerMode.NORMAL)
        self.picture.insert_layer(made, parent, 0)
        made.set_offsets(x, y)
        with open(said["pixels"], "rb") as stream:
            scenes.paint(made, stream.read())
        return made

    def finish(self, made, said):
        if said["mask"]:
            mask = made.create_mask(Gimp.AddMaskType.WHITE)
            made.add_mask(mask)
            paint_as(mask, said["mask"])
            made.set_apply_mask(not said["mask_off"])
        if said.get("mode") == "multiply":
            made.set_mode(Gimp.LayerMode.MULTIPLY)
        made.set_opacity(100.0 * said.get("opacity", 1))
        made.set_visible(said.get("visible", True))
        for name in said.get("locks", ()):
            getattr(made, "set_lock_" + name)(True)

    def select(self, scene):
        if scene["selection"]:
            paint_as(self.picture.get_selection(), scene["selection"])
        elif scene["feather"]:
            self.picture.select_rectangle(Gimp.ChannelOps.REPLACE, *scene["box"])
            Gimp.Selection.feather(self.picture, scene["feather"])

    def run(self, scene, on_progress):
        if scene["act"] not in self.USER:
            self.new, self.error = scenes.remove(self.picture, [self.target], **scene["settings"])
            return
        self.error = scenes.remove_here(self.picture, self.target, scene["settings"], on_progress)

    def user(self, what):
        self.picture.delete()

    def is_open(self):
        return self.picture.is_valid()

    def count(self):
        return len(Gimp.get_images())

    def save(self, path):
        assert Gimp.file_save(QUIET, self.picture, Gio.File.new_for_path(path), None)

    def open(self, path):
        self.picture = Gimp.file_load(QUIET, Gio.File.new_for_path(path))

    def close(self):
        self.picture.delete()

    def dump(self, path):
        mask = self.new.get_mask()
        with open(path, "wb") as stream:
            for y in range(0, mask.get_height(), 500):
                part = scenes.rectangle(0, y, mask.get_width(), min(500, mask.get_height() - y))
                stream.write(bytes(mask.get_buffer().get(part, 1.0, "Y u8", Gegl.AbyssPolicy.NONE)))


def paint_as(drawable, path):
    """8-bit values for a mask or a selection, which are linear."""
    with open(path, "rb") as stream:
        data = stream.read()
    width, height = drawable.get_width(), drawable.get_height()
    buffer = drawable.get_buffer()
    buffer.set(scenes.rectangle(0, 0, width, height), "Y u8", data)
    buffer.flush()
    drawable.update(0, 0, width, height)


answers = {}
for _ in conform_drive.drive(Gimp3(), report.given(), answers):
    pass
report.say("conform", answers)
