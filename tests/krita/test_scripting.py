"""What scripts in Krita may call, without Krita: what is handed on, returned and raised."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from cutaway_bridge import errors, many

from .fakes import PACKAGE, FakeDocument, FakeKrita, FakeNode


class FakePlugin:
    """In the place of extension.Cutaway: its runs come to what ``outcomes`` says, one after the other."""

    def __init__(self) -> None:
        self.run: Any = None
        self.outcomes: list[Any] = []
        self.busy = False
        self.settings: dict[str, Any] = {}

    def check_free(self) -> None:
        if self.busy:
            raise errors.BridgeError(errors.INPUT, "Remove Background is at work already.")

    def work_off(
        self, pieces: list[Any], settings: dict[str, Any], ended: Any, modal: bool, report: Any = None,
    ) -> None:
        assert modal
        self.pieces, self.settings, self.ended = pieces, settings, ended
        self.run = SimpleNamespace(
            report=report or many.Report(settings), hosts=[], failures=[], stopped=False, error=None)

    def turn(self) -> None:
        """What goes on in the event loop."""
        work = self.run
        for piece, said in zip(self.pieces, self.outcomes, strict=True):
            if isinstance(said, errors.BridgeError) and said.code == errors.CANCELLED:
                work.stopped = True
                break
            if isinstance(said, errors.BridgeError):
                work.failures.append(said)
                work.report.attempt(piece.name, lambda said=said: fail(said))
            else:
                work.report.attempt(piece.name, lambda said=said: ([said], []))
                work.hosts.append(SimpleNamespace(new_layer=said, new_mask="mask"))
        self.run = None
        self.ended(work)


def fail(error: Exception) -> Any:
    raise error


@pytest.fixture
def plugin() -> FakePlugin:
    return FakePlugin()


@pytest.fixture
def scripting(adapter: Callable[[str], Any], plugin: FakePlugin, monkeypatch: pytest.MonkeyPatch) -> Any:
    class Loop:
        def exec(self) -> None:
            plugin.turn()

        def quit(self) -> None:
            """It ends by itself."""

    running, extension = (ModuleType(f"{PACKAGE}.{name}") for name in ("running", "extension"))
    running.Run = running.Progress = object  # type: ignore[attr-defined]
    extension.Cutaway = SimpleNamespace(only=plugin)  # type: ignore[attr-defined]
    for module in (running, extension):
        monkeypatch.setitem(sys.modules, module.__name__, module)
    sys.modules["PyQt5.QtCore"].QEventLoop = Loop  # type: ignore[attr-defined]
    return adapter("scripting")


def document(app: FakeKrita) -> FakeDocument:
    app.active = FakeDocument(FakeNode("photo"))
    app.open.append(app.active)
    return app.active


def test_one_layer(scripting: Any, plugin: FakePlugin, app: FakeKrita) -> None:
    document(app)
    plugin.outcomes = ["new"]
    cutout = scripting.remove_background(feather=2)
    assert (cutout.layer, cutout.mask, cutout.notes) == ("new", "mask", []) and plugin.settings["feather"] == 2.0


def test_an_error_keeps_its_hint_and_its_log(scripting: Any, plugin: FakePlugin, app: FakeKrita) -> None:
    document(app)
    plugin.outcomes = [errors.BridgeError("worker_lost", "The process has ended.", "Try again.", "the log's tail")]
    with pytest.raises(errors.BridgeError) as caught:
        scripting.remove_background()
    error = caught.value
    assert (error.code, error.message, error.hint, error.log) == (
        "worker_lost", "The process has ended.", "Try again.", "the log's tail")


def test_files(scripting: Any, plugin: FakePlugin, tmp_path: Path) -> None:
    plugin.outcomes = ["a.kra", errors.BridgeError("input", "It is no picture.")]
    lines = scripting.remove_background_from_files(["a.png", "b.png"], tmp_path / "out", feather=2, output="mask")
    assert [line["state"] for line in lines] == ["done", "failed"]
    said = json.loads((tmp_path / "out" / "cutaway-report.json").read_text())
    assert said["finished"] and not said["ok"] and said["pictures"] == lines
    assert said["settings"]["output"] == "mask" and said["settings"]["shift"] == 0.0
    assert [piece.title for piece in plugin.pieces] == ["a.png", "b.png"]


def test_one_file_may_stand_alone(scripting: Any, plugin: FakePlugin, tmp_path: Path) -> None:
    for name in ("a.png", Path("a.png")):
        plugin.outcomes = ["a.kra"]
        (line,) = scripting.remove_background_from_files(name, tmp_path, report=tmp_path / "mine.json")
        assert line["input"] == str(Path("a.png").absolute()) and (tmp_path / "mine.json").is_file()


def test_a_cancel_leaves_the_rest_and_is_in_the_report(scripting: Any, plugin: FakePlugin, tmp_path: Path) -> None:
    plugin.outcomes = ["a.kra", errors.BridgeError(errors.CANCELLED, "Cancelled.")]
    (line,) = scripting.remove_background_from_files(["a.png", "b.png"], tmp_path)
    said = json.loads((tmp_path / "cutaway-report.json").read_text())
    assert line["state"] == "done" and said["code"] == "cancelled" and not said["finished"] and not said["ok"]


def test_files_are_not_begun_where_they_cannot_be(scripting: Any, plugin: FakePlugin, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for folder, settings, wanted in (
        (tmp_path / "file" / "out", {}, "cannot be made"), (tmp_path, {"feather": 9999}, "9999"),
        (tmp_path, {"no_such": 1}, "no_such"),
    ):
        with pytest.raises(errors.BridgeError, match=wanted):
            scripting.remove_background_from_files(["a.png"], folder, **settings)
    plugin.busy = True
    with pytest.raises(errors.BridgeError, match="at work already"):
        scripting.remove_background_from_files(["a.png"], tmp_path)
    assert list(tmp_path.iterdir()) == [tmp_path / "file"], "an earlier report is left"
