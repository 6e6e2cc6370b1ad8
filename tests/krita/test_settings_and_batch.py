"""What Krita remembers, the command line of the batch, its report, and the template of a mask."""

from __future__ import annotations

import json
import re
import sys
import xml.etree.ElementTree as ElementTree
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cutaway_bridge import many, settings_spec
from cutaway_bridge.errors import BridgeError

from .conftest import FOLDER
from .fakes import FakeKrita


def test_values_are_remembered(adapter: Callable[[str], Any]) -> None:
    values = dict(settings_spec.defaults(), feather=2.5, invert=True, model="u2netp")
    last = adapter("last_values")
    assert last.read() == settings_spec.defaults()
    last.write(values)
    assert last.read() == values


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"gone": 1, "feather": "wide", "shift": 1e9, "refine": 3}'])
def test_what_cannot_be_used_is_left_at_its_default(adapter: Callable[[str], Any], app: FakeKrita, text: str) -> None:
    app.settings["cutaway", "settings"] = text
    assert adapter("last_values").read() == settings_spec.defaults()


def test_one_bad_value_does_not_take_the_others_along(adapter: Callable[[str], Any], app: FakeKrita) -> None:
    app.settings["cutaway", "settings"] = '{"feather": 3.0, "shift": 1e9}'
    assert adapter("last_values").read() == dict(settings_spec.defaults(), feather=3.0)


def test_every_setting_is_an_option(batch: Any) -> None:
    said = batch.parser().parse_args(
        ["a.png", "b.png", "--output", "out", "--shift", "-1.5", "--invert", "--no-refine", "--result", "mask",
         "--holes", "12", "--model", "isnet"])
    assert said.pictures == ["a.png", "b.png"] and said.output == "out" and not said.png
    given = {row["name"]: getattr(said, batch.option(row)) for row in settings_spec.load()}
    assert {name: value for name, value in given.items() if value is not None} == {
        "shift": -1.5, "invert": True, "refine": False, "output": "mask", "holes": 12, "model": "isnet"}


@pytest.mark.parametrize("words", [[], ["a.png"], ["--output", "x"], ["a", "--output", "x", "--holes", "1.5"]])
def test_a_wrong_command_line(batch: Any, words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        batch.parser().parse_args(words)
    assert caught.value.code == 2 and "usage:" in capsys.readouterr().err


class FakeClient:
    """In the place of client.Client."""

    def __init__(self, place: Any, name: str) -> None:
        self.name = name

    def __enter__(self) -> FakeClient:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is open."""


@pytest.fixture
def runs(batch: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Calls batch.run, with a run that does nothing and fails for what is called broken."""
    def remove(picture: Any, settings: Any, worker: Any) -> Any:
        if "broken" in picture.name:
            raise BridgeError("input", "It is no picture.", "Choose another.")
        return [str(path) for path in picture._results], [("n", "A note.")]

    monkeypatch.setattr(batch, "_remove", remove)
    monkeypatch.setattr(batch.client, "Client", FakeClient)
    monkeypatch.setattr(batch.installation, "find", lambda: None)
    return batch.run


def report_in(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "cutaway-report.json").read_text()))


@pytest.mark.parametrize(("names", "code"), [(["a.png"], 0), (["a.png", "broken.png", "c.png"], 1)])
def test_the_report_is_that_of_every_editor(
    runs: Any, tmp_path: Path, names: list[str], code: int, capsys: pytest.CaptureFixture[str],
) -> None:
    words = [*names, "--output", str(tmp_path), "--png", "--feather", "2"]
    assert runs(words) == code
    said, lines = report_in(tmp_path), report_in(tmp_path)["pictures"]
    assert set(said) == set(json.loads(many.Report({}).content())) and said["settings"]["feather"] == 2.0
    assert said["settings"]["shift"] == 0.0, "all of them"
    assert said["finished"] and said["ok"] is (code == 0)
    assert [line["state"] for line in lines] == ["failed" if "broken" in name else "done" for name in names]
    assert lines[0]["outputs"] == [str(tmp_path / "a.kra"), str(tmp_path / "a.png")]
    assert lines[0]["input"] == str(Path("a.png").absolute()) and lines[0]["notes"] == [["n", "A note."]]
    printed = capsys.readouterr().out
    assert f"{len(names) - code} done, {code} failed; report: {tmp_path}" in printed and "A note." in printed
    assert ("It is no picture. Choose another." in printed) == bool(code)


