"""The adapter's own last step with things going wrong in the middle, inside GIMP; nothing may be left half-made."""

import os
import sys

import report
import scenes
from gi.repository import Gimp

sys.path.insert(0, os.path.join(os.environ["GIMP3_DIRECTORY"], "plug-ins", "cutaway"))
import gimp3_result

from cutaway_bridge import errors
from cutaway_bridge.host import Result

WIDTH, HEIGHT = 40, 30
answers = {}


class FakeReader:
    """An npy.Reader of one value; ``breaks`` at that row."""

    def __init__(self, shape, value, breaks=None):
        self.shape, self.dtype, self.value, self.breaks = shape, "|u1", value, breaks
        self.row_bytes = 1
        for size in shape[1:]:
            self.row_bytes *= size

    def read_rows(self, y, rows):
        if self.breaks is not None and y + rows > self.breaks:
            raise errors.BridgeError(errors.PROTOCOL, "The file is broken.", "Try again.")
        return bytes([self.value]) * (rows * self.row_bytes)


def result(output="layer", mask_breaks=None, colours_break=None):
    mask = FakeReader((HEIGHT, WIDTH), 77, mask_breaks)
    colours = FakeReader((1, 128, 128, 3), 9, colours_break)
    return Result(mask, colours, [[0, 0]], 128, b"matte", {"output": output}, {}, [])


def failing(*_):
    raise errors.BridgeError(errors.ERROR, "It broke.", "Try again.")


def attempt(name, work, masked=False, breaks=None):
    picture = scenes.image(60, 60)
    photo = scenes.layer(picture, "photo", WIDTH, HEIGHT)
    other = scenes.layer(picture, "other", WIDTH, HEIGHT)
    picture.set_selected_layers([other])
    if masked:
        scenes.add_mask(photo)
        photo.set_apply_mask(False)
        photo.set_show_mask(True)
    before = state(picture, photo)
    kept = getattr(gimp3_result, breaks) if breaks else None
    try:
        if breaks:
            setattr(gimp3_result, breaks, failing)
        work(picture, photo)
        error = ""
    except errors.BridgeError as raised:
        error = raised.text()
    finally:
        if breaks:
            setattr(gimp3_result, breaks, kept)
    answers[name] = {"error": error, "before": before, "after": state(picture, photo)}
    picture.delete()


def state(picture, photo):
    mask = photo.get_mask()
    said = None
    if mask is not None:
        data = mask.get_buffer().get(scenes.rectangle(0, 0, WIDTH, HEIGHT), 1.0, "Y u8", 0)
        said = [bytes(data).hex(), photo.get_apply_mask(), photo.get_show_mask()]
    return {"tree": scenes.tree(picture), "visible": [each.get_visible() for each in picture.get_layers()],
            "selected": [each.get_name() for each in picture.get_selected_layers()], "mask": said,
            "parasites": photo.get_parasite_list()}


def layer(given):
    return lambda picture, photo: gimp3_result.add_layer(picture, photo, "photo (cutout)", given)


def mask(given):
    return lambda picture, photo: gimp3_result.add_mask(picture, photo, given)


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
report.say("rollback", {"answers": answers, "images": len(Gimp.get_images())})
