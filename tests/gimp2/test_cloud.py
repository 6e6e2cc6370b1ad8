"""The dialog's part about the cloud in GIMP 2.10, without GTK."""

from __future__ import annotations

import importlib
import json
import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from cutaway_bridge import cloud, settings_spec

from .fake_gimp import FakeImage, FakeItem

NAMES = [row["name"] for row in settings_spec.load()]


def panels(adapter: Any, **options: Any) -> dict[str, Any]:
    return {each[1]: each[5]["panel"] for each in adapter.gimp2_arguments.parameters(**options) if "panel" in each[5]}


def test_the_decision_alone_is_for_once_and_brings_the_panel(adapter: Any) -> None:
    for one_layer in (True, False):
        parameters = adapter.gimp2_arguments.parameters(one_layer=one_layer)
        assert [each[1] for each in parameters if each[5].get("once")] == [settings_spec.DECISION]
        assert list(panels(adapter, one_layer=one_layer)) == [settings_spec.DECISION]
        frames = {each[1]: each[5]["frame"] for each in parameters}
        assert {name for name, frame in frames.items() if frame == "Topaz cloud"} == {
            "cloud", "mode", "upload", "credits"}


class FakeClient:
    """In the place of the bridge's client: knows nobody."""

    def __init__(self, place: Any, name: str, waits: bool = True) -> None:
        self.connected = False
        self.asked: list[tuple[str, Any]] = []
        self.closed = False

    def connecting(self) -> Any:
        yield

    saying_key = connecting

    def request(self, name: str, params: Any) -> int:
        self.asked.append((name, params))
        return len(self.asked)

    def poll(self) -> list[Any]:
        return []

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("one_layer", [True, False])
def test_the_panel_asks_for_the_layer_it_was_given(adapter: Any, monkeypatch: Any, one_layer: bool) -> None:
    monkeypatch.setattr("cutaway_bridge.client.Client", FakeClient)
    monkeypatch.setattr("cutaway_bridge.installation.find", lambda: "place")
    layer = SimpleNamespace(width=60, height=40)
    panel = panels(adapter, one_layer=one_layer)[settings_spec.DECISION](FakeImage(), layer)
    values = dict(settings_spec.defaults(), refine=1, credits=5.0)
    assert panel.look(values) == cloud.HIDDEN
    panel.step()
    assert not panel._worker.asked
    values["engine"] = b"topaz"  # as Python 2 has it
    assert panel.look(values).shown
    for _ in range(5):
        panel.step()
    prices = [("cloud.price", {"pictures": [{"width": 60, "height": 40}]})] if one_layer else []
    assert panel._worker.asked == [("key.status", {}), *prices]
    panel.press()
    panel.step()
    assert ("key.test", {}) in panel._worker.asked
    panel.close()
    assert panel._worker.closed


def test_again_does_not_take_the_decision_along(adapter: Any, monkeypatch: Any) -> None:
    done: list[Any] = []
    monkeypatch.setattr(adapter.program, "_run", lambda image, drawable, settings: done.append(settings))
    wanted = dict(settings_spec.defaults(), engine="topaz", upload="once")
    plugin = adapter.program.PlugIn()
    plugin.asked = True
    plugin.remove(FakeImage(), FakeItem(), *[wanted[name] for name in NAMES])
    plugin.again(FakeImage(), FakeItem())
    assert [(each["engine"], each["upload"]) for each in done] == [("topaz", "once"), ("topaz", "remembered")]


class FakeShelf(dict):  # type: ignore[type-arg]
    """Python-Fu's: neither ``in`` nor ``keys`` work on it."""

    def has_key(self, key: str) -> bool:
        return dict.__contains__(self, key)

    def keys(self) -> Any:
        raise RuntimeError("no keys")

    __contains__ = None  # type: ignore[assignment]


def test_gimps_own_python_fu_forgets_the_decision(adapter: Any, monkeypatch: Any) -> None:
    module = ModuleType("gimpshelf")
    module.shelf = shelf = FakeShelf()  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gimpshelf", module)
    values = [dict(settings_spec.defaults(), upload="once", feather=2.0)[name] for name in NAMES]
    shelf["python-fu-save--x"] = ("image", "drawable", *values)
    adapter.gimp2_arguments.let_go_of_decision("never-asked")
    adapter.gimp2_arguments.let_go_of_decision("x")
    kept = shelf["python-fu-save--x"]
    assert kept[:2] == ("image", "drawable")
    assert dict(zip(NAMES, kept[2:], strict=True)) == dict(settings_spec.defaults(), feather=2.0)


