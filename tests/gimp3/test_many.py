"""GIMP 3: what the loops over layers and images ask of it. The rest runs in the real GIMP."""

from __future__ import annotations

import importlib

import pytest


@pytest.fixture
def editor(adapter):
    return importlib.import_module("gimp3_many").Editor()


def test_groups_and_images_have_something_inside(adapter, editor):
    gimp = adapter.Gimp
    image, group, layer, inner = gimp.Image(), gimp.GroupLayer(name="set"), gimp.Layer("a"), gimp.Layer("b")
    image._layers, group._children = [group, layer], (inner,)
    for each in (group, layer, inner):
        each._image = image
    inner._parent = group
    assert editor.inside(image) == [group, layer] and editor.inside(group) == [inner]
    assert editor.inside(layer) is None
    assert editor.beside(layer) == [group, layer] and editor.beside(inner) == [inner]


def test_images_of_ours_are_not_the_users(adapter, editor, monkeypatch):
    gimp = adapter.Gimp
    first, ours, second = gimp.Image(), gimp.Image(), gimp.Image()
    for number, image in enumerate((second, ours, first)):
        image._id = 9 - number
    ours._parasites = [adapter.layer.PASSING]
    monkeypatch.setattr(gimp, "get_images", lambda: [second, ours, first], raising=False)
    assert editor.images() == [first, second]


def test_an_image_of_one_layer_needs_none_selected(adapter, editor):
    image, layer = adapter.Gimp.Image(), adapter.Gimp.Layer("only")
    image._layers = [layer]
    told = []
    one = editor.of_image(image)
    one.share = lambda *said: told.append(said)
    one.progress(0.5, "x")
    assert one.layer is layer and told == [(0.5, "x")]
    assert not one.as_visible and editor.of_layer(image, layer).as_visible
