"""The adapter for GIMP 2.10 against a GIMP made of tables."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, ClassVar

import pytest

from cutaway_bridge import errors, settings_spec

from .conftest import GIMP2
from .fake_gimp import FakeError, FakeImage, FakeItem

SETTINGS = settings_spec.defaults()


@pytest.mark.parametrize(("image", "item", "message"), [
    (FakeImage(), None, "No layer is selected"),
    (FakeImage(), FakeItem("channel"), "A channel is selected"),
    (FakeImage(floating=FakeItem()), FakeItem(), "floating selection"),
    (FakeImage(), FakeItem(group=True, children=0, name="set"), '"set" is empty'),
])
def test_what_cannot_be_taken_is_said_with_a_hint(adapter: Any, image: Any, item: Any, message: str) -> None:
    with pytest.raises(errors.BridgeError, match=message) as raised:
        adapter.gimp2_layer.chosen(image, item)
    assert raised.value.code == errors.INPUT and raised.value.hint


def test_a_mask_stands_for_its_layer(adapter: Any) -> None:
    layer = FakeItem()
    assert adapter.gimp2_layer.chosen(FakeImage(), FakeItem("mask", of=layer)) is layer
    assert adapter.gimp2_layer.chosen(FakeImage(), layer) is layer


@pytest.mark.parametrize(("precision", "said", "kind"), [
    (150, {}, (4, "|u1", "nonlinear", None)),
    (100, {"alpha": False}, (3, "|u1", "linear", None)),
    (250, {"rgb": False}, (2, "<u2", "nonlinear", None)),
    (500, {"rgb": False, "alpha": False}, (1, "<f2", "linear", None)),
    (650, {}, (4, "<f4", "nonlinear", None)),
    (700, {}, (4, "<f8", "linear", None)),
    (300, {"indexed": True}, (4, "|u1", "nonlinear", "R'G'B'A u8")),
    (150, {"indexed": True, "alpha": False}, (3, "|u1", "nonlinear", "R'G'B' u8")),
])
def test_kinds_of_pixels(adapter: Any, precision: int, said: dict[str, Any], kind: tuple[Any, ...]) -> None:
    assert tuple(adapter.gimp2_layer.kind_of(FakeImage(precision=precision), FakeItem(**said))) == kind


@pytest.mark.parametrize("profile", [b"icc", (105, 99, 99)])
def test_profiles_as_bytes_or_as_numbers(adapter: Any, profile: Any) -> None:
    assert adapter.gimp2_layer.profile_of(FakeImage(profile=profile), FakeItem()) == b"icc"
    assert adapter.gimp2_layer.profile_of(FakeImage(profile=profile), FakeItem(indexed=True)) is None
    assert adapter.gimp2_layer.profile_of(FakeImage(profile=()), FakeItem()) is None


def test_what_gimp_refuses_is_an_error_that_says_what(adapter: Any) -> None:
    with pytest.raises(errors.BridgeError) as raised, adapter.gimp2_layer.doing("insert the new layer"):
        raise FakeError("no such parent")
    assert raised.value.text() == "GIMP could not insert the new layer. GIMP says: no such parent"
    with pytest.raises(KeyError), adapter.gimp2_layer.doing("x"):
        raise KeyError("a defect is no refusal")


def test_the_source(adapter: Any) -> None:
    layer = FakeItem(mask=FakeItem("mask"), name="cat", width=20, height=10)
    source = adapter.gimp2_host.Gimp2Host(FakeImage(precision=250, selection=True), layer).open_source()
    assert (source.name, source.width, source.height, source.channels, source.dtype) == ("cat", 20, 10, 4, "<u2")
    assert source.has_selection and source.has_mask and source.mask_dtype == "<u2"
    layer.said["apply"] = False
    assert not adapter.gimp2_host.Gimp2Host(FakeImage(), layer).open_source().has_mask


@pytest.mark.parametrize(("change", "said"), [
    ({"width": 19}, "size was changed"), ({"height": 11}, "size was changed"), ({"removed": True}, "layer removed"),
    ({}, "")])
def test_a_layer_that_is_changed_meanwhile(adapter: Any, change: dict[str, Any], said: str) -> None:
    layer = FakeItem(width=20, height=10)
    host = adapter.gimp2_host.Gimp2Host(FakeImage(), layer)
    source = host.open_source()
    layer.said.update(change)
    if not said:
        host.check()
        return
    for work in (lambda: host.put_result(source, None), lambda: host.read_pixels(0, 1)):
        with pytest.raises(errors.BridgeError, match=said) as raised:
            work()
        assert raised.value.code == errors.INPUT and raised.value.hint


@pytest.mark.parametrize(("said", "asked", "clean", "notes"), [
    ({}, {}, 100, []), ({"group": True}, {}, 0, ["colours_kept"]), ({"text": True}, {}, 0, ["colours_kept"]),
    ({"indexed": True}, {}, 0, ["colours_kept"]), ({"indexed": True}, {"clean": 0}, 0, []),
    ({}, {"output": "mask"}, 0, []), ({"mask": FakeItem("mask")}, {"output": "mask"}, 0, []),
    ({"mask": FakeItem("mask"), "apply": False}, {"output": "mask"}, 0, ["mask_replaced"]),
])
def test_colours_are_cleaned_where_that_can_be(
        adapter: Any, said: dict[str, Any], asked: dict[str, Any], clean: int, notes: list[str]) -> None:
    host = adapter.gimp2_host.Gimp2Host(FakeImage(), FakeItem(**said))
    assert host.fitting(dict(SETTINGS, **asked))["clean"] == clean
    assert [code for code, _ in host.notes] == notes


def test_every_setting_is_an_argument_by_its_name(adapter: Any) -> None:
    parameters = adapter.gimp2_arguments.parameters()
    assert [each[1] for each in parameters] == [row["name"] for row in settings_spec.load()]
    assert all(len(each) == 6 and each[5]["help"] for each in parameters)
    nothing_to_choose = [
        row["name"] for row in settings_spec.load() if len(row.get("options", "..")) < 2 and not row["open"]]
    assert [each[1] for each in parameters if each[5]["hidden"]] == nothing_to_choose
    defaults = [each[3] for each in parameters]
    assert adapter.gimp2_arguments.settings_of(defaults) == SETTINGS


def test_letters_lead_to_one_field_each(adapter: Any) -> None:
    shown = [each[2] for each in adapter.gimp2_arguments.parameters() if not each[5]["hidden"]]
    letters = [label[label.index("_") + 1].lower() for label in shown if "_" in label]
    assert len(letters) == len(set(letters)) >= len(shown) - 1
    assert not set(letters) & set("rco")


def test_arguments_as_scripts_give_them(adapter: Any) -> None:
    values = dict(SETTINGS, refine=0, invert=1, clean=50.0, holes=7.0, shift=2)
    said = adapter.gimp2_arguments.settings_of([values[row["name"]] for row in settings_spec.load()])
    assert said["refine"] is False and said["invert"] is True
    assert isinstance(said["clean"], int) and said["clean"] == 50
    assert settings_spec.check(said)["holes"] == 7
    wrong = dict(values, clean=50.5, refine=3)
    said = adapter.gimp2_arguments.settings_of([wrong[row["name"]] for row in settings_spec.load()])
    with pytest.raises(errors.BridgeError, match=r"refine cannot be 3"):
        settings_spec.check(dict(said, clean=1))
    with pytest.raises(errors.BridgeError, match=r"clean cannot be 50\.5"):
        settings_spec.check(dict(said, refine=True))


class FakeRun:
    """In the place of the program's ``_run``: remembers the settings."""

    def __init__(self, monkeypatch: Any, program: Any) -> None:
        self.settings: list[dict[str, Any]] = []
        monkeypatch.setattr(program, "_run", lambda image, drawable, settings: self.settings.append(settings))


