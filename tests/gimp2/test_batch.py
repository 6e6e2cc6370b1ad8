"""GIMP 2.10: the procedures for many against a GIMP made of tables, and the dialog's list that is filled later."""

from __future__ import annotations

import importlib
import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from cutaway_bridge import errors, folder, many, settings_spec

from .fake_gimp import FakeError, FakeImage, FakeItem

SETTINGS = [row["name"] for row in settings_spec.load()]
DEFAULTS = [row["default"] for row in settings_spec.load()]


@pytest.fixture
def batch(adapter: Any) -> Any:
    """The module, with its procedures told to the fake GIMP."""
    adapter.program.PlugIn().register()
    return importlib.import_module("gimp2_batch")


@pytest.fixture
def editor(adapter: Any) -> Any:
    """What the loops ask."""
    return importlib.import_module("gimp2_many").Editor()


def names(adapter: Any, procedure: str) -> list[str]:
    return [each[1] for each in adapter.fake.registered[procedure][8]]


def test_every_setting_is_an_argument_of_each(adapter: Any, batch: Any) -> None:
    assert names(adapter, batch.LAYERS) == ["image", "drawable", "report-file", *SETTINGS]
    assert names(adapter, batch.OPEN_IMAGES) == ["report-file", *SETTINGS]
    assert names(adapter, batch.FOLDER) == [
        "input-folder", "output-folder", "write-xcf", "write-png", "all-layers", "overwrite", "report-file", *SETTINGS]
    for name in (batch.LAYERS, batch.OPEN_IMAGES, batch.FOLDER):
        assert [each[1] for each in adapter.fake.registered[name][9]] == ["done", "skipped", "failed", "report"]


def test_those_for_users_are_in_the_menu_and_ask(adapter: Any, batch: Any) -> None:
    labels = []
    for name in (batch.LAYERS, batch.OPEN_IMAGES):
        assert adapter.fake.options[name]["menu"] == "<Image>/Layer" and adapter.fake.options[name]["on_run"]
        labels.append(adapter.fake.registered[name][6])
        hidden = [each[1] for each in adapter.fake.registered[name][8] if len(each) > 5 and each[5].get("hidden")]
        assert hidden == ["report-file"]
    assert all(label.endswith("...") and label.count("_") == 1 for label in labels)
    assert not adapter.fake.options[batch.FOLDER].get("menu")


def test_the_settings_for_scripts(adapter: Any, batch: Any) -> None:
    scheme, said = batch.Batch(None, "").settings()
    pairs = json.loads(said)
    assert [name for name, _ in pairs] == SETTINGS
    assert adapter.gimp2_arguments.settings_of([value for _, value in pairs]) == settings_spec.defaults()
    assert scheme.startswith('(("engine" "local") ("model" "auto") ("refine" 1)') and scheme.endswith("))")
    assert "true" not in scheme and scheme.count("(") == scheme.count(")") == len(SETTINGS) + 1


def test_a_folder_without_an_installation(adapter: Any, batch: Any, monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "none"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(b"x")
    with pytest.raises(FakeError, match="Install Cutaway first"):
        batch.Batch(None, "").folder(
            str(tmp_path / "in"), str(tmp_path / "out"), 1, 0, 0, 0, "", *DEFAULTS)
    said = json.loads((tmp_path / "out" / folder.REPORT).read_text())
    assert said["code"] == errors.NOT_INSTALLED and said["settings"] == settings_spec.defaults()


def test_the_report_says_why_it_did_not_begin(adapter: Any, batch: Any, monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "none"))
    one = batch.Batch(SimpleNamespace(asked=False), "")
    path = tmp_path / "report.json"
    wrong = [9999 if name == "feather" else value for name, value in zip(SETTINGS, DEFAULTS, strict=True)]
    for values, code in ((DEFAULTS, errors.NOT_INSTALLED), (wrong, errors.SETTINGS_INVALID)):
        for run in (lambda said: one.open_images(str(path), *said),
                    lambda said: one.layers(FakeImage(), FakeItem(), str(path), *said)):
            path.unlink(missing_ok=True)
            with pytest.raises(FakeError):
                run(values)
            said = json.loads(path.read_text())
            assert said["code"] == code and said["message"] and not said["ok"] and not said["finished"]


