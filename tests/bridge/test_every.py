"""The loops over layers, open images and the pictures of a folder, in an editor in memory with a scripted worker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway_bridge import errors, every, kept, many
from cutaway_bridge.client import Client
from cutaway_bridge.installation import Installation
from tests.bridge.fake_host import FakeHost
from tests.bridge.fake_server import FakeServer, error
from tests.bridge.test_flow import mask_only


class FakeLayer:
    """``inner``: the layers of a group. ``kept``: whether it is a cut-out. ``made``: what was put in of it."""

    def __init__(self, name: str, value: int = 0, kept: bool = False, inner: list[FakeLayer] | None = None) -> None:
        self.name, self.value, self.kept, self.inner = name, value, kept, inner
        self.there = True
        self.made: dict[str, Any] | None = None
        self.where: FakeImage | FakeLayer | None = None
        for each in inner or ():
            each.where = self


class FakeImage:
    def __init__(self, *layers: FakeLayer, name: str = "cat.png", selected: int = 0) -> None:
        self.name, self.inner, self.valid = name, list(layers), True
        for each in layers:
            each.where = self
        self.selected = self.inner[selected:selected + 1]
        self.steps: list[str] = []


class OneLayer(FakeHost):
    """A host that checks as those of real editors do; what it puts in is a layer above its own."""

    def __init__(self, editor: FakeEditor, layer: FakeLayer) -> None:
        super().__init__(np.full((3, 4, 3), layer.value, np.uint8))
        self.editor, self.layer, self.notes = editor, layer, []
        self.new_layer: FakeLayer | None = None

    def fitting(self, settings: dict[str, Any]) -> dict[str, Any]:
        return settings

    def check(self) -> None:
        if not self.layer.there:
            raise errors.gone()

    def put_result(self, source: Any, result: Any) -> None:
        self.check()
        super().put_result(source, result)
        self.notes += [("put", self.layer.name)]
        where = self.layer.where
        assert where is not None and where.inner is not None
        self.new_layer = FakeLayer(f"{self.layer.name} (cutout)", kept=True)
        self.new_layer.where, self.new_layer.made = where, self.put
        where.inner.insert(where.inner.index(self.layer), self.new_layer)
        self.editor.events.append(f"put {self.layer.name}")


class Now(every.Shared, OneLayer):
    pass


class Later(every.Later, OneLayer):
    pass


class FakeEditor:
    """``events``: what was done to images, in order. ``saved``: kinds and paths."""

    name = "fake"

    def __init__(self, *images: FakeImage) -> None:
        self.there = list(images)
        self.events: list[str] = []
        self.saved: list[tuple[str, str]] = []

    def of_image(self, image: FakeImage) -> Now:
        return Now(self, image.selected[0])

    def of_layer(self, image: FakeImage, layer: FakeLayer) -> Later:
        return Later(self, layer)

    def images(self) -> list[FakeImage]:
        return list(self.there)

    def image_name(self, image: FakeImage) -> str:
        return image.name

    def is_open(self, image: FakeImage) -> bool:
        return image.valid

    def is_there(self, layer: FakeLayer) -> bool:
        return layer.there

    def number(self, layer: FakeLayer) -> int:
        return id(layer)

    def layer_name(self, layer: FakeLayer) -> str:
        return layer.name

    def kept_with(self, layer: FakeLayer) -> list[str]:
        return [kept.MATTE, kept.SETTINGS] if layer.kept else ["other"]

    def beside(self, layer: FakeLayer) -> list[FakeLayer]:
        assert layer.where is not None and layer.where.inner is not None
        return layer.where.inner

    def inside(self, item: Any) -> list[FakeLayer] | None:
        return None if item.inner is None else list(item.inner)

    def selected(self, image: FakeImage) -> list[FakeLayer]:
        return image.selected

    def select(self, image: FakeImage, layers: list[FakeLayer]) -> None:
        image.selected = layers

    @contextmanager
    def undo_group(self, image: FakeImage) -> Iterator[None]:
        self.events.append("step")
        yield
        self.events.append("end of step")

    def end_progress(self) -> None:
        self.events.append("no progress")

    def opened(self, path: str) -> FakeImage:
        self.events.append("open")
        return FakeImage(FakeLayer("only"), FakeLayer("other"), name=path)

    def save(self, image: FakeImage, kind: str, path: str) -> None:
        self.saved.append((kind, path))

    def close(self, image: FakeImage) -> None:
        self.events.append("close")


@pytest.fixture
def server(installed: Installation) -> Iterator[FakeServer]:
    def answer(server: FakeServer, request: dict[str, Any]) -> None:
        mask_only(server, request)

    def close(server: FakeServer, request: dict[str, Any]) -> None:
        """The job's files go, as with the real worker."""
        for path in (server.home / "run" / "jobs" / "j1").iterdir():
            path.unlink()
        server.say(id=request["id"], result={})

    with FakeServer(Path(installed.home), {"job.run": answer, "job.close": close}) as server:
        yield server


