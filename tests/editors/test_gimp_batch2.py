"""GIMP 2.10: every layer, every open image, a folder of pictures; and the examples, run as their first lines say.

GIMP 2.10 ends with the exit code 0 whatever happened, which one test holds: the report is what says how it went.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway_bridge import settings_spec

from . import batch, python2, sandbox, xcf
from .fake_worker import FakeWorker
from .gimp2_session import Gimp2
from .test_gimp3_real import PHOTO, judge
from .test_gimp_batch3 import in_folder

pytestmark = pytest.mark.gimp2

SETTINGS = [row["name"] for row in settings_spec.load()]
SCHEME, PYTHON = "scheme", "python"
BOTH = pytest.mark.parametrize("language", [SCHEME, PYTHON])


def scheme(gimp: Any, call: str) -> str:
    """Runs a function of the example from where the installer puts it, in the tests' folder: what GIMP printed."""
    path = gimp.profile / "plug-ins" / "cutaway" / "examples" / "cutaway-examples.scm"
    line, environment = gimp.line(
        [gimp.editor.console, "-i", "-d", "-b", f'(begin (load "{path}") {call})', "-b", "(gimp-quit 0)"])
    line = ["env", "-C", str(gimp.folder), *line] if "--chdir" not in line else in_folder(line, gimp.folder)
    done = sandbox.run(line, environment, gimp.folder / "example.log", 120)
    assert done.code == 0, "GIMP 2.10 has exit codes after all: say so in its README"
    return done.output


def python(gimp: Any, name: str, *given: Any, **settings: Any) -> str:
    """The same in Python, on the module that stands for Python-Fu: the error, empty where there was none."""
    return gimp.script("gimp2_examples", {"name": name, "given": given, "settings": settings})["error"]


@pytest.fixture(scope="module")
def several(gimp2: Any, fake_worker2: Any) -> Iterator[dict[str, Any]]:
    before = len(fake_worker2.runs)
    fake_worker2.hook = batch.refuse_height(fake_worker2, 13)
    try:
        answers = gimp2.script("gimp2_several")
    finally:
        fake_worker2.hook = None
    answers["runs"] = fake_worker2.runs[before:]
    yield answers


@pytest.fixture(scope="module")
def pictures(gimp2: Any) -> Path:
    batch.make(gimp2.folder / "in")
    return gimp2.folder / "in"


def test_the_procedures_arguments_are_the_settings(several: Any) -> None:
    layers, images, folder = several["arguments"].values()
    assert layers == ["run-mode", "image", "drawable", "report-file", *SETTINGS]
    assert images == ["run-mode", "report-file", *SETTINGS]
    assert folder == ["run-mode", "input-folder", "output-folder", "write-xcf", "write-png", "all-layers", "overwrite",
                      "report-file", *SETTINGS]


def test_every_layer_and_one_that_cannot_be_done(gimp2: Any, several: Any) -> None:
    said = several["layers"]
    assert said["counts"] == [2, 0, 1]
    lines = {line["input"]: line for line in said["report"]["pictures"]}
    assert {name: line["state"] for name, line in lines.items()} == {
        "refused": "failed", "inner": "done", "photo": "done"}
    assert lines["refused"]["code"] == "worker_lost" and lines["inner"]["outputs"] == ["inner (cutout)"]
    state = said["state"]
    assert state["tree"] == [
        ["refused", None], ["empty", []], ["set", [["inner (cutout)", None], ["inner", None]]],
        ["photo (cutout)", None], ["photo", None]]
    assert state["visible"] == {
        "refused": True, "empty": True, "set": True, "inner (cutout)": False, "inner": False, "photo (cutout)": True,
        "photo": False}
    assert state["selected"] == ["inner (cutout)"]
    image = xcf.read(gimp2.folder / "layers.xcf")
    for name, run in zip(("inner", "photo"), several["runs"][:2], strict=True):
        batch.judge_layer(image.layer(f"{name} (cutout)"), image.layer(name), run)
        assert run.params["settings"]["feather"] == 2.0


def test_what_is_done_is_left(several: Any) -> None:
    assert several["again"]["state"] == several["layers"]["state"]
    assert "0 of 5 layers done, 4 skipped, 1 failed" in several["again"]["error"]


