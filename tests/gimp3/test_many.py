"""GIMP 3: which layers are meant by "all", and which are done already. The rest runs in the real GIMP."""

from __future__ import annotations

import importlib

import pytest

from cutaway_bridge import errors, many


class FakeLayer:
    """A layer with a place. ``kept``: whether it has what stays with a cut-out."""

    def __init__(self, name, kept=False, inner=None):
        self.name, self.inner, self.kept, self.parent, self.image = name, inner, kept, None, None
        for each in inner or ():
            each.parent = self

    def get_id(self):
        return id(self)

    def get_name(self):
        return self.name

    def get_parasite_list(self):
        return ["cutaway-matte", "cutaway-settings"] if self.kept else ["other"]

    def get_parent(self):
        return self.parent

    def is_group(self):
        return self.inner is not None

    def get_children(self):
        return self.inner

    def get_image(self):
        return self.image


class FakeImage:
    def __init__(self, layers=(), valid=True):
        self.layers, self.valid = list(layers), valid
        for each in self.layers:
            each.image = self

    def is_valid(self):
        return self.valid

    def get_layers(self):
        return self.layers


@pytest.fixture
def module(adapter):
    return importlib.import_module("gimp3_many")


@pytest.mark.parametrize(("layers", "done"), [
    ([("cat", False)], False), ([("cat (cutout)", True), ("cat", False)], True),
    ([("cat (cutout) #1", True), ("cat", False)], True), ([("cat (cutout)", False), ("cat", False)], False),
    ([("dog (cutout)", True), ("cat", False)], False), ([("cat", True)], True),
    ([("cat (cutout)", True), ("other", False), ("cat", False)], False),
])
@pytest.mark.parametrize("grouped", [False, True])
def test_what_is_done(module, layers, done, grouped):
    made = [FakeLayer(name, kept) for name, kept in layers]
    FakeImage([FakeLayer("group", inner=made)] if grouped else made)
    assert module.is_done(made[-1]) is done


def test_every_layer_that_is_no_group(module):
    tree = [FakeLayer("a"), FakeLayer("g", inner=[FakeLayer("b"), FakeLayer("h", inner=[FakeLayer("c")])]),
            FakeLayer("empty", inner=[])]
    assert [each.name for each in module.leaves(tree)] == ["a", "b", "c"]


def test_an_image_that_was_closed_meanwhile(module):
    with pytest.raises(errors.BridgeError, match="was closed") as raised:
        module.selected_layer(FakeImage(valid=False), None, {}, None)
    assert raised.value.code == errors.INPUT and raised.value.hint


def test_an_image_without_layers_is_no_work(module):
    report = many.Report({})
    module.every_layer(type("Empty", (FakeImage,), {"get_selected_layers": lambda self: []})(), {}, None, report, None)
    assert report.lines == []