def test_why_nothing_was_begun_is_in_the_report(
    batch: Any, runs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:
    assert runs(["a.png", "--output", str(tmp_path), "--feather", "9999"]) == 2
    said = report_in(tmp_path)
    assert said["code"] == "settings_invalid" and "9999" in said["message"] and said["pictures"] == []
    assert not said["ok"] and not said["finished"] and said["settings"] == {"feather": 9999.0}

    def absent() -> Any:
        raise BridgeError("not_installed", "Cutaway is not installed.", "Install it.")

    monkeypatch.setattr(batch.installation, "find", absent)
    assert runs(["a.png", "--output", str(tmp_path)]) == 1
    assert report_in(tmp_path)["code"] == "not_installed"
    assert "Cutaway is not installed. Install it." in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_one_sentence(
    runs: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    out, said = tmp_path / "file" / "out", tmp_path / "said.json"
    assert runs(["a.png", "--output", str(out)]) == 1
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err == (
        f"The folder {out} cannot be made: Not a directory. Choose another one.\n")
    assert runs(["a.png", "--output", str(out), "--report", str(said)]) == 1
    assert json.loads(said.read_text())["code"] == "target_not_writable", "here there is a place for it"


def test_a_report_that_cannot_be_written_is_one_sentence(
    runs: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str],
) -> None:
    said = tmp_path / "none" / "said.json"
    assert runs(["a.png", "--output", str(tmp_path), "--report", str(said)]) == 1
    assert capsys.readouterr().err == (
        f"The report {said} cannot be written: No such file or directory. Choose another place for it.\n")


class Ended(BaseException):
    """In the place of the end of the process."""


@pytest.mark.parametrize(("words", "code"), [
    (["a.png"], 0), (["a.png", "broken.png"], 1), (["--no-such"], 2), (["--help"], 0)])
def test_without_a_window_the_process_ends_with_the_code(
    batch: Any, runs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], code: int,
) -> None:
    ended: list[int] = []

    def end(code: int) -> None:
        ended.append(code)
        raise Ended()

    monkeypatch.setattr(batch.os, "_exit", end)
    with pytest.raises(Ended):
        batch.main([*words, "--output", str(tmp_path)])
    assert ended == [code]


class Output:
    """What Scripter puts in the place of the standard streams: it has ``write`` and nothing else."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text


def test_in_a_krita_with_a_window_nothing_ends_the_process(
    batch: Any, app: FakeKrita, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    app.shown.append("a window")
    output = Output()

    def end(code: int) -> None:
        raise AssertionError("unsaved pictures are lost")

    monkeypatch.setattr(batch.os, "_exit", end)
    monkeypatch.setattr(sys, "stdout", output)
    monkeypatch.setattr(sys, "stderr", output)
    assert batch.main(["a.png", "--output", str(tmp_path)]) == 0
    assert "In a window." in output.text and "1 done, 0 failed" in output.text
    assert report_in(tmp_path)["ok"] and not app.quiet
    assert batch.main(["--no-such"]) == 2 and batch.main(["--help"]) == 0
    monkeypatch.setattr(batch.scripting.work_off.__class__, "error", BridgeError("cancelled", "Cancelled."))
    assert batch.main(["a.png", "--output", str(tmp_path)]) == 1 and report_in(tmp_path)["code"] == "cancelled"
    monkeypatch.setattr(batch, "run", lambda words: 1 // 0)
    assert batch.main([]) == 1 and "ZeroDivisionError" in output.text


def test_krita_asks_again_after_a_batch(batch: Any, runs: Any, app: FakeKrita, tmp_path: Path) -> None:
    quiet: list[bool] = []
    attempt = batch._remove
    batch._remove = lambda *said: (quiet.append(app.quiet), attempt(*said))[1]
    runs(["a.png", "--output", str(tmp_path)])
    assert quiet == [True] and not app.quiet


def test_the_template_is_a_group_with_an_empty_mask(adapter: Callable[[str], Any], tmp_path: Path) -> None:
    template = adapter("template")
    template.write(tmp_path / "t.kra")
    with zipfile.ZipFile(tmp_path / "t.kra") as pack:
        first = pack.infolist()[0]
        assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)
        assert pack.read("mimetype") == b"application/x-krita"
        tree = ElementTree.fromstring(pack.read("maindoc.xml"))
        names = pack.namelist()
        data = pack.read("template/layers/mask3.pixelselection")
    masks = [each for each in tree.iter() if each.tag.endswith("}mask")]
    assert [(each.get("nodetype"), each.get("name")) for each in masks] == [("transparencymask", template.MASK)]
    assert f"template/layers/{masks[0].get('filename')}.pixelselection.defaultpixel" in names
    assert data.endswith(b"PIXELSIZE 1\nDATA 0\n")


def test_the_action_file_names_the_plug_ins_own_actions() -> None:
    said = ElementTree.parse(FOLDER / "cutaway.action").getroot()
    source = (FOLDER / "extension.py").read_text(encoding="utf-8")
    names = re.findall(r'^(?:REMOVE|AGAIN|LAYERS|DOCUMENTS) = "(.*)"', source, re.MULTILINE)
    assert [each.get("name") for each in said.iter("Action")] == names and len(names) == 4
    for action in said.iter("Action"):
        assert f'"{action.findtext("text")}"' in source


def test_the_action_file_has_no_comment_and_is_on_for_layers_of_every_kind() -> None:
    """Krita reads nothing of a file whose first node is a comment. Flags are binary: 1 an open picture, 8 a layer."""
    text = (FOLDER / "cutaway.action").read_text(encoding="utf-8")
    assert "<!--" not in text
    flags = {each.get("name"): int(each.findtext("activationFlags") or "", 2)
             for each in ElementTree.fromstring(text.encode()).iter("Action")}
    assert set(flags.values()) == {1, 8} and flags["cutaway_remove_background"] == 8


def test_the_help_can_be_shown(batch: Any) -> None:
    text = batch.parser().format_help()
    assert "--contrast" in text and "100 %" in text
