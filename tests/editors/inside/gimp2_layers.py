"""Layers in every situation through Remove Background; what came of each is saved and told. GIMP 2.10."""

import gimp2_scenes as scenes
import gimpenums
import report
from gimpfu import pdb

answers = {}


def told(name, picture, new, error, **more):
    path = report.path(name + ".xcf")
    scenes.save(picture, path)
    answers[name] = dict(
        more, error=error, path=path, new=new.name if new else None, tree=scenes.tree(picture),
        active=picture.active_layer.name)
    pdb.gimp_image_delete(picture)


def plain(name="photo", **more):
    picture = scenes.image(200, 160)
    return picture, scenes.layer(picture, name, 150, 140, **more)


def in_group():
    picture, _below = plain("below")
    outer = scenes.group(picture, "outer")
    inner = scenes.group(picture, "inner", outer)
    scenes.layer(picture, "first", 40, 30, "RGBA_IMAGE", 5, 6, inner, 0)
    photo = scenes.layer(picture, "photo", 50, 40, "RGBA_IMAGE", -7, 8, inner, 1)
    scenes.layer(picture, "last", 40, 30, "RGBA_IMAGE", 5, 6, inner, 2)
    new, error = scenes.remove(picture, photo)
    told("in_group", picture, new, error, parent=new.parent.name)


def locked():
    picture, photo = plain()
    pdb.gimp_item_set_lock_content(photo, True)
    pdb.gimp_item_set_lock_position(photo, True)
    pdb.gimp_layer_set_lock_alpha(photo, True)
    new, error = scenes.remove(picture, photo)
    told("locked", picture, new, error)


def locked_mask_on_itself():
    picture, photo = plain()
    scenes.add_mask(photo)
    pdb.gimp_item_set_lock_content(photo, True)
    new, error = scenes.remove(picture, photo, output="mask")
    told("locked_mask_on_itself", picture, new, error)


def hidden():
    picture, photo = plain()
    photo.visible = False
    photo.opacity = 40.0
    photo.mode = gimpenums.LAYER_MODE_MULTIPLY
    new, error = scenes.remove(picture, photo)
    told("hidden", picture, new, error)


def same_name_twice():
    picture, photo = plain()
    scenes.remove(picture, photo)
    new, error = scenes.remove(picture, photo)
    told("same_name_twice", picture, new, error)


def mask_selected():
    picture, photo = plain()
    mask = scenes.add_mask(photo)
    new, error = scenes.remove(picture, mask)
    told("mask_selected", picture, new, error)


def mask_off_and_shown():
    picture, photo = plain()
    scenes.add_mask(photo)
    photo.apply_mask = False
    photo.show_mask = True
    new, error = scenes.remove(picture, photo)
    told("mask_off_and_shown", picture, new, error)


def group_itself(mask=False):
    picture = scenes.image(200, 160)
    group = scenes.group(picture, "set")
    scenes.layer(picture, "left", 60, 50, "RGB_IMAGE", 10, 20, group, 0)
    scenes.layer(picture, "right", 60, 50, "RGB_IMAGE", 80, 60, group, 1)
    if mask:
        scenes.add_mask(group)
    new, error = scenes.remove(picture, group)
    told("group_with_mask" if mask else "group_itself", picture, new, error,
         size=[new.width, new.height] + list(new.offsets))


def text():
    picture, _ = plain()
    letters = pdb.gimp_text_layer_new(picture, "Words", "DejaVu Sans", 40.0, gimpenums.PIXELS)
    pdb.gimp_image_insert_layer(picture, letters, None, 0)
    new, error = scenes.remove(picture, letters)
    told("text", picture, new, error, still_text=bool(pdb.gimp_item_is_text_layer(new)),
         says=pdb.gimp_text_layer_get_text(new), size=[letters.width, letters.height])


def named_in_other_letters():
    picture, photo = plain()
    photo.name = b"K\xc3\xa4tzchen \xe7\x8c\xab".decode("utf-8")
    new, error = scenes.remove(picture, photo)
    told("named_in_other_letters", picture, new, error)


def other_layer_active():
    picture, photo = plain()
    scenes.layer(picture, "other", 20, 20)
    new, error = scenes.remove(picture, photo)
    told("other_layer_active", picture, new, error)


for case in (in_group, locked, locked_mask_on_itself, hidden, same_name_twice, mask_selected, mask_off_and_shown,
             group_itself, text, named_in_other_letters, other_layer_active):
    case()
group_itself(mask=True)
report.say("gimp2_layers", answers)
