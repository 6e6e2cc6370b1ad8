"""Pictures in files, without Krita: names of results, what is never replaced, what is left where something fails."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cutaway_bridge import many
from cutaway_bridge.errors import BridgeError

from .fakes import FakeDocument, FakeKrita, FakeNode


@pytest.fixture
def files(adapter: Callable[[str], Any]) -> Any:
    return adapter("files")


@pytest.fixture
def pictures(tmp_path: Path, app: FakeKrita) -> Path:
    """A folder with pictures that Krita opens."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a.png", "a.kra", "b.png"):
        (folder / name).write_bytes(name.encode())
        app.files[name] = FakeDocument(FakeNode("photo"))
    return folder


class Host:
    def __init__(self, document: Any, node: Any) -> None:
        self.document, self.node, self.notes = document, node, [("n", "A note.")]


def work(files: Any, monkeypatch: pytest.MonkeyPatch, *said: Any, **more: Any) -> list[dict[str, Any]]:
    """Begins a task, saves every picture; the lines of the report."""
    monkeypatch.setattr(files.krita_host, "KritaHost", Host)
    with files.Task(*said, **more).begun() as (report, pieces):
        for piece in pieces:
            def outcome(piece: Any = piece) -> Any:
                try:
                    return piece.outcome(piece.host())
                finally:
                    piece.close()
            report.attempt(piece.name, outcome)
    return list(report.lines)


def names(lines: list[dict[str, Any]]) -> list[list[str]]:
    return [[Path(path).name for path in line["outputs"]] for line in lines]


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != "cutaway-report.json"}


def test_names_of_results(files: Any) -> None:
    task = files.Task(["/a/cat.png", "/b/Cat.jpg", "/c/cat.png", "/out/dog.kra"], "/out", {})
    assert [[path.name for path in each._results] for each in task._pictures()] == [
        ["cat.kra"], ["Cat-jpg.kra"], ["cat-png.kra"], ["dog_cutout.kra"]]


