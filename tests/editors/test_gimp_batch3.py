"""GIMP 3: every layer, every open image, a folder of pictures; and the examples, run as their first lines say."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway_bridge import settings_spec

from . import batch, sandbox, xcf
from .test_gimp3_real import PHOTO, judge

pytestmark = pytest.mark.gimp3

SETTINGS = [row["name"] for row in settings_spec.load()]
SCRIPT_FU, PYTHON_FU = "plug-in-script-fu-eval", "python-fu-eval"
FAILS = {SCRIPT_FU: 70, PYTHON_FU: 64}
"""GIMP's exit code where a script of that language ends with an error."""

EXAMPLES = {
    "folder": {SCRIPT_FU: '(cutaway-folder "in" "{out}" #:write-png TRUE #:feather 2)',
               PYTHON_FU: "cutaway.folder('in', '{out}', write_png=True, feather=2)"},
    "smaller": {PYTHON_FU: "cutaway.folder('smaller', '{out}', write_png=True)"},
    "unknown": {SCRIPT_FU: '(cutaway-folder "in" "{out}" #:fether 2)',
                PYTHON_FU: "cutaway.folder('in', '{out}', fether=2)"},
    "layers": {SCRIPT_FU: '(cutaway-every-layer "layers-before.xcf" "{out}.xcf" #:invert TRUE)',
               PYTHON_FU: "cutaway.every_layer('layers-before.xcf', '{out}.xcf', invert=True)"},
    "open": {SCRIPT_FU: '(cutaway-open-images "{out}")', PYTHON_FU: "cutaway.open_images('{out}')"},
    "elsewhere": {SCRIPT_FU: '(cutaway-open-images "{out}" #:report-file "{out}.json")',
                  PYTHON_FU: "cutaway.open_images('{out}', report_file='{out}.json')"},
}
BOTH = pytest.mark.parametrize("language", [SCRIPT_FU, PYTHON_FU])


def example(gimp: Any, language: str, name: str, out: str, files: tuple[str, ...] = ()) -> sandbox.Finished:
    """Runs an example from where the installer puts it, in the tests' folder."""
    examples = gimp.profile / "plug-ins" / "cutaway" / "examples"
    call = EXAMPLES[name][language].format(out=out)
    if language == SCRIPT_FU:
        code = f'(begin (load "{examples}/cutaway-examples.scm") {call})'
    else:
        code = f"import sys; sys.path.insert(0, '{examples}'); import cutaway_examples as cutaway; {call}"
    line, environment = gimp.line(
        [gimp.editor.console, "-i", "-d", *files, "--batch-interpreter", language, "-b", code, "--quit"])
    line = ["env", "-C", str(gimp.folder), *line] if "--chdir" not in line else in_folder(line, gimp.folder)
    return sandbox.run(line, environment, gimp.folder / "example.log", 120)


def in_folder(line: list[str], folder: Path) -> list[str]:
    place = line.index("--chdir") + 1
    return [*line[:place], str(folder), *line[place + 1:]]


@pytest.fixture(scope="module")
def several(gimp: Any, fake_worker: Any) -> Iterator[dict[str, Any]]:
    before = len(fake_worker.runs)
    fake_worker.hook = batch.refuse_height(fake_worker, 13)
    try:
        answers = gimp.script("several")
    finally:
        fake_worker.hook = None
    answers["runs"] = fake_worker.runs[before:]
    yield answers


@pytest.fixture(scope="module")
def pictures(gimp: Any) -> Path:
    batch.make(gimp.folder / "in")
    return gimp.folder / "in"


def test_the_procedures_arguments_are_the_settings(several: Any) -> None:
    layers, images, folder = several["arguments"].values()
    assert layers == ["run-mode", "image", "drawables", "report-file", *SETTINGS]
    assert images == ["run-mode", "report-file", *SETTINGS]
    assert folder == ["input-folder", "output-folder", "write-xcf", "write-png", "all-layers", "overwrite",
                      "report-file", *SETTINGS]


def test_every_layer_and_one_that_cannot_be_done(gimp: Any, several: Any) -> None:
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
    image = xcf.read(gimp.folder / "layers.xcf")
    first, second = several["runs"][:2]
    batch.judge_layer(image.layer("inner (cutout)"), image.layer("inner"), first)
    batch.judge_layer(image.layer("photo (cutout)"), image.layer("photo"), second)
    assert first.params["settings"]["feather"] == 2.0


