"""The question before many layers are sent to the cloud, without Qt."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from cutaway_bridge import settings_spec

from .fakes import PACKAGE, FakeDocument, FakeKrita, FakeNode, FakeSignal

YES, NO = 1, 2


class FakeBox:
    """In the place of QMessageBox."""

    StandardButton = SimpleNamespace(Yes=YES, No=NO)
    Icon = SimpleNamespace(Question="?")
    made: list[FakeBox]

    def __init__(self, icon: str, title: str, text: str, buttons: int, parent: Any) -> None:
        self.text, self.buttons, self.below = text, buttons, ""
        self.default = self.escape = self.clicked = None
        self.finished, self.destroyed = FakeSignal(), FakeSignal()
        self.opened = False
        FakeBox.made.append(self)

    def setInformativeText(self, text: str) -> None:
        self.below = text

    def informativeText(self) -> str:
        return self.below

    def setDefaultButton(self, button: int) -> None:
        self.default = button

    def setEscapeButton(self, button: int) -> None:
        self.escape = button

    def setAttribute(self, name: str) -> None:
        """Deleted with its closing."""

    def open(self) -> None:
        self.opened = True

    def clickedButton(self) -> Any:
        return self.clicked

    def standardButton(self, button: Any) -> Any:
        return button

    def answer(self, button: Any) -> None:
        self.clicked = button
        self.finished.slots[0](0)
        self.destroyed.slots[0]()


class FakeCloud:
    """In the place of cloud.Cloud: ``below`` is what it has to say."""

    made: list[FakeCloud]

    def __init__(self, worker: Any, size: Any = None, sizes: Any = ()) -> None:
        self.sizes, self.below = sizes, "first"
        FakeCloud.made.append(self)

    def question(self, settings: dict[str, Any], what: str) -> tuple[str, str]:
        return f"Send {what}?", self.below

    def steps(self) -> Iterator[None]:
        while True:
            yield


class FakeWorker:
    def __init__(self) -> None:
        self.closed = 0

    def connecting(self) -> Iterator[None]:
        yield

    def request(self, name: str) -> int:
        return 1

    def poll(self) -> list[Any]:
        return [{"id": 1, "result": {"models": []}}]

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def sending(adapter: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> Any:
    FakeBox.made, FakeCloud.made = [], []
    sys.modules["PyQt5.QtWidgets"].QMessageBox = FakeBox  # type: ignore[attr-defined]
    sys.modules["PyQt5.QtCore"].Qt = SimpleNamespace(  # type: ignore[attr-defined]
        WidgetAttribute=SimpleNamespace(WA_DeleteOnClose="delete"))
    edge = ModuleType(f"{PACKAGE}.edge")
    edge.TITLE, edge.main_window = "Remove Background", lambda: None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, edge.__name__, edge)
    found = adapter("sending")
    monkeypatch.setattr(found.cloud, "Cloud", FakeCloud)
    return found


def asked(sending: Any, count: int = 2, **values: Any) -> Any:
    """(box, cloud, worker, the answers, the question)."""
    worker, answers = FakeWorker(), []
    question = sending.Question(
        worker, [(5, 4)] * count, "layer", dict(settings_spec.defaults(), engine="topaz", **values),
        lambda work: lambda *_: work(), answers.append)
    return FakeBox.made[-1], FakeCloud.made[-1], worker, answers, question


class FakePiece:
    def __init__(self, size: Any) -> None:
        self._size = size

    def size(self) -> Any:
        return self._size


@pytest.mark.parametrize(("engine", "upload", "found"), [
    ("topaz", "remembered", [(1, 2), (3, 4)]), ("auto", "once", [(1, 2), (3, 4)]), ("local", "remembered", []),
    ("mask", "always", []), ("topaz", "never", [])])
def test_what_would_be_sent(sending: Any, engine: str, upload: str, found: list[Any]) -> None:
    values = dict(settings_spec.defaults(), engine=engine, upload=upload)
    assert sending.sizes([FakePiece((1, 2)), FakePiece(None), FakePiece((3, 4))], values) == found


def test_the_box_says_no_by_default_and_follows_what_is_known(sending: Any) -> None:
    box, cloud, _, answers, question = asked(sending)
    assert box.opened and box.text == "Send 2 layers?" and box.below == "first" and cloud.sizes == [(5, 4)] * 2
    assert box.default == box.escape == NO and box.buttons == YES | NO
    cloud.below = "second"
    question._asking.step()
    assert box.below == "second" and answers == []
    assert asked(sending, count=1)[0].text == "Send 1 layer?"


@pytest.mark.parametrize(("upload", "then"), [("remembered", "once"), ("once", "once"), ("always", "always")])
def test_yes_is_leave_for_this_time(sending: Any, upload: str, then: str) -> None:
    box, _, worker, answers, _ = asked(sending, upload=upload)
    box.answer(YES)
    (settings,) = answers
    assert settings == dict(settings_spec.defaults(), engine="topaz", upload=then) and worker.closed == 1


@pytest.mark.parametrize("button", [NO, None])
def test_no_and_escape_begin_nothing(sending: Any, button: Any) -> None:
    box, _, worker, answers, _ = asked(sending)
    box.answer(button)
    assert answers == [None] and worker.closed == 1


def test_a_box_that_goes_with_kritas_window_is_a_no(sending: Any) -> None:
    box, _, worker, answers, question = asked(sending)
    box.destroyed.slots[0]()
    question._asking.step()
    assert answers == [None] and worker.closed == 1


def test_the_size_of_a_piece(adapter: Callable[[str], Any], app: FakeKrita) -> None:
    running = ModuleType(f"{PACKAGE}.running")
    running.Run = running.Progress = object  # type: ignore[attr-defined]
    sys.modules[running.__name__] = running
    several = adapter("several")
    document = FakeDocument(FakeNode("photo", bounds=(5, 6, 30, 20)), FakeNode("empty", bounds=(0, 0, 0, 0)))
    app.open.append(document)
    empty, photo = several.of_layers(document)
    assert photo.size() == (30, 20) and empty.size() is None
    app.open.remove(document)
    assert photo.size() is None, "a closed picture is not sent"