def test_ours_keeps_the_default_of_what_is_for_once(pythonfu: Any, monkeypatch: Any) -> None:
    fu, kept, given = pythonfu.gimpfu, {}, []
    fu.register("x", "b", "h", "a", "c", "d", "X", "*", [
        (fu.PF_IMAGE, "i", "I", None), (fu.PF_STRING, "s", "S", "plain"),
        (fu.PF_STRING, "o", "O", "no", None, {"once": True})], [], print)
    said = pythonfu.gimpfu_run._registered["python-fu-x"]

    def ask(procedure: str, title: str, fields: Any, values: Any, objects: Any) -> list[str]:
        given.append((values, objects))
        return ["changed", "yes"]

    monkeypatch.setattr(pythonfu.gimpfu_dialog, "ask", ask)
    monkeypatch.setattr(pythonfu.gimp, "set_data", kept.__setitem__)
    assert pythonfu.gimpfu_run._asked(said, ["plain", "no"], ["image"]) == ["changed", "yes"]
    assert given == [(["plain", "no"], ["image"])]
    assert json.loads(kept["python-fu-save--python-fu-x"]) == ["changed", "no"]


class FakeGtk:
    """In the place of gimpfu_c.function: makes widgets that are numbers, and remembers the calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def __call__(self, library: str, name: str, *types: Any) -> Any:
        def call(*arguments: Any) -> int:
            self.calls.append((name, *arguments))
            return 100 + len(self.calls)
        return call

    def of(self, *names: str) -> list[tuple[Any, ...]]:
        return [call for call in self.calls if call[0] in names]


class FakePanel:
    """Shows what it is told to."""

    button = "Press"

    def __init__(self) -> None:
        self.view = cloud.HIDDEN
        self.done: list[Any] = []

    def step(self) -> None:
        self.done.append("step")

    def look(self, values: Any) -> Any:
        self.done.append(values)
        return self.view

    def press(self) -> None:
        self.done.append("press")

    def close(self) -> None:
        self.done.append("close")


def test_a_panel_shows_hides_and_refuses(pythonfu: Any, monkeypatch: Any) -> None:
    gtk, panel = FakeGtk(), FakePanel()
    module = importlib.import_module("gimpfu_panel")
    monkeypatch.setattr(module, "function", gtk)
    ticking = module.Ticking(1, -5)
    ticking.start([module.Framed((2, 3, 4), panel)], lambda: {"engine": "local"})
    assert ("gtk_widget_hide", 3) in gtk.calls and ("gtk_dialog_set_response_sensitive", 1, -5, 1) in gtk.calls
    assert panel.done == ["step", {"engine": "local"}]
    gtk.calls.clear()
    ticking._tick(None)
    assert not gtk.calls, "nothing has changed"
    panel.view = cloud.View(True, ("no", "", "key"), "no")
    ticking._tick(None)
    assert ("gtk_widget_show", 3) in gtk.calls and ("gtk_dialog_set_response_sensitive", 1, -5, 0) in gtk.calls
    assert [call[2] for call in gtk.of("gtk_label_set_text")] == [b"no", b"", b"key"]
    panel.view = panel.view._replace(refusal="")
    ticking._tick(None)
    assert ("gtk_dialog_set_response_sensitive", 1, -5, 1) in gtk.calls
    ticking._framed[0]._clicked(None, None)
    ticking.stop()
    ticking.stop()
    assert panel.done[-2:] == ["press", "close"] and gtk.of("g_source_remove")


def test_without_panels_there_is_no_timer(pythonfu: Any, monkeypatch: Any) -> None:
    gtk = FakeGtk()
    module = importlib.import_module("gimpfu_panel")
    monkeypatch.setattr(module, "function", gtk)
    ticking = module.Ticking(1, -5)
    ticking.start([], dict)
    ticking.stop()
    assert not gtk.calls


def test_the_base_says_what_is_missing(pythonfu: Any) -> None:
    panel = importlib.import_module("gimpfu_panel").Panel()
    for quiet in (panel.step, panel.press, panel.close):
        assert quiet() is None
    with pytest.raises(NotImplementedError):
        panel.look({})
