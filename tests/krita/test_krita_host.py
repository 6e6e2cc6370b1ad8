"""The host port in Krita: what is read, what is read again for a second worker, what is refused."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cutaway_bridge import settings_spec
from cutaway_bridge.errors import BridgeError

from .fakes import FakeAction, FakeDocument, FakeKrita, FakeNode

SIDE = 40


class FakeScratch:
    """In the place of scratch.Scratch: converts every pixel to 7."""

    made: list[FakeScratch]

    def __init__(self, document: Any, node: Any, frame: tuple[int, int, int, int], check: Any) -> None:
        check()
        self.rows, self.closed = frame[3], False
        self._row = bytes([7]) * 4 * frame[2]
        FakeScratch.made.append(self)

    def ready(self) -> bool:
        return True

    def read(self, y: int, rows: int) -> bytes:
        assert not self.closed
        return self._row * rows

    def close(self) -> None:
        self.closed = True


class FakeJob:
    def __init__(self, folder: Any) -> None:
        self._folder, self.picture = folder, None

    def file(self, name: str) -> str:
        return str(self._folder / name)


def photo(**said: Any) -> FakeNode:
    node = FakeNode("photo", bounds=(3, 5, SIDE, SIDE), **said)
    node.pixels = np.random.default_rng(7).integers(1, 255, (SIDE, SIDE, 4), np.uint8)
    return node


@pytest.fixture
def host(adapter: Callable[[str], Any], app: FakeKrita) -> Callable[..., Any]:
    """Makes the host of a picture with one layer; ``scene`` finds both."""
    sys.modules["PyQt5.QtCore"].QByteArray = bytes  # type: ignore[attr-defined]
    module = adapter("krita_host")
    module.scratch.Scratch, FakeScratch.made = FakeScratch, []

    def make(node: FakeNode, **settings: Any) -> Any:
        document = FakeDocument(node)
        app.open.append(document)
        made = module.KritaHost(document, node)
        made.fitting(dict(settings_spec.defaults(), **settings))
        return made

    return make


def handed(host: Any, source: Any, folder: Any) -> Any:
    job = FakeJob(folder)
    for _ in host.hand_over(job, source):
        pass
    return np.load(folder / "picture.npy")


@pytest.mark.parametrize("said", [{"model": "CMYKA"}, {"depth": "U16", "profile": "Other.icc"}, {"kind": "grouplayer"}])
def test_what_is_converted_is_converted_again_for_the_next_worker(host: Any, tmp_path: Any, said: Any) -> None:
    node = photo(**said)
    node.passThroughMode = lambda: False
    made = host(node)
    source = made.open_source()
    for time in (1, 2):
        np.testing.assert_array_equal(handed(made, source, tmp_path), np.full((SIDE, SIDE, 4), 7))
        assert [each.closed for each in FakeScratch.made] == [True] * time


def test_a_hand_over_that_is_left_closes_what_it_has_opened(host: Any, tmp_path: Any) -> None:
    made = host(photo(model="CMYKA"))
    doing = made.hand_over(FakeJob(tmp_path), made.open_source())
    next(doing)
    (scratch,) = FakeScratch.made
    assert not scratch.closed
    doing.close()
    assert scratch.closed


def test_what_krita_has_in_srgb_is_read_as_it_is(host: Any, tmp_path: Any) -> None:
    node = photo()
    made = host(node)
    source = made.open_source()
    for _ in (1, 2):
        np.testing.assert_array_equal(handed(made, source, tmp_path), node.pixels[..., [2, 1, 0, 3]])
    assert FakeScratch.made == []


RESULT = SimpleNamespace(output="layer", layer_name=lambda source: "photo (cutout)", notes=[])


def moved(node: FakeNode) -> None:
    node.move(4, 5)


def resized(node: FakeNode) -> None:
    node._bounds = type(node._bounds)(3, 5, SIDE, SIDE - 1)


def mirrored(node: FakeNode) -> None:
    node.pixels = node.pixels[:, ::-1]


def painted(node: FakeNode) -> None:
    node.pixels = node.pixels.copy()
    node.pixels[:SIDE // 2] = 9


@pytest.mark.parametrize(("act", "refused"), [(moved, True), (resized, True), (mirrored, True), (painted, False)])
def test_a_layer_that_was_moved_meanwhile(host: Any, monkeypatch: Any, act: Any, refused: bool) -> None:
    node = photo()
    made = host(node)
    source = made.open_source()
    act(node)
    put: list[Any] = []

    def add(*arguments: Any) -> Any:
        put.append(arguments)
        yield

    monkeypatch.setattr(sys.modules[type(made).__module__].result, "add_layer", add)
    if not refused:
        list(made.put_result(source, RESULT))
        assert put
        return
    with pytest.raises(BridgeError) as caught:
        list(made.put_result(source, RESULT))
    assert caught.value.message.startswith("The layer was moved or changed meanwhile") and not put
    assert node.shown, "nothing was changed"


def test_rows_of_one_colour_and_animated_layers_tell_nothing(host: Any) -> None:
    plain = photo()
    plain.pixels[:] = 200
    made = host(plain)
    made.open_source()
    plain.pixels = plain.pixels // 2
    assert not made._place.changed()
    moving = photo(animated=True)
    made = host(moving)
    made.open_source()
    resized(moving)
    assert not made._place.changed()
    moved(moving)
    assert made._place.changed()


def masked(*values: int) -> FakeNode:
    node = photo()
    for value in values:
        mask = FakeNode("old", "transparencymask", bounds=(3, 5, SIDE, SIDE))
        mask.pixels = np.full((SIDE, SIDE), value, np.uint8)
        node.add(mask)
    return node


def test_the_layers_masks_are_handed_over_where_the_new_one_is_made_from_them(host: Any, tmp_path: Any) -> None:
    node = masked(128, 64, 10)
    node.children[2].shown = False
    made = host(node, engine="mask")
    source = made.open_source()
    assert source.has_mask and made.masks_taken
    handed(made, source, tmp_path)
    np.testing.assert_array_equal(np.load(tmp_path / "mask.npy"), np.full((SIDE, SIDE), round(128 * 64 / 255)))
    for other in (host(masked(9)), host(photo(), engine="mask")):
        assert not other.open_source().has_mask and not other.masks_taken


def test_a_mask_on_the_layer_itself_cannot_stand_for_one_that_stays(host: Any) -> None:
    with pytest.raises(BridgeError, match="would stay and count twice") as caught:
        host(masked(9), engine="mask", output="mask")
    assert "new layer" in caught.value.hint
    host(photo(), engine="mask", output="mask")


def finished(made: Any, adapter: Callable[[str], Any], node: FakeNode) -> None:
    result = SimpleNamespace(settings={}, provenance={}, notes=[], matte=b"matte")
    adapter("result")._finish(made, node, FakeNode("mask"), result)


@pytest.mark.parametrize("undo", [False, True])
def test_what_is_kept_for_layers_that_are_gone_for_good_is_dropped(
    host: Any, adapter: Callable[[str], Any], app: FakeKrita, undo: bool,
) -> None:
    node = photo()
    made = host(node)
    own = adapter("result").kept_name("cutaway-matte-", node)
    before = {"cutaway-matte-gone": b"1", "cutaway-settings-gone": b"2", own: b"3", "another's": b"4"}
    made.document.kept = dict(before)
    app.shown, app.active = [object()], made.document
    app.actions = {"edit_undo": FakeAction("Undo Crop" if undo else "Undo "), "edit_redo": FakeAction("Redo ")}
    made.document.modified = lambda: False
    made.open_source()
    assert made.document.kept == before, "only with a result"
    app.actions["edit_undo"].said = "Undo Add Layer"
    finished(made, adapter, node)
    left = set(made.document.kept) - {own, own.replace("matte", "settings")}
    assert left == ({"another's", "cutaway-matte-gone", "cutaway-settings-gone"} if undo else {"another's"})
    assert made.document.kept[own] == b"matte"
    assert json.loads(made.document.kept[own.replace("matte", "settings")])["frame"] == [3, 5, SIDE, SIDE]