def tree(item: Any) -> list[Any]:
    return [each.name if each.inner is None else [each.name, tree(each)] for each in item.inner]


def on_every_layer(editor: FakeEditor, image: FakeImage, client: Client, show: Any = None) -> many.Report:
    report = many.Report({})
    every.every_layer(editor, image, {}, client, report, show or (lambda *_: None))
    return report


def states(report: many.Report) -> dict[str, str]:
    return {line["input"]: line["state"] for line in report.lines}


def test_every_layer_in_one_step_and_no_cancel_in_it(server: FakeServer, client: Client) -> None:
    image = FakeImage(
        FakeLayer("a", 7), FakeLayer("set", inner=[FakeLayer("b", 8), FakeLayer("deep", inner=[FakeLayer("c", 9)])]),
        FakeLayer("empty", inner=[]))
    editor = FakeEditor()
    shown: list[float] = []
    report = on_every_layer(editor, image, client, lambda fraction, text: shown.append(fraction))
    assert editor.events == ["no progress", "step", "put a", "put b", "put c", "end of step"]
    assert tree(image) == [
        "a (cutout)", "a", ["set", ["b (cutout)", "b", ["deep", ["c (cutout)", "c"]]]], ["empty", []]]
    assert [each.name for each in image.selected] == ["a (cutout)"]
    assert [line["outputs"] for line in report.lines] == [["a (cutout)"], ["b (cutout)"], ["c (cutout)"]]
    assert [line["notes"] for line in report.lines] == [[["put", "a"]], [["put", "b"]], [["put", "c"]]]
    # The results have outlived the job's files.
    made = image.inner[0].made
    assert made is not None and made["mask"].shape == (3, 4) and (made["mask"] == 7).all()
    assert shown == sorted(shown) and shown[-1] == 1.0
    assert states(on_every_layer(editor, image, client)) == dict.fromkeys(
        ("a (cutout)", "a", "b (cutout)", "b", "c (cutout)", "c"), many.SKIPPED)