def test_what_the_dialog_said_is_taken_again_and_what_a_script_said_is_not(adapter: Any, monkeypatch: Any) -> None:
    run = FakeRun(monkeypatch, adapter.program)
    values = [dict(SETTINGS, feather=4.0)[row["name"]] for row in settings_spec.load()]
    script, user = adapter.program.PlugIn(), adapter.program.PlugIn()
    script.remove(FakeImage(), FakeItem(), *values)
    script.again(FakeImage(), FakeItem())
    assert [said["feather"] for said in run.settings] == [4.0, 0.0] and not adapter.fake.data
    user.asked = True
    user.remove(FakeImage(), FakeItem(), *values)
    script.again(FakeImage(), FakeItem())
    assert [said["feather"] for said in run.settings[2:]] == [4.0, 4.0]
    assert json.loads(adapter.fake.data["cutaway-last-settings"])["feather"] == 4.0


def test_a_missing_environment_is_said_before_the_dialog(adapter: Any, monkeypatch: Any, tmp_path: Any) -> None:
    monkeypatch.setenv("CUTAWAY_HOME", str(tmp_path / "none"))
    plugin = adapter.program.PlugIn()
    with pytest.raises(FakeError, match="Install Cutaway first"):
        plugin.before_dialog()
    assert not plugin.asked
    with pytest.raises(FakeError, match="Install Cutaway first"):
        plugin.again(FakeImage(), FakeItem())