def test_masks_on_the_layers_themselves(gimp2: Any, several: Any) -> None:
    said = several["mask"]
    assert said["counts"] == [2, 0, 1] and said["state"]["selected"] == ["inner"]
    image = xcf.read(gimp2.folder / "masks.xcf")
    assert [layer.name for layer in image.layers if layer.mask] == ["inner", "photo"]
    for name, run in zip(("inner", "photo"), several["runs"][2:4], strict=True):
        np.testing.assert_array_equal(batch.samples(image.layer(name).mask)[..., 0], run.out_mask)
    assert json.loads((gimp2.folder / "mask.json").read_text())["failed"] == 1


def test_every_open_image_and_one_that_cannot_be_done(gimp2: Any, several: Any) -> None:
    said = several["open"]
    assert said["counts"] == [2, 0, 1]
    first, channel, single = said["states"]
    assert first["tree"] == [["above", None], ["below (cutout)", None], ["below", None]]
    assert channel["tree"] == [["above", None], ["below", None]]
    assert single["tree"] == [["only (cutout)", None], ["only", None]]
    assert "A channel is selected" in said["report"]["pictures"][1]["message"]
    assert json.loads((gimp2.folder / "open.json").read_text()) == said["report"]
    assert "0 of 3 images done, 2 skipped, 1 failed" in several["open again"]["error"]
    assert several["none"]["counts"] == [0, 0, 0]


@BOTH
def test_a_folder(gimp2: Any, fake_worker2: Any, pictures: Path, language: str) -> None:
    out = gimp2.folder / f"folder-{language}"

    def run() -> str:
        if language == SCHEME:
            return scheme(gimp2, f'(cutaway-folder "in" "{out.name}" "write-png" TRUE "feather" 2)')
        return python(gimp2, "folder", "in", out.name, write_png=True, feather=2)

    before = len(fake_worker2.runs)
    assert "bad.png: GIMP cannot open it" in run()
    report = batch.said(out)
    assert {line["input"]: line["state"] for line in report["pictures"]} == {
        "bad.png": "failed", **dict.fromkeys(batch.STEMS, "done")}
    assert report["finished"] and not report["ok"] and report["ignored"] == ["notes.txt"]
    assert report["settings"]["feather"] == 2.0
    batch.judge_folder(out, fake_worker2.runs[before:], png=True)

    bad = pictures / "bad.png"
    kept = bad.read_bytes()
    (out / "cat.xcf").write_bytes(b"painted on")
    (out / "cat-png.png").unlink()
    try:
        bad.write_bytes((pictures / "cat.png").read_bytes())
        assert "Error" not in run().replace("GIMP-Error: Failed to save data", "")
    finally:
        bad.write_bytes(kept)
    lines = {line["input"]: line for line in batch.said(out)["pictures"]}
    assert {name: line["state"] for name, line in lines.items()} == {
        "bad.png": "done", "cat.jpg": "skipped", "cat.png": "done", "türned.jpg": "skipped"}
    assert lines["cat.png"]["outputs"] == ["cat-png.png"] and batch.said(out)["ok"]
    assert (out / "cat.xcf").read_bytes() == b"painted on"


@BOTH
def test_an_unknown_setting_ends_the_script(gimp2: Any, fake_worker2: Any, pictures: Path, language: str) -> None:
    if language == SCHEME:
        output = scheme(gimp2, '(cutaway-folder "in" "unknown" "fether" 2)')
    else:
        output = python(gimp2, "folder", "in", "unknown", fether=2)
    assert "There is no setting named" in output and "fether" in output
    assert not (gimp2.folder / "unknown").exists()


@BOTH
def test_every_layer_of_a_picture(gimp2: Any, fake_worker2: Any, several: Any, language: str) -> None:
    out = f"layers-{language}.xcf"

    def run() -> str:
        if language == SCHEME:
            return scheme(gimp2, f'(cutaway-every-layer "layers-before.xcf" "{out}" "invert" TRUE)')
        return python(gimp2, "every_layer", "layers-before.xcf", out, invert=True)

    before = len(fake_worker2.runs)
    run()
    image = xcf.read(gimp2.folder / out)
    for name, made in zip(("refused", "inner", "photo"), fake_worker2.runs[before:], strict=True):
        batch.judge_layer(image.layer(f"{name} (cutout)"), image.layer(name), made)
        assert made.params["settings"]["invert"] is True
    report = json.loads((gimp2.folder / f"{out}-report.json").read_text())
    assert report["ok"] and [line["input"] for line in report["pictures"]] == ["refused", "inner", "photo"]
    assert "there already" in run().lower() and len(fake_worker2.runs) == before + 3


