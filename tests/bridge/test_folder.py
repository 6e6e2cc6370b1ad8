"""A folder of pictures: names, what is done already, what is in the way, and what an interrupted run leaves."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from cutaway_bridge import errors, folder, many

SETTINGS = {"feather": 0.0}


class FakeEditor:
    """Writes the picture's own bytes and the kind into each target. ``bad``: names that it cannot open."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.bad: dict[str, Exception] = {}
        self.opened = self.closed = 0

    @contextmanager
    def processing(self) -> Iterator[Any]:
        self.opened += 1
        try:
            yield self.process
        finally:
            self.closed += 1

    def process(self, path: str, targets: dict[str, str]) -> list[tuple[str, str]]:
        name = Path(path).name
        self.seen.append(name)
        for kind, target in targets.items():
            assert target.endswith("." + kind), "the editor tells the format by the name"
            Path(target).write_bytes(Path(path).read_bytes() + kind.encode())
            if name in self.bad:
                raise self.bad[name]
        return [("note", "seen")]


@pytest.fixture
def editor() -> FakeEditor:
    return FakeEditor()


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    made = tmp_path / "pictures"
    made.mkdir()
    for name in ("a.jpg", "b.png"):
        (made / name).write_bytes(name.encode())
    return made


def run(editor: FakeEditor, pictures: Path, kinds: Any = ("xcf",), overwrite: bool = False, settings: Any = None,
        **more: Any) -> many.Report:
    task = folder.Folder(
        str(pictures), str(pictures.parent / "results"), kinds, overwrite, settings or SETTINGS, **more)
    return task.run(editor.processing())


def results(pictures: Path) -> dict[str, bytes]:
    found = (pictures.parent / "results").iterdir()
    return {path.name: path.read_bytes() for path in found if path.name != folder.REPORT}


def said(pictures: Path) -> Any:
    return json.loads((pictures.parent / "results" / folder.REPORT).read_text("ascii"))


def states(report: many.Report) -> dict[str, str]:
    return {line["input"]: line["state"] for line in report.lines}


def test_every_picture_is_done_and_reported(editor: FakeEditor, pictures: Path) -> None:
    (pictures / "notes.txt").write_text("no picture")
    (pictures / ".hidden.png").write_text("no picture")
    (pictures / "folder.png").mkdir()
    report = run(editor, pictures, ("xcf", "png"))
    assert results(pictures) == {
        "a.xcf": b"a.jpgxcf", "a.png": b"a.jpgpng", "b.xcf": b"b.pngxcf", "b.png": b"b.pngpng"}
    assert report.ok and said(pictures)["ok"] and said(pictures)["ignored"] == ["notes.txt"]
    assert [line["outputs"] for line in said(pictures)["pictures"]] == [["a.xcf", "a.png"], ["b.xcf", "b.png"]]
    assert (editor.opened, editor.closed) == (1, 1)


def test_a_bad_picture_does_not_stop_the_folder(editor: FakeEditor, pictures: Path) -> None:
    editor.bad["a.jpg"] = errors.BridgeError(errors.INPUT, "GIMP cannot open it.", "Is it a picture?")
    report = run(editor, pictures)
    assert states(report) == {"a.jpg": "failed", "b.png": "done"} and not report.ok
    assert said(pictures)["pictures"][0]["message"] == "GIMP cannot open it. Is it a picture?"
    assert list(results(pictures)) == ["b.xcf"], "nothing half-made is left"
    # Once it is mended, the same call does it, and it alone.
    editor.bad.clear()
    editor.seen.clear()
    assert states(run(editor, pictures)) == {"a.jpg": "done", "b.png": "skipped"}
    assert editor.seen == ["a.jpg"] and said(pictures)["ok"]


@pytest.mark.parametrize("error", [RuntimeError("defect"), OSError(28, "No space left on device")])
def test_defects_and_disks_too(editor: FakeEditor, pictures: Path, error: Exception) -> None:
    editor.bad["a.jpg"] = error
    report = run(editor, pictures)
    assert states(report) == {"a.jpg": "failed", "b.png": "done"}
    assert report.lines[0]["code"] == ("disk_full" if isinstance(error, OSError) else many.DEFECT)


