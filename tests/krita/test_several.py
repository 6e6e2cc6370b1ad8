"""Many layers, one after the other, without Krita: which, in what order, what is told of each."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from cutaway_bridge import errors, many, settings_spec

from .fakes import PACKAGE, FakeDocument, FakeKrita, FakeNode


class FakeProgress:
    def __init__(self, cancel: Any, lost: Any, modal: bool) -> None:
        self.cancel, self.lost, self.modal = cancel, lost, modal
        self.told: list[tuple[float, str]] = []
        self.state = "new"

    def show(self) -> None:
        self.state = "shown"

    def tell(self, fraction: float, text: str) -> None:
        self.told.append((round(fraction, 3), text))

    def end(self) -> None:
        self.state = "ended"


class FakeRun:
    """Ends when the test says so."""

    made: list[FakeRun]

    def __init__(self, host: Any, settings: Any, client: Any, slot: Any, ended: Any, progress: Any) -> None:
        self.host, self.settings, self.client, self.ended, self.progress = host, settings, client, ended, progress
        self.cancelled = self.abandoned = False
        FakeRun.made.append(self)

    def start(self) -> None:
        self.progress.show()
        self.progress.tell(0.5, "Finding")

    def cancel(self) -> None:
        self.cancelled = True

    def abandon(self) -> None:
        self.abandoned = True
        self.over()

    def over(self, error: Exception | None = None) -> None:
        if error is None:
            self.host.new_layer = FakeNode(f"{self.host.node.name()} (cutout)")
            self.host.notes.append(("n", "A note."))
        self.progress.end()
        self.ended(self, error, True)


class Fitting:
    """Stands in for krita_host.KritaHost."""

    def __init__(self, document: Any, node: Any, hidden_stays: bool = False) -> None:
        self.document, self.node, self.hidden_stays = document, node, hidden_stays
        self.notes: list[Any] = []
        self.new_layer: Any = None

    def fitting(self, settings: dict[str, Any]) -> dict[str, Any]:
        if self.node.name() == "unfit":
            raise errors.BridgeError(errors.INPUT, "It does not fit.", "Change it.")
        if self.node.name() == "odd":
            raise ZeroDivisionError("odd")
        return dict(settings, clean=1)


@pytest.fixture
def several(adapter: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    FakeRun.made = []
    running = ModuleType(f"{PACKAGE}.running")
    running.Run, running.Progress = FakeRun, FakeProgress  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, running.__name__, running)
    found = adapter("several")
    monkeypatch.setattr(found.krita_host, "KritaHost", Fitting)
    return found


class Desk:
    """What the plug-in is to a Several."""

    def __init__(self, several: Any, pieces: list[Any]) -> None:
        self.waiting: list[Any] = []
        self.done: list[Any] = []
        self.over: list[Any] = []
        self.work = several.Several(
            pieces, settings_spec.defaults(), lambda: object(), lambda work: work,
            lambda _, work: self.waiting.append(work), self.done.append, self.over.append)

    def turn(self) -> None:
        """One turn of the event loop."""
        waiting, self.waiting = self.waiting, []
        for work in waiting:
            work()

    @property
    def states(self) -> list[tuple[str, str]]:
        return [(line["input"], line["state"]) for line in self.work.report.lines]


def scene(app: FakeKrita, *names: str) -> FakeDocument:
    document = FakeDocument(*(FakeNode(name) for name in reversed(names)))
    app.open.append(document)
    app.active = document
    return document


def kept(document: FakeDocument, node: FakeNode, *masks: FakeNode) -> None:
    said = {"mask": masks[0].uniqueId().toString() if masks else "{gone}"}
    document.kept["cutaway-settings-" + node.uniqueId().toString().strip("{}")] = json.dumps(said).encode()
    node.add(*masks)


def test_layers_from_the_top_down_in_groups_too(several: Any, app: FakeKrita) -> None:
    inner = [FakeNode("low"), FakeNode("curves", "filterlayer"), FakeNode("high", "vectorlayer", shown=False)]
    document = FakeDocument(FakeNode("bottom"), FakeNode("g", "grouplayer").add(*inner), FakeNode("top").add(
        FakeNode("m", "transparencymask")))
    app.open.append(document)
    pieces = several.of_layers(document)
    assert [piece.name for piece in pieces] == ["top", "high", "low", "bottom"]
    assert all(piece.host().hidden_stays for piece in pieces)


def test_pictures_go_by_their_files_name_and_their_active_layer(several: Any, app: FakeKrita) -> None:
    one, two = scene(app, "a", "b"), scene(app, "c")
    one.title, one.active = "/home/u/cat.kra", one.root.children[0]
    first, second = several.of_documents([one, two])
    assert (first.name, second.name) == ("cat.kra", "Unnamed")
    assert first.host().node.name() == "b" and not first.host().hidden_stays


def test_one_after_the_other_and_the_report(several: Any, app: FakeKrita) -> None:
    desk = Desk(several, several.of_layers(scene(app, "a", "unfit", "b")))
    desk.work.start()
    assert FakeRun.made == [], "not within the click"
    desk.turn()
    (first,) = FakeRun.made
    assert first.settings["clean"] == 1
    assert desk.work._progress.told == [(0.167, "1 of 3, a: Finding")]
    first.over()
    assert len(FakeRun.made) == 1, "not within the step of the one before"
    desk.turn()
    FakeRun.made[1].over()
    assert desk.over == []
    desk.turn()
    assert desk.states == [("a", "done"), ("unfit", "failed"), ("b", "done")]
    assert [host.node.name() for host in desk.done] == ["a", "b"] and desk.over == [desk.work]
    assert desk.work._progress.state == "ended" and desk.work._progress.told[-1] == (0.833, "3 of 3, b: Finding")
    assert desk.work.report.finished and desk.work.report.lines[0]["outputs"] == ["a (cutout)"]
    first_line, rest = desk.work.summary("layers")
    assert first_line == "Remove Background: 2 of 3 layers done, 1 failed."
    assert rest.split("\n") == ["a: A note.", "unfit: It does not fit. Change it.", "b: A note."]


def test_a_run_that_fails_does_not_stop_the_others(several: Any, app: FakeKrita) -> None:
    desk = Desk(several, several.of_layers(scene(app, "a", "b", "c")))
    desk.work.start()
    for error in (errors.BridgeError("model_missing", "No model.", "Get one."), ValueError("bug"), None):
        desk.turn()
        FakeRun.made[-1].over(error)
    desk.turn()
    assert [line["code"] for line in desk.work.report.lines] == ["model_missing", many.DEFECT, ""]
    assert desk.work.report.lines[1]["message"] == "ValueError: bug" and len(desk.over) == 1
    assert [(error.message, error.hint) for error in desk.work.failures] == [("No model.", "Get one.")]


def test_a_defect_before_the_run_is_raised_and_the_rest_goes_on(several: Any, app: FakeKrita) -> None:
    desk = Desk(several, several.of_layers(scene(app, "odd", "b")))
    desk.work.start()
    with pytest.raises(ZeroDivisionError):
        desk.turn()
    desk.turn()
    FakeRun.made[0].over()
    desk.turn()
    assert desk.states == [("odd", "failed"), ("b", "done")] and len(desk.over) == 1


def test_cancel_stops_the_rest_and_keeps_what_is_done(several: Any, app: FakeKrita) -> None:
    desk = Desk(several, several.of_layers(scene(app, "a", "b", "c")))
    desk.work.start()
    desk.turn()
    FakeRun.made[0].over()
    desk.turn()
    desk.work._progress.cancel()
    assert FakeRun.made[1].cancelled
    FakeRun.made[1].over(errors.BridgeError(errors.CANCELLED, "Cancelled."))
    desk.turn()
    assert desk.states == [("a", "done")] and desk.work.left == 2 and len(FakeRun.made) == 2
    assert desk.work.summary("layers")[0] == (
        "Cancelled. Remove Background: 1 of 3 layers done. 2 not begun or not finished.")
    assert len(desk.over) == 1


class FakePicture:
    """A piece whose picture is opened for it alone; ``bad``: what goes wrong at its end."""

    stays = False

    def __init__(self, name: str, document: Any, bad: Exception | None = None) -> None:
        self.name, self.title, self.document, self.bad = f"/in/{name}", name, document, bad
        self.closed = 0

    def host(self) -> Any:
        return Fitting(self.document, self.document.root.children[-1])

    def outcome(self, host: Any) -> Any:
        if self.bad is not None:
            raise self.bad
        return [f"/out/{self.title}"], host.notes

    def close(self) -> None:
        self.closed += 1


def test_what_a_piece_has_opened_is_closed_however_it_ends(several: Any, app: FakeKrita) -> None:
    full = errors.BridgeError("disk_full", "The disk is full.", "Free some space.")
    pieces = [FakePicture("a", scene(app, "photo")), FakePicture("unfit", scene(app, "unfit")),
              FakePicture("c", scene(app, "photo"), full), FakePicture("d", scene(app, "photo")),
              FakePicture("e", scene(app, "photo"))]
    desk = Desk(several, pieces)
    desk.work.start()
    for error in (None, None, errors.BridgeError(errors.CANCELLED, "Cancelled.")):
        desk.turn()
        FakeRun.made[-1].over(error)
    desk.turn()
    assert desk.states == [("/in/a", "done"), ("/in/unfit", "failed"), ("/in/c", "failed")]
    assert desk.work.report.lines[0]["outputs"] == ["/out/a"]
    assert [piece.closed for piece in pieces] == [1, 1, 1, 1, 0], "the last was not begun"
    assert desk.done == [] and desk.work.hosts == [], "the user has not seen them"
    assert desk.work._progress.told[0][1] == "1 of 5, a: Finding" and len(desk.over) == 1
    assert desk.work.report.code == errors.CANCELLED and not desk.work.report.finished


def test_a_report_that_cannot_be_written_ends_it(several: Any, app: FakeKrita, tmp_path: Path) -> None:
    pieces = [FakePicture(name, scene(app, "photo")) for name in "ab"]
    desk = Desk(several, pieces)
    desk.work.report.path = str(tmp_path / "gone" / "report.json")
    desk.work.start()
    desk.turn()
    FakeRun.made[0].over()
    desk.turn()
    assert desk.over == [desk.work] and len(FakeRun.made) == 1 and desk.work.error.code == "target_not_writable"
    assert pieces[0].closed == 1 and desk.work._progress.state == "ended"


@pytest.mark.parametrize("how", ["quit", "window gone"])
def test_when_krita_goes_nothing_more_is_begun_or_told(several: Any, app: FakeKrita, how: str) -> None:
    desk = Desk(several, several.of_layers(scene(app, "a", "b")))
    desk.work.start()
    desk.turn()
    (desk.work.abandon if how == "quit" else desk.work._progress.lost)()
    assert FakeRun.made[0].abandoned
    desk.turn()
    assert len(FakeRun.made) == 1 and desk.over == [] and desk.states == []


def test_closed_removed_and_unusable(several: Any, app: FakeKrita) -> None:
    closed, opened = scene(app, "a"), scene(app, "gone")
    app.open.remove(closed)
    gone = opened.root.children[0]
    pieces = [*several.of_layers(closed), several.Piece("gone", opened, gone),
              several.Piece("f", opened, FakeNode("f", "filterlayer"))]
    opened.root.drop(gone)
    desk = Desk(several, pieces)
    desk.work.start()
    desk.turn()
    assert [line["message"].split(".")[0] for line in desk.work.report.lines] == [
        "The picture was closed meanwhile", "The layer was removed meanwhile", 'The layer "f" has no pixels of its own']


class TestIsDone:
    def test_a_cutout_and_its_source(self, several: Any, app: FakeKrita) -> None:
        document = scene(app, "photo (cutout)", "photo", "other")
        other, photo, new = document.root.children
        kept(document, new, FakeNode("mask", "transparencymask"))
        assert [several.is_done(document, each) for each in (new, photo, other)] == [True, True, False]
        with pytest.raises(many.Skipped):
            several.Piece("photo", document, photo).host()
        assert several.Piece("photo", document, photo, again=True).host().node is photo

    def test_not_where_the_mask_was_undone_or_only_the_name_is_alike(self, several: Any, app: FakeKrita) -> None:
        document = scene(app, "photo (cutout)", "photo")
        photo, new = document.root.children
        assert not several.is_done(document, photo)
        kept(document, new)
        new.add(FakeNode("another", "transparencymask"))
        assert not several.is_done(document, new)

    @pytest.mark.parametrize("text", [b"", b"[]", b"{}", b"null", b"\xff"])
    def test_what_cannot_be_read_is_not_taken_for_done(self, several: Any, app: FakeKrita, text: bytes) -> None:
        document = scene(app, "photo")
        (photo,) = document.root.children
        photo.add(FakeNode("mask", "transparencymask"))
        document.kept["cutaway-settings-" + photo.uniqueId().toString().strip("{}")] = text
        assert not several.is_done(document, photo)