@BOTH
def test_open_pictures(gimp2: Any, fake_worker2: Any, pictures: Path, language: str) -> None:
    out = gimp2.folder / f"open-{language}"
    out.mkdir()
    before = len(fake_worker2.runs)
    if language == SCHEME:
        scheme(gimp2, f'(cutaway-open-images (list "in/cat.jpg" "in/cat.png") "{out.name}")')
    else:
        python(gimp2, "open_images", ["in/cat.jpg", "in/cat.png"], out.name)
    assert sorted(path.name for path in out.iterdir()) == ["cat-1.xcf", "cat-2.xcf", "cutaway-open-images.json"]
    for run, name in zip(fake_worker2.runs[before:], ("cat-1.xcf", "cat-2.xcf"), strict=True):
        new, source = xcf.read(out / name).layers
        batch.judge_layer(new, source, run)
    report = json.loads((out / "cutaway-open-images.json").read_text())
    assert report["ok"] and [line["input"] for line in report["pictures"]] == ["cat.jpg", "cat.png"]


@BOTH
def test_the_report_of_open_pictures_says_why_it_did_not_begin(
        gimp2_editor: Any, short_folder: Path, language: str) -> None:
    made = Gimp2(gimp2_editor, short_folder).prepare()  # without an installation
    batch.make(made.folder / "in")
    if language == SCHEME:
        output = scheme(made, '(cutaway-open-images (list "in/cat.jpg") "." "report-file" "never.json")')
    else:
        output = python(made, "open_images", ["in/cat.jpg"], ".", report_file="never.json")
    assert "Install Cutaway first" in output
    report = json.loads((made.folder / "never.json").read_text())
    assert report["code"] == "not_installed" and not report["ok"] and report["pictures"] == []


def test_a_png_is_as_large_as_its_picture(gimp2: Any, fake_worker2: Any, several: Any) -> None:
    batch.make_smaller(gimp2.folder)
    python(gimp2, "folder", "smaller", "smaller-out", write_png=True)
    batch.judge_smaller(gimp2.folder / "smaller-out")


def test_the_readmes_commands(gimp2: Any, fake_worker2: Any) -> None:
    out = gimp2.folder / "readme-out"
    commands = batch.readme_commands(gimp2, "gimp2", "~/.config/GIMP/2.10", out)
    line, environment = gimp2.line(["sh", "-e", "-c", commands])
    done = sandbox.run(line, environment, gimp2.folder / "readme.log", 120)
    assert done.code == 0, done.output[-2000:]  # which is that of the look into the report
    assert sorted(path.name for path in out.iterdir()) == ["cat.png", "cat.xcf", "cutaway-report.json"]
    assert fake_worker2.runs[-1].params["settings"]["feather"] == 2.0


@pytest.mark.model
def test_a_folder_by_the_real_worker(real_gimp2: Any) -> None:
    """The whole way, judged against the core in this process."""
    (real_gimp2.folder / "in").mkdir()
    shutil.copy2(PHOTO, real_gimp2.folder / "in" / "cat.png")
    output = scheme(real_gimp2, '(cutaway-folder "in" "real" "write-png" TRUE "feather" 2)')
    out = real_gimp2.folder / "real"
    assert batch.said(out)["ok"], output[-2000:]
    judge({"error": "", "path": out / "cat.xcf"}, {"feather": 2.0}, real_gimp2.home, "|u1", "Background")
    batch.judge_png(out / "cat.png", xcf.read(out / "cat.xcf").layer("Background (cutout)"))


def test_a_folder_by_a_python_2(gimp2_editor: Any, short_folder: Path) -> None:
    """The same source by the Python that GIMP's own Python-Fu has."""
    made = Gimp2(gimp2_editor, short_folder, interpreter=python2.needed()).prepare()
    batch.make(made.folder / "in")
    with FakeWorker(made.home) as worker:
        assert "bad.png: GIMP cannot open it" in python(made, "folder", "in", "out", write_png=True)
        batch.judge_folder(made.folder / "out", worker.runs, png=True)
        python(made, "folder", "in", "out", write_png=True)
        assert len(worker.runs) == 3
    assert json.loads((made.folder / "gimp2_examples.json").read_text())["python"] == [2, 7]
    states = {line["input"]: line["state"] for line in batch.said(made.folder / "out")["pictures"]}
    assert states == {"bad.png": "failed", **dict.fromkeys(batch.STEMS, "skipped")}