def test_names_that_collide_are_kept_apart(editor: FakeEditor, pictures: Path) -> None:
    for name in ("a.png", "A.tif", "a-png.gif"):
        (pictures / name).write_bytes(name.encode())
    run(editor, pictures)
    found = results(pictures)
    assert len({name.lower() for name in found}) == 5 == len(found)
    assert sorted(found.values()) == sorted(
        name.encode() + b"xcf" for name in ("a.jpg", "b.png", "a.png", "A.tif", "a-png.gif"))


def test_a_new_picture_does_not_move_the_names_of_those_before(editor: FakeEditor, pictures: Path) -> None:
    run(editor, pictures)
    (pictures / "a.bmp").write_bytes(b"a.bmp")  # comes before a.jpg
    assert states(run(editor, pictures)) == {"a.bmp": "done", "a.jpg": "skipped", "b.png": "skipped"}
    assert results(pictures) == {"a.xcf": b"a.jpgxcf", "a-bmp.xcf": b"a.bmpxcf", "b.xcf": b"b.pngxcf"}


def test_nothing_is_overwritten_without_being_told(editor: FakeEditor, pictures: Path) -> None:
    (pictures.parent / "results").mkdir()
    theirs = pictures.parent / "results" / "a.xcf"
    theirs.write_bytes(b"theirs")
    report = run(editor, pictures)
    assert states(report) == {"a.jpg": "failed", "b.png": "done"} and report.lines[0]["code"] == "target_exists"
    assert theirs.read_bytes() == b"theirs" and editor.seen == ["b.png"]
    assert run(editor, pictures, overwrite=True).ok
    assert theirs.read_bytes() == b"a.jpgxcf"


@pytest.mark.parametrize("change", ["settings", "how", "picture"])
def test_what_was_made_otherwise_is_neither_skipped_nor_replaced(
        editor: FakeEditor, pictures: Path, change: str) -> None:
    run(editor, pictures, how={"all-layers": False})
    if change == "picture":
        (pictures / "a.jpg").write_bytes(b"another one")
    settings = {"feather": 3.0} if change == "settings" else None
    report = run(editor, pictures, settings=settings, how={"all-layers": change == "how"})
    assert states(report)["a.jpg"] == "failed" and "other settings" in report.lines[0]["message"]
    assert results(pictures)["a.xcf"] == b"a.jpgxcf"
    # And what was made before is still known.
    if change != "picture":
        assert set(states(run(editor, pictures, how={"all-layers": False})).values()) == {"skipped"}


def test_what_is_missing_is_made_and_the_rest_left(editor: FakeEditor, pictures: Path) -> None:
    run(editor, pictures)
    painted = pictures.parent / "results" / "a.xcf"
    painted.write_bytes(b"painted on")
    (pictures.parent / "results" / "b.xcf").unlink()
    report = run(editor, pictures, ("xcf", "png"))
    assert [line["outputs"] for line in report.lines] == [["a.png"], ["b.xcf", "b.png"]]
    assert painted.read_bytes() == b"painted on"
    assert set(states(run(editor, pictures, ("png", "xcf"))).values()) == {"skipped"}


def test_an_interrupted_run_goes_on(editor: FakeEditor, pictures: Path, monkeypatch: Any) -> None:
    """Killed between the two renames of a picture: the worst moment."""
    moved: list[str] = []
    real = many.move

    def move(source: str, target: str) -> None:
        if target.endswith("a.png"):
            raise KeyboardInterrupt
        moved.append(target)
        real(source, target)

    monkeypatch.setattr(many, "move", move)
    with pytest.raises(KeyboardInterrupt):
        run(editor, pictures, ("xcf", "png"))
    monkeypatch.setattr(many, "move", real)
    assert not said(pictures)["finished"] and "a.xcf" in results(pictures)
    report = run(editor, pictures, ("xcf", "png"))
    assert states(report) == {"a.jpg": "done", "b.png": "done"} and report.lines[0]["outputs"] == ["a.png"]
    assert set(results(pictures)) == {"a.xcf", "a.png", "b.xcf", "b.png"}