def test_what_is_done_is_left(several: Any) -> None:
    assert several["again"]["state"] == several["layers"]["state"]
    # Nothing was done, and one layer cannot be.
    assert "0 of 5 layers done, 4 skipped, 1 failed" in several["again"]["error"]
    assert "refused: " in several["again"]["error"]


def test_masks_on_the_layers_themselves(gimp: Any, several: Any) -> None:
    said = several["mask"]
    assert said["counts"] == [2, 0, 1] and said["state"]["selected"] == ["inner"]
    image = xcf.read(gimp.folder / "masks.xcf")
    assert [layer.name for layer in image.layers if layer.mask] == ["inner", "photo"]
    for name, run in zip(("inner", "photo"), several["runs"][2:4], strict=True):
        np.testing.assert_array_equal(batch.samples(image.layer(name).mask)[..., 0], run.out_mask)
    assert json.loads((gimp.folder / "mask.json").read_text())["failed"] == 1


def test_every_open_image_and_one_that_cannot_be_done(gimp: Any, several: Any) -> None:
    said = several["open"]
    assert said["counts"] == [2, 0, 1]
    first, two, single = said["states"]
    assert first["tree"] == [["above", None], ["below (cutout)", None], ["below", None]]
    assert two["tree"] == [["above", None], ["below", None]] and two["visible"] == {"above": True, "below": True}
    assert single["tree"] == [["only (cutout)", None], ["only", None]]
    failed = said["report"]["pictures"][1]
    assert "2 layers are selected" in failed["message"] and failed["outputs"] == []
    assert json.loads((gimp.folder / "open.json").read_text()) == said["report"]
    assert "0 of 3 images done, 2 skipped, 1 failed" in several["open again"]["error"]


def test_without_an_image_there_is_nothing_to_do(several: Any) -> None:
    assert several["none"]["counts"] == [0, 0, 0] and several["none"]["report"]["ok"]


@BOTH
def test_a_folder(gimp: Any, fake_worker: Any, pictures: Path, language: str) -> None:
    out = gimp.folder / f"folder-{language}"
    before = len(fake_worker.runs)
    done = example(gimp, language, "folder", out.name)
    assert done.code == FAILS[language], done.output[-2000:]  # one picture is broken
    report = batch.said(out)
    assert {line["input"]: line["state"] for line in report["pictures"]} == {
        "bad.png": "failed", **dict.fromkeys(batch.STEMS, "done")}
    assert report["finished"] and not report["ok"] and report["ignored"] == ["notes.txt"]
    assert report["settings"]["feather"] == 2.0
    runs = fake_worker.runs[before:]
    batch.judge_folder(out, runs, png=True)
    assert {path.name for path in out.iterdir()} == {
        "cutaway-report.json", *(stem + end for stem in batch.STEMS.values() for end in (".xcf", ".png"))}

    # The broken one is mended, one result is painted on, another one deleted; the same again.
    bad = pictures / "bad.png"
    kept = bad.read_bytes()
    (out / "cat.xcf").write_bytes(b"painted on")
    (out / "cat-png.png").unlink()
    try:
        bad.write_bytes((pictures / "cat.png").read_bytes())
        done = example(gimp, language, "folder", out.name)
        assert done.code == 0, done.output[-2000:]
    finally:
        bad.write_bytes(kept)
    lines = {line["input"]: line for line in batch.said(out)["pictures"]}
    assert {name: line["state"] for name, line in lines.items()} == {
        "bad.png": "done", "cat.jpg": "skipped", "cat.png": "done", "türned.jpg": "skipped"}
    assert lines["cat.png"]["outputs"] == ["cat-png.png"] and batch.said(out)["ok"]
    assert (out / "cat.xcf").read_bytes() == b"painted on"
    assert len(fake_worker.runs) == before + 5


def test_a_png_is_as_large_as_its_picture(gimp: Any, fake_worker: Any, several: Any) -> None:
    batch.make_smaller(gimp.folder)
    done = example(gimp, PYTHON_FU, "smaller", "smaller-out")
    assert done.code == 0, done.output[-2000:]
    batch.judge_smaller(gimp.folder / "smaller-out")


@BOTH
def test_an_unknown_setting_ends_the_script(gimp: Any, fake_worker: Any, pictures: Path, language: str) -> None:
    done = example(gimp, language, "unknown", f"unknown-{language}")
    assert done.code == FAILS[language] and "fether" in done.output
    assert not (gimp.folder / f"unknown-{language}").exists()


