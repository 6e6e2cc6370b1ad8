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


def other_layer_active():
    picture, photo = plain()
    scenes.layer(picture, "other", 20, 20)
    new, error = scenes.remove(picture, photo)
    told("other_layer_active", picture, new, error)


for case in (same_name_twice, mask_selected, mask_off_and_shown, group_itself, text, other_layer_active):
    case()
group_itself(mask=True)
report.say("gimp2_layers", answers)