@pytest.mark.parametrize(("change", "message"), [
    ({"kinds": ()}, "Nothing is to be written"), ({"pictures": "none"}, "There is no folder"),
    ({"pictures": "empty"}, "no picture in the folder"), ({"pictures": "results"}, "cannot be in one folder"),
])
def test_what_cannot_even_begin_is_reported(
        editor: FakeEditor, pictures: Path, change: dict[str, Any], message: str) -> None:
    (pictures.parent / "empty").mkdir()
    where = pictures.parent / change.get("pictures", "pictures")
    with pytest.raises(errors.BridgeError, match=message) as raised:
        run(editor, where, change.get("kinds", ("xcf",)))
    assert raised.value.hint and not editor.seen
    assert said(pictures)["ok"] is False and message in said(pictures)["message"]


def test_an_editor_that_cannot_start_is_reported(pictures: Path) -> None:
    @contextmanager
    def processing() -> Iterator[Any]:
        raise errors.BridgeError(errors.NOT_INSTALLED, "Cutaway is not installed.", "Install it.")
        yield

    with pytest.raises(errors.BridgeError):
        folder.Folder(str(pictures), str(pictures.parent / "results"), ["xcf"], False, SETTINGS).run(processing())
    assert said(pictures)["code"] == errors.NOT_INSTALLED


@pytest.mark.parametrize(("first", "second"), [("", "out"), ("in", "")])
def test_both_folders_are_needed(
        editor: FakeEditor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: str, second: str) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(errors.BridgeError, match="are needed"):
        folder.Folder(first, second, ["xcf"], False, SETTINGS).run(editor.processing())
    assert [path.name for path in tmp_path.rglob("*.json")] == [folder.REPORT] * bool(second)


@pytest.mark.parametrize(("first", "second"), [("", "out"), ("in", ""), ("", "")])
def test_a_report_elsewhere_says_that_too(editor: FakeEditor, tmp_path: Path, first: str, second: str) -> None:
    places = [str(tmp_path / name) if name else "" for name in (first, second)]
    path = tmp_path / "report.json"
    with pytest.raises(errors.BridgeError, match="are needed"):
        folder.Folder(*places, ["xcf"], False, SETTINGS, report=str(path)).run(editor.processing())
    assert json.loads(path.read_text())["code"] == errors.INPUT


def test_results_that_cannot_be_made(editor: FakeEditor, pictures: Path) -> None:
    (pictures.parent / "results").write_text("a file")
    with pytest.raises(errors.BridgeError) as raised:
        run(editor, pictures / "deeper" / ".." / ".." / "pictures", report=str(pictures.parent / "r.json"))
    assert raised.value.code == "target_not_writable"
    assert json.loads((pictures.parent / "r.json").read_text())["code"] == "target_not_writable"


@pytest.mark.parametrize("text", [
    "", "no JSON", "[]", "{}", '{"made": 3}', '{"made": {"a.jpg": 5}}',
    '{"made": {"a.jpg": {"stem": "../evil", "kinds": ["xcf"]}}}', '{"made": {"a.jpg": {"stem": "", "kinds": []}}}',
    '{"made": {"a.jpg": {"stem": "x", "kinds": "xcf"}}}'])
def test_a_strange_report_is_no_memory(editor: FakeEditor, pictures: Path, text: str) -> None:
    (pictures.parent / "results").mkdir()
    (pictures.parent / "results" / folder.REPORT).write_text(text)
    assert run(editor, pictures).ok
    assert set(results(pictures)) == {"a.xcf", "b.xcf"}


def test_the_report_can_be_elsewhere_and_the_home_folder_is_known(
        editor: FakeEditor, pictures: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("HOME", str(pictures.parent))
    task = folder.Folder("~/pictures", "~/results/deeper", ["png"], False, SETTINGS, report="~/said.json")
    assert task.run(editor.processing()).ok
    assert json.loads((pictures.parent / "said.json").read_text())["done"] == 2
    assert sorted(os.listdir(pictures.parent / "results" / "deeper")) == ["a.png", "b.png"]
