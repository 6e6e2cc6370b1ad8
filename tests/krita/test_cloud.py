"""The dialog's part about the cloud in Krita, without Qt; and what is asked while the dialog is open."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cutaway_bridge import cloud, errors

from .fakes import FakeDocument, FakeNode, FakeSignal


class FakeWidget:
    """Any of Qt's: remembers what it was told."""

    def __init__(self, *_: Any) -> None:
        self.said, self.visible, self.enabled, self.rows = "", True, True, []
        self.clicked = FakeSignal()

    def setText(self, text: str) -> None:
        self.said = text

    def setVisible(self, visible: bool) -> None:
        self.visible = visible

    def setEnabled(self, enabled: bool) -> None:
        self.enabled = enabled

    def addRow(self, row: Any) -> None:
        self.rows.append(row)

    addWidget = addRow

    def setWordWrap(self, wanted: bool) -> None:
        """All do."""

    setAutoDefault = setWordWrap

    def addStretch(self) -> None:
        """Takes the rest."""


class FakeAsked:
    """In the place of cloud.Cloud."""

    def __init__(self) -> None:
        self.view, self.tests, self.steps_done = cloud.HIDDEN, 0, 0

    def look(self, settings: dict[str, Any]) -> cloud.View:
        return self.view

    def test(self) -> None:
        self.tests += 1

    def steps(self) -> Iterator[None]:
        while True:
            self.steps_done += 1
            yield


@pytest.fixture
def made(adapter: Callable[[str], Any]) -> Any:
    """(box, form, the button Remove, the lines)."""
    for name in ("QLabel", "QPushButton", "QHBoxLayout"):
        setattr(sys.modules["PyQt5.QtWidgets"], name, FakeWidget)
    box, form, okay = FakeWidget(), FakeWidget(), FakeWidget()
    lines = adapter("cloud_lines").CloudLines(box, form, okay, lambda work: lambda *_: work())
    return box, form, okay, lines


def test_the_box_follows_what_is_known(made: Any) -> None:
    box, form, okay, lines = made
    assert not box.visible and okay.enabled and not lines.refresh({})
    asked = FakeAsked()
    lines.follow(asked)
    assert not lines.refresh({}), "nothing has changed"
    asked.view = cloud.View(True, ("no", "", "key"), "no")
    assert lines.refresh({}) and not lines.refresh({})
    assert box.visible and not okay.enabled
    assert [(label.said, label.visible) for label in form.rows[:3]] == [("no", True), ("", False), ("key", True)]
    asked.view = asked.view._replace(refusal="")
    assert lines.refresh({}) and okay.enabled
    button = form.rows[-1].rows[0]
    assert button.said == "" and not asked.tests
    button.clicked.slots[0](False)
    assert asked.tests == 1


class FakeWorker:
    """``fails``: cannot be reached."""

    def __init__(self, fails: bool) -> None:
        self.fails, self.closed = fails, False

    def connecting(self) -> Iterator[None]:
        yield
        if self.fails:
            raise errors.BridgeError(errors.WORKER_LOST, "It is gone.")

    def request(self, name: str) -> int:
        assert name == "models.list"
        return 7

    def poll(self) -> list[Any]:
        models = [{"name": "a", "title": "A", "installed": True}, {"name": "b", "installed": False}]
        return [{"id": 7, "result": {"models": models}}]

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("fails", [False, True])
def test_the_models_first_then_the_cloud(adapter: Callable[[str], Any], fails: bool) -> None:
    """Without a list of models the cloud can be asked all the same: it says itself what is wrong."""
    worker, asked, offered, ticks = FakeWorker(fails), FakeAsked(), [], []
    asking = adapter("asking").Asking(
        worker, offered.append, lambda work: work, asked, lambda: ticks.append(asked.steps_done))
    for _ in range(5):
        asking.step()
    assert offered == ([] if fails else [[("a", "A")]])
    assert asked.steps_done == 4 and len(ticks) == 5 and asking._timer.running
    asking.close()
    asking.step()
    assert worker.closed and len(ticks) == 5 and not asking._timer.running


def test_a_defect_ends_the_asking(adapter: Callable[[str], Any]) -> None:
    def broken() -> None:
        raise KeyError("a defect")

    worker = FakeWorker(False)
    asking = adapter("asking").Asking(worker, print, lambda work: work, FakeAsked(), broken)
    with pytest.raises(KeyError):
        asking.step()
    assert worker.closed and not asking._timer.running


def test_the_size_of_a_layer(adapter: Callable[[str], Any]) -> None:
    layers = adapter("layers")
    photo, empty = FakeNode("photo", bounds=(5, 6, 30, 20)), FakeNode("empty", bounds=(0, 0, 0, 0))
    document = FakeDocument(photo, empty)
    assert layers.size(document, photo) == (30, 20) and layers.size(document, empty) is None


def test_the_batch_takes_the_cloud_s_settings(batch: Any) -> None:
    said = batch.parser().parse_args(
        ["a.png", "--output", "x", "--engine", "topaz", "--cloud", "Object", "--mode", "segmentation",
         "--upload", "once", "--credits", "3"])
    assert (said.engine, said.cloud, said.mode, said.upload, said.credits) == (
        "topaz", "Object", "segmentation", "once", 3)