def test_a_picture_is_done_and_the_report_has_the_checked_settings(
    files: Any, app: FakeKrita, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = tmp_path / "new" / "out"
    (line,) = work(files, monkeypatch, [pictures / "b.png"], out, {"feather": 2}, png=True)
    assert line["state"] == "done" and line["notes"] == [["n", "A note."]]
    assert line["outputs"] == [str(out / "b.kra"), str(out / "b.png")]
    assert content(out) == {"b.kra": b"whole", "b.png": b"whole"} and app.open == [] and not app.quiet
    said = json.loads((out / "cutaway-report.json").read_text())
    assert said["ok"] and said["settings"]["feather"] == 2.0 and said["settings"]["shift"] == 0.0


@pytest.mark.parametrize("alias", ["name", "link", "hard link", "dots"])
def test_a_result_never_takes_the_place_of_a_picture(
    files: Any, app: FakeKrita, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, alias: str,
) -> None:
    """The first picture's result would be the second picture."""
    before, out = content(pictures), pictures
    second = pictures / "a.kra"
    if alias == "link":
        out = tmp_path / "link"
        out.symlink_to(pictures)
    elif alias == "hard link":
        out = tmp_path / "out"
        out.mkdir()
        os.link(second, out / "a.kra")
    elif alias == "dots":
        out = pictures / ".." / "in"
    lines = work(files, monkeypatch, [pictures / "a.png", second], out, {}, overwrite=True)
    assert lines[0]["code"] == "target_exists" and lines[0]["message"] == (
        f"{out / 'a.kra'} is one of the pictures or the report, and is never replaced. "
        "Choose another folder for the results.")
    assert lines[1]["state"] == "done" and names(lines)[1] == ["a-kra.kra"]
    assert {name: data for name, data in content(pictures).items() if name in before} == before


def test_a_result_beside_its_own_picture_gets_another_name(
    files: Any, pictures: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = content(pictures)
    lines = work(files, monkeypatch, [pictures / "b.png"], pictures, {}, png=True, overwrite=True)
    assert names(lines) == [["b_cutout.kra", "b_cutout.png"]]
    lines = work(files, monkeypatch, [pictures / "a.kra"], pictures, {}, overwrite=True)
    assert names(lines) == [["a_cutout.kra"]]
    assert {name: data for name, data in content(pictures).items() if name in before} == before


def test_the_report_takes_no_pictures_place_and_no_result_its(
    files: Any, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = content(pictures)
    with pytest.raises(BridgeError, match="is one of the pictures, and not replaced by the report"):
        work(files, monkeypatch, [pictures / "a.png"], tmp_path / "out", {}, report=pictures / "a.png")
    assert content(pictures) == before and not (tmp_path / "out").exists()
    report = tmp_path / "out" / "b.kra"
    (line,) = work(files, monkeypatch, [pictures / "b.png"], tmp_path / "out", {}, overwrite=True, report=report)
    assert line["code"] == "target_exists" and json.loads(report.read_text())["failed"] == 1


def test_what_is_there_stays_without_overwrite(
    files: Any, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "b.png").write_bytes(b"theirs")
    said = [pictures / "b.png"], tmp_path, {}
    (line,) = work(files, monkeypatch, *said, png=True)
    assert line["message"] == f"{tmp_path / 'b.png'} is there already. Choose another folder, or say --overwrite."
    assert not (tmp_path / "b.kra").exists() and (tmp_path / "b.png").read_bytes() == b"theirs"
    (line,) = work(files, monkeypatch, *said, png=True, overwrite=True)
    assert line["state"] == "done" and (tmp_path / "b.png").read_bytes() == b"whole"


def test_a_folder_in_the_place_of_a_result_leaves_the_other_as_it_was(
    files: Any, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "b.kra").write_bytes(b"theirs")
    (tmp_path / "b.png").mkdir()
    (line,) = work(files, monkeypatch, [pictures / "b.png"], tmp_path, {}, png=True, overwrite=True)
    assert line["code"] == "target_exists" and (tmp_path / "b.kra").read_bytes() == b"theirs"


@pytest.mark.parametrize("suffix", [".kra", ".png"])
def test_what_could_not_be_saved_leaves_nothing_and_destroys_nothing(
    files: Any, app: FakeKrita, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str,
) -> None:
    out = tmp_path / "out"
    app.files["b.png"].unsaved = suffix
    (line,) = work(files, monkeypatch, [pictures / "b.png"], out, {}, png=True)
    assert line["code"] == "target_not_writable"
    assert line["message"] == f"Krita could not save {out / ('b' + suffix)}. Is there room on the disk?"
    assert content(out) == {} and app.open == []
    good = {"b.kra": b"older, good", "b.png": b"older, good, too"}
    for name, data in good.items():
        (out / name).write_bytes(data)
    (line,) = work(files, monkeypatch, [pictures / "b.png"], out, {}, png=True, overwrite=True)
    assert line["state"] == "failed" and content(out) == good


def test_files_that_cannot_be_opened_and_settings_out_of_range(
    files: Any, app: FakeKrita, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    app.files["b.png"] = None
    lines = work(files, monkeypatch, [pictures / "none.png", pictures / "b.png"], tmp_path, {})
    assert [line["message"] for line in lines] == [
        f"There is no file {pictures / 'none.png'}. Check its name.",
        f"Krita cannot open {pictures / 'b.png'}. Is it a picture?"]
    with pytest.raises(BridgeError, match="9999"):
        work(files, monkeypatch, [pictures / "b.png"], tmp_path, {"feather": 9999})
    assert json.loads((tmp_path / "cutaway-report.json").read_text())["code"] == "settings_invalid"


def test_which_layer_is_taken(files: Any) -> None:
    top, mask = FakeNode("top"), FakeNode("m", "transparencymask")
    document = FakeDocument(FakeNode("below").add(mask), top)
    assert files._node(document, None) is top
    assert files._node(document, "below").name() == "below"
    for name, wanted in (("none", 'There is no layer named "none"'), (None, "The picture has no layer")):
        with pytest.raises(BridgeError, match=wanted):
            files._node(FakeDocument(), name)


def test_a_saved_selection_and_filter_layers_are_passed_over(files: Any) -> None:
    photo, rest = FakeNode("photo"), [FakeNode("curves", "filterlayer"), FakeNode("selection", "selectionmask")]
    assert files._node(FakeDocument(FakeNode("below"), photo, *rest), None) is photo
    with pytest.raises(BridgeError, match="no layer with pixels of its own"):
        files._node(FakeDocument(*rest), None)


def test_a_picture_is_a_piece_for_many(files: Any, pictures: Path) -> None:
    (picture,) = files.Task([pictures / "b.png"], pictures, {})._pictures()
    assert (picture.name, picture.title, picture.stays) == (str(pictures / "b.png"), "b.png", False)
    picture.close()
    assert many.Report({}).lines == []