def test_a_defect_with_one_layer_is_not_anothers(
        server: FakeServer, client: Client, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    image = FakeImage(FakeLayer("bad", 3), FakeLayer("good", 4))
    monkeypatch.setattr(OneLayer, "fitting", lambda self, settings: {} if self.layer.name == "good" else 1 / 0)
    report = on_every_layer(FakeEditor(), image, client)
    assert states(report) == {"bad": many.FAILED, "good": many.DONE} and "ZeroDivision" in capsys.readouterr().err
    assert tree(image) == ["bad", "good (cutout)", "good"] and report.lines[1]["outputs"] == ["good (cutout)"]


def test_one_that_goes_before_it_is_put_in(server: FakeServer, client: Client) -> None:
    gone, stays = FakeLayer("gone"), FakeLayer("stays")
    image = FakeImage(gone, stays)
    report = on_every_layer(
        FakeEditor(), image, client, lambda fraction, text: setattr(gone, "there", fraction < 0.6))
    assert states(report) == {"gone": many.FAILED, "stays": many.DONE}
    assert tree(image) == ["gone", "stays (cutout)", "stays"] and image.selected == []


def test_an_image_that_is_closed_meanwhile_has_nothing_done(server: FakeServer, client: Client) -> None:
    image, editor, report = FakeImage(FakeLayer("a"), FakeLayer("b")), FakeEditor(), many.Report({})

    def closing(fraction: float, text: str) -> None:
        image.valid = fraction < 0.9

    with pytest.raises(errors.BridgeError, match="was closed"):
        every.every_layer(editor, image, {}, client, report, closing)
    assert states(report) == {"a": many.FAILED, "b": many.FAILED}
    assert editor.events == ["no progress"]
    with pytest.raises(errors.BridgeError, match="was closed"):
        on_every_layer(editor, image, client)


def test_an_image_without_layers_is_no_work(client: Client) -> None:
    editor = FakeEditor()
    assert on_every_layer(editor, FakeImage(), client).lines == [] and editor.events == ["no progress"]


def test_images_are_those_that_are_open_when_it_begins(server: FakeServer, client: Client) -> None:
    closed, good = FakeImage(FakeLayer("x"), name="closed"), FakeImage(FakeLayer("y"), FakeLayer("z"), name="good")
    editor, report = FakeEditor(), many.Report({})
    editor.there = [closed, good]

    def show(fraction: float, text: str) -> None:
        good.valid = fraction < 0.5

    closed.valid = False
    every.open_images(editor, {}, client, report, show)
    assert states(report) == {"closed": many.FAILED, "good": many.DONE}
    assert tree(good) == ["y (cutout)", "y", "z"]


@pytest.mark.parametrize(("layers", "done"), [
    ([("cat", False)], False), ([("cat (cutout)", True), ("cat", False)], True),
    ([("cat (cutout) #1", True), ("cat", False)], True), ([("cat (cutout)", False), ("cat", False)], False),
    ([("dog (cutout)", True), ("cat", False)], False), ([("cat", True)], True),
    ([("cat (cutout)", True), ("other", False), ("cat", False)], False),
])
@pytest.mark.parametrize("grouped", [False, True])
def test_what_is_done(layers: Any, done: bool, grouped: bool) -> None:
    made = [FakeLayer(name, kept=is_kept) for name, is_kept in layers]
    FakeImage(*([FakeLayer("group", inner=made)] if grouped else made))
    assert every.is_done(FakeEditor(), made[-1]) is done


@pytest.fixture
def process(installed: Installation, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs one picture of a folder in an editor."""
    monkeypatch.setattr("cutaway_bridge.installation.find", lambda: installed)

    def run(editor: FakeEditor, all_layers: bool) -> Any:
        with every.processing(editor, {}, all_layers) as work:
            return work("cat.png", {"xcf": "x", "png": "y"})
    return run


@pytest.mark.parametrize(("all_layers", "put"), [(False, ["only"]), (True, ["only", "other"])])
def test_a_picture_of_a_folder(process: Any, server: FakeServer, all_layers: bool, put: list[str]) -> None:
    editor = FakeEditor()
    assert [code for code, _ in process(editor, all_layers)] == ["put"] * len(put)
    assert [event for event in editor.events if event.startswith("put")] == [f"put {name}" for name in put]
    assert editor.saved == [("xcf", "x"), ("png", "y")]
    assert (editor.events[0], editor.events[-1]) == ("open", "close")


def test_a_picture_that_fails_is_closed(process: Any, server: FakeServer) -> None:
    server.replies["job.run"] = error("engine")
    for all_layers in (False, True):
        editor = FakeEditor()
        with pytest.raises(errors.BridgeError) as raised:
            process(editor, all_layers)
        assert raised.value.code == "engine" and editor.events[-1] == "close" and editor.saved == []


class FakeReader:
    shape, dtype, row_bytes = (5, 2), "|u1", 2

    def __init__(self, fails: Exception | None = None) -> None:
        self.fails = fails

    def read_rows(self, y: int, rows: int) -> bytes:
        if self.fails:
            raise self.fails
        return bytes(range(2 * y, 2 * (y + rows)))


def test_what_waits_is_in_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("cutaway_bridge.host.rows_at_once", lambda row_bytes: 2)
    waiting = every.Waiting(FakeReader())
    assert list(tmp_path.iterdir()) == []
    assert (waiting.read_rows(0, 5), waiting.read_rows(3, 1)) == (bytes(range(10)), bytes([6, 7]))
    assert (waiting.shape, waiting.dtype, waiting.row_bytes) == ((5, 2), "|u1", 2)
    waiting.close()
    with pytest.raises(ValueError, match="closed"):
        waiting.read_rows(0, 1)


def test_a_disk_without_room_is_said(installed: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    class Result:
        mask, foreground = FakeReader(OSError(28, "No space left")), None

    one = Later(FakeEditor(), FakeLayer("a"))
    with pytest.raises(errors.BridgeError) as raised:
        one.put_result(None, Result())
    assert raised.value.code == errors.DISK_FULL
    Result.mask = FakeReader(OSError(5, "Input/output error"))
    with pytest.raises(OSError, match="Input/output"):
        one.put_result(None, Result())