@BOTH
def test_every_layer_of_a_picture(gimp: Any, fake_worker: Any, several: Any, language: str) -> None:
    out = f"layers-{language}"
    before = len(fake_worker.runs)
    done = example(gimp, language, "layers", out)
    assert done.code == 0, done.output[-2000:]
    image = xcf.read(gimp.folder / f"{out}.xcf")
    names = ("refused", "inner", "photo")
    for name, run in zip(names, fake_worker.runs[before:], strict=True):
        batch.judge_layer(image.layer(f"{name} (cutout)"), image.layer(name), run)
        assert run.params["settings"]["invert"] is True
    report = json.loads((gimp.folder / f"{out}.xcf-report.json").read_text())
    assert report["ok"] and [line["outputs"] for line in report["pictures"]] == [[f"{name} (cutout)"] for name in names]
    done = example(gimp, language, "layers", out)
    assert done.code == FAILS[language] and "there already" in done.output.lower()
    assert len(fake_worker.runs) == before + 3


@BOTH
def test_open_pictures(gimp: Any, fake_worker: Any, pictures: Path, language: str) -> None:
    out = gimp.folder / f"open-{language}"
    out.mkdir()
    before = len(fake_worker.runs)
    done = example(gimp, language, "open", out.name, ("in/cat.jpg", "in/cat.png"))
    assert done.code == 0, done.output[-2000:]
    assert sorted(path.name for path in out.iterdir()) == ["cat-1.xcf", "cat-2.xcf", "cutaway-open-images.json"]
    for run, name in zip(fake_worker.runs[before:], ("cat-1.xcf", "cat-2.xcf"), strict=True):
        new, source = xcf.read(out / name).layers
        batch.judge_layer(new, source, run)
    report = json.loads((out / "cutaway-open-images.json").read_text())
    assert report["ok"] and [line["input"] for line in report["pictures"]] == ["cat.jpg", "cat.png"]


def test_the_readmes_commands(gimp: Any, fake_worker: Any) -> None:
    """Script-Fu does it, and Python-Fu then finds it done."""
    out = gimp.folder / "readme-out"
    commands = batch.readme_commands(gimp, "gimp3", "~/.config/GIMP/3.0", out)
    line, environment = gimp.line(["sh", "-e", "-c", commands])
    done = sandbox.run(line, environment, gimp.folder / "readme.log", 120)
    assert done.code == 0, done.output[-2000:]
    assert sorted(path.name for path in out.iterdir()) == ["cat.png", "cat.xcf", "cutaway-report.json"]
    assert batch.said(out)["skipped"] == 1 and fake_worker.runs[-1].params["settings"]["feather"] == 2.0


@pytest.mark.model
def test_a_folder_by_the_real_worker(real_gimp: Any) -> None:
    """The whole way, judged against the core in this process."""
    (real_gimp.folder / "in").mkdir()
    shutil.copy2(PHOTO, real_gimp.folder / "in" / "cat.png")
    done = example(real_gimp, SCRIPT_FU, "folder", "real")
    assert done.code == 0, done.output[-2000:]
    out = real_gimp.folder / "real"
    judge({"error": "", "path": out / "cat.xcf"}, {"feather": 2.0}, real_gimp.home, "|u1", "Background")
    batch.judge_png(out / "cat.png", xcf.read(out / "cat.xcf").layer("Background (cutout)"))


@pytest.fixture
def gone(gimp: Any) -> Iterator[None]:
    """As in an editor whose installation has gone; the fake worker does not run here."""
    home = gimp.profile / "plug-ins" / "cutaway" / "cutaway-home.json"
    kept = home.read_bytes()
    home.write_text(json.dumps({"home": str(gimp.folder / "gone")}))
    try:
        yield
    finally:
        home.write_bytes(kept)


@BOTH
def test_the_report_of_open_pictures_says_why_it_did_not_begin(
        gimp: Any, gone: None, pictures: Path, language: str) -> None:
    done = example(gimp, language, "elsewhere", f"never-{language}", ("in/cat.jpg",))
    assert done.code == FAILS[language] and "Install Cutaway first" in done.output
    report = json.loads((gimp.folder / f"never-{language}.json").read_text())
    assert report["code"] == "not_installed" and not report["ok"] and report["pictures"] == []


def test_no_worker_no_picture_and_the_report_says_why(gimp: Any, gone: None, pictures: Path) -> None:
    done = example(gimp, SCRIPT_FU, "folder", "nothing")
    assert done.code == FAILS[SCRIPT_FU] and "Install Cutaway first" in done.output
    report = batch.said(gimp.folder / "nothing")
    assert report["code"] == "not_installed" and "Install Cutaway first" in report["message"]
    assert [path.name for path in (gimp.folder / "nothing").iterdir()] == ["cutaway-report.json"]
