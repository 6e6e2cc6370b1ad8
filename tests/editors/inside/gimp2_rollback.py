"""The adapter's own last step with things going wrong in the middle; nothing may be left half-made. GIMP 2.10."""

import gimp2_result
import gimp2_scenes as scenes
import report
from cutaway_bridge import errors
from cutaway_bridge.host import Result
from gimpfu import pdb

WIDTH, HEIGHT = 40, 30
answers = {}


class FakeReader(object):
    """An npy.Reader of one value; ``breaks`` at that row."""

    def __init__(self, shape, value, breaks=None):
        self.shape, self.dtype, self.value, self.breaks = shape, "|u1", value, breaks
        self.row_bytes = 1
        for size in shape[1:]:
            self.row_bytes *= size

    def read_rows(self, y, rows):
        if self.breaks is not None and y + rows > self.breaks:
            raise errors.BridgeError(errors.PROTOCOL, u"The file is broken.", u"Try again.")
        return bytes(bytearray([self.value])) * (rows * self.row_bytes)


def result(output="layer", mask_breaks=None, colours_break=None):
    mask = FakeReader((HEIGHT, WIDTH), 77, mask_breaks)
    colours = FakeReader((1, 128, 128, 3), 9, colours_break)
    return Result(mask, colours, [[0, 0]], 128, b"matte", {"output": output}, {}, [])


def failing(*_):
    raise errors.BridgeError(errors.ERROR, u"It broke.", u"Try again.")


def attempt(name, work, masked=False, breaks=None):
    picture = scenes.image(60, 60)
    photo = scenes.layer(picture, "photo", WIDTH, HEIGHT)
    other = scenes.layer(picture, "other", WIDTH, HEIGHT)
    picture.active_layer = other
    if masked:
        scenes.add_mask(photo)
        photo.apply_mask = False
        photo.show_mask = True
    before = state(picture, photo)
    kept = getattr(gimp2_result, breaks) if breaks else None
    try:
        if breaks:
            setattr(gimp2_result, breaks, failing)
        work(picture, photo)
        error = ""
    except errors.BridgeError as raised:
        error = str(raised)
    finally:
        if breaks:
            setattr(gimp2_result, breaks, kept)
    answers[name] = {"error": error, "before": before, "after": state(picture, photo)}
    pdb.gimp_image_delete(picture)


def state(picture, photo):
    said = None
    if photo.mask is not None:
        data = scenes.pixels(photo.mask)
        said = ["".join("%02x" % each for each in bytearray(data)), photo.apply_mask, photo.show_mask]
    return {"tree": scenes.tree(picture), "visible": [each.visible for each in picture.layers],
            "selected": [picture.active_layer.name], "mask": said, "parasites": list(photo.parasite_list())}


def layer(given):
    return lambda picture, photo: gimp2_result.add_layer(picture, photo, u"photo (cutout)", given)


def mask(given):
    return lambda picture, photo: gimp2_result.add_mask(picture, photo, given)


attempt("good layer", layer(result()))
attempt("broken mask file", layer(result(mask_breaks=HEIGHT - 1)))
attempt("broken colours file", layer(result(colours_break=0)))
attempt("cannot hide", layer(result()), breaks="_hide")
attempt("cannot show", layer(result()), breaks="_show_mask_as_layer")
attempt("good mask", mask(result("mask")))
attempt("broken mask file, on itself", mask(result("mask", mask_breaks=1)))
attempt("cannot keep, on itself", mask(result("mask")), breaks="_keep")
attempt("cannot keep, on itself, masked", mask(result("mask")), masked=True, breaks="_keep")
attempt("cannot show, on itself, masked", mask(result("mask")), masked=True, breaks="_show_mask_as_layer")
report.say("gimp2_rollback", {"answers": answers, "images": pdb.gimp_image_list()[0]})