def test_an_example_without_the_plug_in_says_what_to_do(adapter: Any, tmp_path: Any) -> None:
    path = Path(__file__).resolve().parents[2] / "plugin" / "gimp2" / "examples" / "cutaway_examples.py"
    specification = importlib.util.spec_from_file_location("gimp2_examples", path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    for call in (lambda: module.folder("a", "b"), lambda: module.open_images([], str(tmp_path / "out"))):
        with pytest.raises(RuntimeError, match=r"no plug-in Cutaway\. Install Cutaway"):
            call()


def test_a_setting_out_of_range_is_said_before_anything(adapter: Any, batch: Any, tmp_path: Any) -> None:
    values = [9999 if name == "feather" else value for name, value in zip(SETTINGS, DEFAULTS, strict=True)]
    sys.modules["gimp"].image_list = list
    plugin = SimpleNamespace(asked=False)
    with pytest.raises(FakeError, match=r"feather cannot be 9999"):
        batch.Batch(plugin, "").open_images("", *values)
    (tmp_path / "a.png").write_bytes(b"x")
    with pytest.raises(FakeError, match=r"feather cannot be 9999"):
        batch.Batch(plugin, "").folder(str(tmp_path), str(tmp_path / "out"), 1, 0, 0, 0, "", *values)


class FakeClient:
    """In the place of the bridge's client; nothing is asked of it."""

    def __init__(self, place: Any, name: str) -> None:
        pass

    def __enter__(self) -> FakeClient:
        return self

    def __exit__(self, *_: object) -> None:
        pass


@pytest.fixture
def outcome(adapter: Any, batch: Any, monkeypatch: Any) -> Any:
    """Runs "all open images" with loops that report these states, with or without a user: the results."""
    monkeypatch.setattr("cutaway_bridge.client.Client", FakeClient)
    monkeypatch.setattr("cutaway_bridge.installation.find", lambda: "place")

    def failing() -> Any:
        raise errors.BridgeError("engine", "It failed.")

    def run(states: list[str], asked: bool) -> Any:
        works = {many.DONE: lambda: (["x"], []), many.FAILED: failing}

        def loop(editor: Any, settings: Any, worker: Any, report: Any, show: Any) -> None:
            for number, state in enumerate(states):
                report.attempt(f"{number}.png", works[state])

        monkeypatch.setattr("cutaway_bridge.every.open_images", loop)
        return batch.Batch(SimpleNamespace(asked=asked), "").open_images("", *DEFAULTS)
    return run


def test_a_user_gets_one_message(adapter: Any, outcome: Any) -> None:
    assert outcome([many.FAILED, many.DONE], asked=True)[:3] == (1, 0, 1)
    assert adapter.fake.messages == ["Remove Background: 1 of 2 images done, 1 failed.\n0.png: It failed."]
    assert outcome([many.FAILED], asked=True)[:3] == (0, 0, 1)


def test_a_script_gets_the_report_or_an_error(adapter: Any, outcome: Any) -> None:
    done, skipped, failed, said = outcome([many.DONE, many.FAILED], asked=False)
    assert (done, skipped, failed) == (1, 0, 1) and json.loads(said)["pictures"][1]["code"] == "engine"
    with pytest.raises(FakeError, match="0 of 1 images done, 1 failed"):
        outcome([many.FAILED], asked=False)
    assert adapter.fake.messages == []


def test_groups_and_images_have_something_inside(adapter: Any, editor: Any, monkeypatch: Any) -> None:
    image, group, layer, inner = FakeImage(), FakeItem(group=True), FakeItem(), FakeItem()
    image.layers, group.children = [group, layer], [inner]
    older = FakeItem(group=True)
    older.layers = [inner]  # as some Python-Fu names them
    pdb = adapter.fake.pdb
    monkeypatch.setattr(pdb, "gimp_item_get_parent", lambda item: group if item is inner else None, raising=False)
    monkeypatch.setattr(pdb, "gimp_item_get_image", lambda item: image, raising=False)
    assert editor.inside(image) == [group, layer] and editor.inside(group) == editor.inside(older) == [inner]
    assert editor.inside(layer) is None
    assert editor.beside(layer) == [group, layer] and editor.beside(inner) == [inner]


def test_an_image_of_one_layer_needs_no_active_one(adapter: Any, editor: Any, monkeypatch: Any) -> None:
    image, layer = FakeImage(), FakeItem()
    image.layers = [layer]
    monkeypatch.setattr(adapter.fake.pdb, "gimp_image_get_active_drawable", lambda image: None, raising=False)
    told: list[Any] = []
    one = editor.of_image(image)
    one.share = lambda *said: told.append(said)
    one.progress(0.5, "x")
    assert one.layer is layer and told == [(0.5, "x")]
    assert not one.as_visible and editor.of_layer(image, layer).as_visible


@pytest.mark.parametrize(("said", "name"), [
    ("[cat] (imported)", "cat"), ("cat.xcf", "cat.xcf"), ("[Untitled]", "Untitled"), ("[a] b] (imported)", "a] b")])
def test_names_of_images(adapter: Any, editor: Any, monkeypatch: Any, said: str, name: str) -> None:
    monkeypatch.setattr(adapter.fake.pdb, "gimp_image_get_name", lambda image: said, raising=False)
    assert editor.image_name(None) == name


def test_models_for_the_dialog(adapter: Any, monkeypatch: Any, tmp_path: Any) -> None:
    class FakeAsked(FakeClient):
        answer: Any = None

        def connecting(self) -> Any:
            yield

        def calling(self, method: str) -> Any:
            assert method == "models.list"
            yield
            self.answer = {"models": [{"name": "u2netp", "title": "U2-Net small", "installed": True},
                                      {"name": "isnet", "title": "IS-Net", "installed": False}]}

    asked = adapter.gimp2_arguments.installed_models
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "none"))
    assert list(asked()) == [None]  # then the field is a line of text
    monkeypatch.setattr("cutaway_bridge.client.Client", FakeAsked)
    monkeypatch.setattr("cutaway_bridge.installation.find", lambda: "place")
    assert list(asked()) == [[], [], [("U2-Net small", "u2netp")]]


