"""Layers in every situation through Remove Background; what came of each is saved and told."""

import report
import scenes
from gi.repository import Gimp, Gio

answers = {}


def told(name, picture, new, error, **more):
    path = report.path(name + ".xcf")
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, picture, Gio.File.new_for_path(path), None)
    answers[name] = dict(
        more, error=error, path=path, new=new.get_name() if new else None, tree=scenes.tree(picture),
        selected=[layer.get_name() for layer in picture.get_selected_layers()],
        selection_empty=Gimp.Selection.is_empty(picture))
    picture.delete()


def plain(name="photo", **more):
    picture = scenes.image(200, 160)
    return picture, scenes.layer(picture, name, 150, 140, **more)


def locked():
    picture, photo = plain()
    outer = Gimp.GroupLayer.new(picture, "outer")
    picture.insert_layer(outer, None, 0)
    picture.reorder_item(photo, outer, 0)
    for item in (photo, outer):
        item.set_lock_content(True)
        item.set_lock_position(True)
        item.set_lock_visibility(True)
    photo.set_lock_alpha(True)
    new, error = scenes.remove(picture, [photo])
    told("locked", picture, new, error)


def same_name_twice():
    picture, photo = plain()
    scenes.remove(picture, [photo])
    new, error = scenes.remove(picture, [photo])
    told("same_name_twice", picture, new, error)


def mask_selected():
    picture, photo = plain()
    mask = scenes.add_mask(photo)
    new, error = scenes.remove(picture, [mask])
    told("mask_selected", picture, new, error)


def mask_off_and_shown():
    picture, photo = plain()
    scenes.add_mask(photo)
    photo.set_apply_mask(False)
    photo.set_show_mask(True)
    new, error = scenes.remove(picture, [photo])
    told("mask_off_and_shown", picture, new, error)


def group_itself():
    picture = scenes.image(200, 160)
    group = Gimp.GroupLayer.new(picture, "set")
    picture.insert_layer(group, None, 0)
    scenes.layer(picture, "left", 60, 50, "RGB_IMAGE", 10, 20, group, 0)
    scenes.layer(picture, "right", 60, 50, "RGB_IMAGE", 80, 60, group, 1)
    new, error = scenes.remove(picture, [group])
    told("group_itself", picture, new, error, size=[new.get_width(), new.get_height(), *new.get_offsets()[1:]])


def filtered(kind):
    picture, photo = plain(kind="RGBA_IMAGE", x=-30, y=20)
    if kind == "filtered_group":
        group = Gimp.GroupLayer.new(picture, "photo group")
        picture.insert_layer(group, None, 0)
        picture.reorder_item(photo, group, 0)
        photo = group
    scenes.add_mask(photo)
    effect = Gimp.DrawableFilter.new(photo, "gegl:dropshadow" if kind == "shadow" else "gegl:invert-gamma", "effect")
    if kind == "shadow":  # makes the layer larger where it is merged
        effect.get_config().set_property("x", 25.0)
        effect.update()
    photo.append_filter(effect)
    if kind == "filtered_off":
        effect.set_visible(False)
    before = len(Gimp.get_images())
    new, error = scenes.remove(picture, [photo])
    told(kind, picture, new, error, images=len(Gimp.get_images()) - before,
         filters=[len(each.get_filters()) for each in (photo, new)])


def text():
    picture, _ = plain()
    letters = Gimp.TextLayer.new(picture, "Words", Gimp.context_get_font(), 40.0, Gimp.Unit.pixel())
    picture.insert_layer(letters, None, 0)
    new, error = scenes.remove(picture, [letters])
    told("text", picture, new, error, still_text=new.is_text_layer(), says=new.get_text(),
         size=[letters.get_width(), letters.get_height()])


def vector():
    """GIMP 3.2."""
    picture, _ = plain()
    path = Gimp.Path.new(picture, "ring")
    picture.insert_path(path, None, 0)
    path.bezier_stroke_new_ellipse(60, 60, 40, 30, 0)
    shape = Gimp.VectorLayer.new(picture, path)
    picture.insert_layer(shape, None, 0)
    shape.refresh()
    new, error = scenes.remove(picture, [shape])
    told("vector", picture, new, error, still=new.is_vector_layer() and not new.is_rasterized())


def link():
    """GIMP 3.2."""
    picture, _ = plain()
    linked = Gimp.LinkLayer.new(picture, Gio.File.new_for_path(report.given()["photo"]))
    picture.insert_layer(linked, None, 0)
    new, error = scenes.remove(picture, [linked])
    told("link", picture, new, error, still=new.is_link_layer() and not new.is_rasterized())


for case in (locked, same_name_twice, mask_selected, mask_off_and_shown, group_itself, text):
    case()
for kind in ("filtered", "filtered_off", "shadow", "filtered_group"):
    filtered(kind)
if hasattr(Gimp, "VectorLayer"):
    vector()
    link()
report.say("layers", answers)
