"""What GIMP 3.2 has first: linked and vector layers, with and without filters, through Remove Background."""

import report
import scenes
from gi.repository import Gegl, Gimp, Gio

PHOTO = report.given()["photo"]
answers = {}


def link(picture, x=0, y=0):
    made = Gimp.LinkLayer.new(picture, Gio.File.new_for_path(PHOTO))
    picture.insert_layer(made, None, 0)
    made.set_offsets(x, y)
    return made


def vector(picture):
    path = Gimp.Path.new(picture, "ring")
    picture.insert_path(path, None, 0)
    path.bezier_stroke_new_ellipse(90, 70, 60, 40, 0)
    made = Gimp.VectorLayer.new(picture, path)
    picture.insert_layer(made, None, 0)
    made.set_enable_fill(True)
    made.set_fill_color(Gegl.Color.new("#ff8000"))
    made.set_enable_stroke(False)
    made.refresh()
    return made


def text(picture):
    made = Gimp.TextLayer.new(picture, "Words", Gimp.context_get_font(), 40.0, Gimp.Unit.pixel())
    picture.insert_layer(made, None, 0)
    return made


def kind(layer):
    """What the layer is, as GIMP says: its pixels are made anew from a file, a path or a text; or they are its own."""
    for name in ("link", "vector", "text"):
        if getattr(layer, f"is_{name}_layer")():
            return name + (" rasterized" if layer.is_rasterized() else "")
    return "group" if layer.is_group() else "pixels"


def filtered(layer, opacity=1.0):
    """The layer under a filter that turns its colours round."""
    effect = Gimp.DrawableFilter.new(layer, "gegl:invert-gamma", "inverted")
    effect.set_opacity(opacity)
    effect.update()
    layer.append_filter(effect)
    return layer


def pixels(layer):
    """The stored pixels, 8-bit RGBA, as a file that the test reads: without filters and mask."""
    path = report.path(f"pixels-{layer.get_id()}")
    buffer = layer.get_buffer()
    data = buffer.get(buffer.get_extent(), 1.0, "R'G'B'A u8", Gegl.AbyssPolicy.NONE)
    with open(path, "wb") as stream:
        stream.write(bytes(data))
    return {"path": path, "size": [layer.get_width(), layer.get_height()], "at": list(layer.get_offsets()[1:])}


def about(layer):
    return {"kind": kind(layer), "filters": [each.get_operation_name() for each in layer.get_filters()],
            "visible": layer.get_visible(), "pixels": pixels(layer),
            "file": layer.get_file().get_path() if kind(layer) == "link" else None}


def case(name, make, change=lambda layer: None, **settings):
    picture = scenes.image(200, 160)
    scenes.layer(picture, "below", 200, 160)
    layer = make(picture)
    layer.set_name("photo")
    change(layer)
    before = len(Gimp.get_images())
    new, error = scenes.remove(picture, [layer], **settings)
    path = report.path(name + ".xcf")
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, picture, Gio.File.new_for_path(path), None)
    answer = {"error": error, "path": path, "tree": scenes.tree(picture), "images": len(Gimp.get_images()) - before}
    if new is not None:
        answer.update(new=about(new), source=about(layer))
        picture.delete()
        again = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))
        answer["again"] = about(again.get_layers()[0])
        picture = again
    picture.delete()
    answers[name] = answer


def rasterize(layer):
    assert layer.rasterize()


def scaled(layer):
    assert layer.scale(90, 60, False)


def moved(layer):
    layer.set_offsets(-30, 25)


def masked(layer):
    scenes.add_mask(layer)


def masked_and_filtered(layer):
    masked(layer)
    filtered(layer)


def half_filtered(layer):
    filtered(layer, 0.5)


def locked(layer):
    layer.set_lock_content(True)
    layer.set_lock_position(True)


for of, make in (("link", link), ("vector", vector), ("text", text)):
    case(of, make)
    case(of + "_moved", make, moved)
    case(of + "_locked", make, locked)
    case(of + "_masked", make, masked)
    case(of + "_filtered", make, filtered)
    case(of + "_half_filtered", make, half_filtered)
    case(of + "_masked_and_filtered", make, masked_and_filtered)
    case(of + "_mask_on_itself", make, filtered, output="mask")
    case(of + "_rasterized", make, rasterize)
case("link_scaled", link, scaled)
report.say("gimp32", answers)