def test_two_procedures_for_one_layer_in_the_layer_menu(adapter: Any) -> None:
    adapter.program.PlugIn().register()
    for name in (adapter.program.REMOVE, adapter.program.AGAIN):
        said = adapter.fake.registered[name]
        assert adapter.fake.options[name]["menu"] == "<Image>/Layer"
        assert [each[1] for each in said[8][:2]] == ["image", "drawable"]
    assert "on_run" in adapter.fake.options[adapter.program.REMOVE]
    assert len(adapter.fake.registered[adapter.program.AGAIN][8]) == 2


class FakeClient:
    """In the place of the bridge's client: remembers how far it was driven."""

    steps: ClassVar[list[str]] = []

    def __init__(self, place: Any, name: str) -> None:
        self.steps.append(name)

    def __enter__(self) -> FakeClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.steps.append("closed")

    def connecting(self) -> Any:
        try:
            self.steps.append("started")
            yield
            self.steps.append("waited")
        finally:
            self.steps.append("let go")


def test_the_worker_is_started_with_the_dialog_and_not_waited_for(adapter: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr("cutaway_bridge.client.Client", FakeClient)
    monkeypatch.setattr("cutaway_bridge.installation.find", lambda: "place")
    monkeypatch.setattr(FakeClient, "steps", [])
    plugin = adapter.program.PlugIn()
    plugin.before_dialog()
    assert plugin.asked and FakeClient.steps == ["gimp2", "started", "let go", "closed"]


def imported_gimpfu(folder: Any, first: Any) -> str:
    """The file of the ``gimpfu`` that a fresh Python imports after find_pythonfu, with ``first`` on its path."""
    code = (
        "import importlib.util, sys; sys.path.insert(0, sys.argv[2]); "
        "spec = importlib.util.spec_from_file_location('program', sys.argv[1]); "
        "program = importlib.util.module_from_spec(spec); spec.loader.exec_module(program); "
        "program.find_pythonfu(sys.argv[3]); import gimpfu, gimpfu_c; print(gimpfu.__file__)")
    done = subprocess.run(
        [sys.executable, "-I", "-c", code, str(GIMP2 / "cutaway.py"), str(first), str(folder)], capture_output=True,
        text=True, timeout=30, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize(("text", "theirs"), [
    (None, False), ("value = 1\n", True), ("raise error, 'Python 2'\n", False), ("import gtk_of_python_2\n", False)])
def test_gimps_own_python_fu_is_taken_where_it_works(tmp_path: Any, text: str | None, theirs: bool) -> None:
    if text is not None:
        (tmp_path / "gimpfu.py").write_text(text)
    expected = tmp_path if theirs else GIMP2 / "pythonfu"
    assert imported_gimpfu(GIMP2 / "pythonfu", tmp_path) == str(expected / "gimpfu.py")
