"""Which layer is meant, where it lies, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cutaway_bridge.errors import BridgeError

from .fakes import FakeAction, FakeDocument, FakeKrita, FakeNode


@pytest.fixture
def layers(adapter: Callable[[str], Any]) -> Any:
    return adapter("layers")


def test_the_active_layer_and_a_masks_layer(layers: Any) -> None:
    mask = FakeNode("mask", "transparencymask")
    photo = FakeNode("photo").add(mask)
    document = FakeDocument(FakeNode("below"), photo)
    assert layers.chosen(document) is photo
    document.active = mask
    assert layers.chosen(document) is photo
    assert layers.chosen(document, [mask, photo]) is photo, "a layer and its mask are one layer"


def test_a_selection_that_is_kept_stands_for_no_layer(layers: Any) -> None:
    document = FakeDocument(FakeNode("photo"), FakeNode("Selection Mask", "selectionmask"))
    with pytest.raises(BridgeError, match='The layer "Selection Mask" has no pixels of its own'):
        layers.chosen(document)


@pytest.mark.parametrize(("active", "selected", "said"), [
    (None, 0, "No layer is selected."), ("paintlayer", 2, "3 layers are selected; Remove Background works on one."),
    ("filterlayer", 0, 'The layer "x" has no pixels of its own.')])
def test_what_is_refused(layers: Any, active: str | None, selected: int, said: str) -> None:
    document = FakeDocument(*([FakeNode("x", active)] if active else []))
    with pytest.raises(BridgeError) as caught:
        layers.chosen(document, [FakeNode(f"other {n}") for n in range(selected)])
    assert (caught.value.code, caught.value.message) == ("input", said) and caught.value.hint


def test_no_picture(layers: Any) -> None:
    with pytest.raises(BridgeError, match="There is no open picture"):
        layers.chosen(None)


@pytest.mark.parametrize(("kind", "bounds", "frame"), [
    ("paintlayer", (10, 20, 30, 40), (10, 20, 30, 40)), ("paintlayer", (-50, -20, 300, 40), (-50, -20, 250, 40)),
    ("paintlayer", (-500, -500, 2000, 2000), (-100, -80, 300, 240)),
    ("vectorlayer", (-5, -5, 200, 50), (0, 0, 100, 45)), ("clonelayer", (-5, -5, 200, 50), (0, 0, 100, 45)),
])
def test_the_frame(layers: Any, kind: str, bounds: tuple[int, int, int, int], frame: tuple[int, int, int, int]) -> None:
    assert layers.frame(FakeDocument(), FakeNode("x", kind, bounds)) == frame


@pytest.mark.parametrize(("scaling", "frame"), [
    ("None", (-5, -5, 200, 50)), ("ToImagePPI", (-5, -5, 200, 50)), ("ToImageSize", (0, 0, 100, 45))])
def test_a_file_that_is_scaled_to_the_canvas_is_read_at_that(
    layers: Any, scaling: str, frame: tuple[int, int, int, int]) -> None:
    """Krita reads such a file again, some time later, when the canvas is moved."""
    node = FakeNode("x", "filelayer", (-5, -5, 200, 50))
    node.scaling = scaling
    assert layers.frame(FakeDocument(), node) == frame
    assert layers.stays_put(FakeNode("set", "grouplayer").add(node)) is (scaling == "ToImageSize")


@pytest.mark.parametrize("bounds", [(0, 0, 0, 0), (900, 0, 10, 10), (0, -900, 10, 10)])
def test_an_empty_layer(layers: Any, bounds: tuple[int, int, int, int]) -> None:
    with pytest.raises(BridgeError, match="is empty"):
        layers.frame(FakeDocument(), FakeNode("x", bounds=bounds))


def test_effects_count_while_they_are_to_be_seen(layers: Any) -> None:
    assert not layers.has_effects(FakeNode("x").add(FakeNode("m", "transparencymask"), FakeNode("s", "selectionmask")))
    assert layers.has_effects(FakeNode("x").add(FakeNode("f", "filtermask")))
    assert not layers.has_effects(FakeNode("x").add(FakeNode("f", "filtermask", shown=False)))


@pytest.mark.parametrize(("node", "same"), [
    (FakeNode("x"), True), (FakeNode("x").add(FakeNode("m", "transparencymask")), True),
    (FakeNode("g", "grouplayer").add(FakeNode("x"), FakeNode("y", "grouplayer").add(FakeNode("z"))), True),
    (FakeNode("x").add(FakeNode("f", "filtermask")), False), (FakeNode("x", "filelayer"), False),
    (FakeNode("g", "grouplayer").add(FakeNode("x"), FakeNode("f", "filterlayer")), False),
    (FakeNode("g", "grouplayer").add(FakeNode("y", "grouplayer").add(FakeNode("v", "vectorlayer"))), False)])
def test_what_can_be_composited_in_strips(layers: Any, node: FakeNode, same: bool) -> None:
    assert layers.is_the_same_in_strips(node) is same


@pytest.mark.parametrize(("node", "kind", "word"), [
    (FakeNode("x"), object(), None), (FakeNode("x", "grouplayer"), None, "a group"),
    (FakeNode("x", "vectorlayer"), None, "only paint layers"), (FakeNode("x", model="CMYKA"), None, "CMYKA"),
    (FakeNode("x").add(FakeNode("f", "filtermask")), object(), "filters"),
    (FakeNode("x", animated=True), object(), "animated")])
def test_why_colours_stay(layers: Any, node: FakeNode, kind: Any, word: str | None) -> None:
    note = layers.why_colours_stay(node, kind)
    assert note is None if word is None else note[0] == "colours_kept" and word in note[1]


def test_a_node_is_in_the_picture_or_only_in_its_undo_steps(layers: Any) -> None:
    inner, group = FakeNode("inner"), FakeNode("group", "grouplayer")
    document = FakeDocument(group.add(inner))
    assert layers.is_in(document, inner)
    document.root.drop(group)
    assert not layers.is_in(document, inner)
    assert not layers.is_in(FakeDocument(), inner)


def test_the_masks_that_hide_something(layers: Any) -> None:
    masks = [FakeNode("on", "transparencymask"), FakeNode("off", "transparencymask", shown=False)]
    node = FakeNode("x").add(*masks, FakeNode("f", "filtermask"))
    assert layers.shown_masks(node) == masks[:1]


@pytest.mark.parametrize(("window", "active", "undo", "redo", "modified", "can"), [
    (True, True, "Undo ", "Redo ", False, False), (True, True, "Undo Add Layer", "Redo ", False, True),
    (True, True, "Undo ", "Redo Add Layer", False, True), (True, True, "Undo ", None, False, True),
    (True, True, "Undo ", "Redo ", True, True), (True, False, "Undo ", "Redo ", False, True),
    (False, False, None, None, True, False)])
def test_whether_undo_could_bring_anything_back(
    layers: Any, app: FakeKrita, window: bool, active: bool, undo: str | None, redo: str | None, modified: bool,
    can: bool,
) -> None:
    document = FakeDocument(FakeNode("x"))
    document.modified = lambda: modified
    app.shown, app.active = [object()] if window else [], document if active else None
    said = {"edit_undo": undo, "edit_redo": redo}
    app.actions = {name: FakeAction(text) for name, text in said.items() if text is not None}
    assert layers.can_undo(document) is can


def test_only_the_picture_before_the_user_gets_an_active_layer(layers: Any, app: FakeKrita) -> None:
    photo = FakeNode("photo")
    document = FakeDocument(photo, FakeNode("top"))
    layers.activate(document, photo)
    assert document.active is not photo
    app.active = document
    layers.activate(document, photo)
    assert document.active is photo


class TestWatch:
    """The source's visibility follows Undo and Redo."""

    @pytest.fixture
    def scene(self, adapter: Callable[[str], Any], app: FakeKrita) -> Any:
        self.source, self.new = FakeNode("photo", shown=False), FakeNode("photo (cutout)")
        self.document = FakeDocument(self.source, self.new)
        app.open.append(self.document)
        self.watch = adapter("watch").Watch(lambda work: work)
        self.watch.add(self.document, self.source, self.new)
        return self.watch

    def settle(self) -> None:
        """What has changed counts when it is seen twice."""
        self.watch.look()
        self.watch.look()

    def test_undo_shows_and_redo_hides(self, scene: Any) -> None:
        scene.look()
        assert not self.source.shown and self.document.refreshed == 0
        self.document.root.drop(self.new)
        self.document.active = None
        self.settle()
        assert self.source.shown and self.document.active is None, "not in the same moment: Krita would lose it again"
        scene.look()
        assert self.source.shown and self.document.active is self.source and self.document.refreshed == 1
        self.document.root.add(self.new)
        self.settle()
        assert not self.source.shown and self.document.refreshed == 2

    def test_the_moment_between_two_states_does_not_count(self, scene: Any) -> None:
        """A flattening seen in its middle: one layer has gone, the other has not come, or is there already."""
        self.document.root.drop(self.new)
        scene.look()
        flat = FakeNode("photo (cutout)")
        self.document.root.add(flat)
        self.settle()
        assert not self.source.shown
        self.document.root.add(self.new)
        scene.look()
        self.document.root.drop(flat)
        self.settle()
        assert not self.source.shown, "undone"
        other = FakeNode("photo (cutout)")
        self.document.root.add(other)
        scene.look()
        self.document.root.drop(self.new)
        self.settle()
        assert not self.source.shown, "the new one comes first"
        self.document.root.drop(other)
        scene.look()
        assert not self.source.shown

    def test_what_the_user_does_by_hand_stays(self, scene: Any) -> None:
        self.source.shown = True
        self.settle()
        assert self.source.shown
        self.document.root.drop(self.new)
        self.settle()
        assert self.source.shown and self.document.refreshed == 0

    def test_an_undo_right_after_the_result(self, scene: Any) -> None:
        self.document.root.drop(self.new)
        self.settle()
        assert self.source.shown

    def test_a_layer_that_was_flattened_or_merged_goes_on_in_another(self, scene: Any) -> None:
        self.settle()
        self.document.root.drop(self.new)
        flat = FakeNode("photo (cutout)")
        self.document.root.add(flat)
        self.settle()
        assert not self.source.shown and self.document.refreshed == 0
        self.document.root.drop(flat)
        self.document.root.add(self.new)
        self.settle()
        assert not self.source.shown, "the flattening was undone"
        self.document.root.drop(self.new)
        self.document.root.add(flat)
        self.settle()
        assert not self.source.shown, "and done again"
        self.document.root.drop(flat)
        self.document.root.add(self.new)
        self.settle()
        self.document.root.drop(self.new)
        self.settle()
        assert self.source.shown, "and then all of it undone"

    def test_one_that_was_moved_into_a_group_and_flattened_there(self, scene: Any) -> None:
        group = FakeNode("group", "grouplayer")
        self.document.root.add(group)
        self.settle()
        self.document.root.drop(self.new)
        group.add(self.new)
        self.settle()
        group.drop(self.new)
        group.add(FakeNode("photo (cutout)"))
        self.settle()
        assert not self.source.shown

    def test_what_comes_back_with_the_undo_is_no_replacement(self, scene: Any) -> None:
        """Two steps within one look: a layer that was deleted is there again, and the result is not."""
        other = FakeNode("other")
        self.document.root.add(other)
        self.settle()
        self.document.root.drop(other)
        self.settle()
        self.document.root.add(other)
        self.document.root.drop(self.new)
        self.settle()
        assert self.source.shown

    def test_what_the_user_has_shown_stays_when_a_flattening_is_undone(self, scene: Any) -> None:
        self.document.root.drop(self.new)
        flat = FakeNode("flat")
        self.document.root.add(flat)
        self.settle()
        self.source.shown = True
        self.document.root.drop(flat)
        self.document.root.add(self.new)
        self.settle()
        assert self.source.shown

    def test_a_source_that_is_gone_is_left(self, scene: Any) -> None:
        self.document.root.drop(self.source)
        self.document.root.drop(self.new)
        self.settle()
        assert not self.source.shown

    def test_nothing_is_asked_of_a_closed_picture(self, scene: Any, app: FakeKrita) -> None:
        assert scene._timer.running
        app.open.clear()
        self.document.root.drop(self.new)
        self.settle()
        assert not self.source.shown and not scene._timer.running
