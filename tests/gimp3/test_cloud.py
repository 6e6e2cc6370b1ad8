"""The dialog's part about the cloud in GIMP 3, without GTK; and what GIMP keeps of a decision."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any

import pytest

from cutaway_bridge import cloud, settings_spec


class FakeConfig(dict):  # type: ignore[type-arg]
    """A procedure's configuration. ``set``: what was changed."""

    def __init__(self, **values: Any) -> None:
        super().__init__(settings_spec.defaults(), **values)
        self.set: list[str] = []

    def get_property(self, name: str) -> Any:
        return self[name]

    def set_property(self, name: str, value: Any) -> None:
        self.set.append(name)
        self[name] = value


@pytest.mark.parametrize("upload", ["once", "always", "never"])
def test_gimp_does_not_keep_the_decision(adapter: Any, upload: str) -> None:
    config = FakeConfig(upload=upload, engine="topaz", feather=2.0)
    taken = adapter.arguments.settings_taken(config)
    assert taken == dict(settings_spec.defaults(), upload=upload, engine="topaz", feather=2.0)
    assert config.set == ["upload"] and dict(config) == dict(taken, upload="remembered")


def test_without_a_decision_nothing_is_changed(adapter: Any) -> None:
    config = FakeConfig(engine="topaz")
    assert adapter.arguments.settings_taken(config) == dict(config) and not config.set


class FakeWidget:
    """Any of GTK's: remembers what it was made with and told."""

    def __init__(self, **options: Any) -> None:
        self.options, self.packed, self.slots = options, [], {}
        self.text, self.visible = "", None

    def connect(self, signal: str, slot: Any) -> None:
        self.slots[signal] = slot

    def pack_start(self, widget: Any, *_: Any) -> None:
        self.packed.append(widget)

    def show(self) -> None:
        self.visible = True

    def set_visible(self, visible: bool) -> None:
        self.visible = visible

    def set_text(self, text: str) -> None:
        self.text = text


class FakeDialog:
    def __init__(self) -> None:
        self.okay, self.resized = None, 0

    def set_response_sensitive(self, response: str, okay: bool) -> None:
        assert response == "ok"
        self.okay = okay

    def resize(self, *_: int) -> None:
        self.resized += 1


class FakeAsked:
    """In the place of cloud.Cloud."""

    def __init__(self) -> None:
        self.view, self.seen, self.tests = cloud.HIDDEN, [], 0

    def look(self, settings: dict[str, Any]) -> cloud.View:
        self.seen.append(settings)
        return self.view

    def test(self) -> None:
        self.tests += 1


@pytest.fixture
def made(adapter: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """(frame, dialog, box, asked, the CloudFrame)."""
    gtk = ModuleType("gi.repository.Gtk")
    gtk.Label = gtk.Button = FakeWidget  # type: ignore[attr-defined]
    gtk.Align = type("Align", (), {"START": 1})  # type: ignore[attr-defined]
    gtk.ResponseType = type("ResponseType", (), {"OK": "ok"})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gi.repository.Gtk", gtk)
    monkeypatch.setattr(sys.modules["gi.repository"], "Gtk", gtk, raising=False)
    module = importlib.import_module("gimp3_cloud")
    frame, dialog, box, asked = FakeWidget(), FakeDialog(), FakeWidget(), FakeAsked()
    return frame, dialog, box, asked, module.CloudFrame(dialog, FakeConfig(engine="auto"), frame, box, asked)


def test_the_frame_follows_what_is_known(made: Any) -> None:
    frame, dialog, box, asked, shown = made
    assert frame.visible is False and dialog.okay is True
    assert asked.seen[0] == {"engine": "auto", "upload": "remembered", "credits": 5}
    resized = dialog.resized
    shown.refresh()
    assert dialog.resized == resized, "nothing has changed"
    asked.view = cloud.View(True, ("no", "", "key"), "no")
    shown.refresh()
    assert frame.visible is True and dialog.okay is False
    assert [(label.text, label.visible) for label in box.packed[:3]] == [("no", True), ("", False), ("key", True)]
    asked.view = asked.view._replace(refusal="")
    shown.refresh()
    assert dialog.okay is True


def test_the_button_tests_the_key(made: Any) -> None:
    _, _, box, asked, _ = made
    button = box.packed[-1]
    assert button.options["label"] == cloud.TEST and button.visible
    button.slots["clicked"](button)
    assert asked.tests == 1