class FakeChoice:
    """A field of the dialog that is offered what ``steps`` yield."""

    def __init__(self, *steps: Any) -> None:
        self.steps, self.offered, self.closed = steps, [], False

    def later(self) -> Any:
        try:
            yield from self.steps
        finally:
            self.closed = True

    def offer(self, rows: Any) -> None:
        self.offered.append(rows)


@pytest.fixture
def stepping(pythonfu: Any, monkeypatch: Any) -> Any:
    """The module's Stepping, on a GLib that only writes down."""
    module = importlib.import_module("gimpfu_choices")
    told: list[Any] = []
    monkeypatch.setattr(module, "function", lambda library, name, *_: lambda *given: told.append((name, given)) or 7)
    return SimpleNamespace(module=module, told=told)


def test_generators_are_stepped_until_they_end(stepping: Any) -> None:
    first, second = FakeChoice([("A", "a")]), FakeChoice([], None)
    steps = stepping.module.Stepping()
    steps.start([first, second])
    assert [name for name, _ in stepping.told] == ["g_timeout_add"]
    assert [steps._step(None) for _ in range(3)] == [1, 1, 0]
    assert (first.offered, second.offered) == ([[("A", "a")]], [[], None])
    steps.stop()
    assert [name for name, _ in stepping.told] == ["g_timeout_add"], "GLib has let go of it itself"


def test_a_dialog_that_closes_early_ends_them(stepping: Any) -> None:
    choice = FakeChoice([], [], [])
    steps = stepping.module.Stepping()
    steps.start([choice])
    steps._step(None)
    steps.stop()
    assert choice.closed and [name for name, _ in stepping.told] == ["g_timeout_add", "g_source_remove"]
    stepping.module.Stepping().start([])
    assert len(stepping.told) == 2, "no timer for nothing"


def test_values_and_their_labels(stepping: Any) -> None:
    assert stepping.module.labelled(["a", ("B", "b")]) == [("a", "a"), ("B", "b")]
    assert stepping.module.labelled(None) == []
