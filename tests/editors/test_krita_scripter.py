"""The manual's script, pasted into the real Krita's Scripter."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway_bridge import settings_spec

from . import kra, sandbox

pytestmark = [pytest.mark.krita, pytest.mark.gui]

MANUAL = sandbox.CHECKOUT / "plugin" / "krita" / "manual.html"
PHOTO = sandbox.CHECKOUT / "tests" / "pictures" / "cat.png"
MASK = [["Cutout mask", True, []]]
ERRORS = """\
from cutaway import CutawayError, remove_background
for settings in ({"feather": 9999}, {"no_such": 1}, {"model": "fake-error"}):
    try:
        remove_background(**settings)
    except CutawayError as error:
        print(error.code, "-", error.text())
"""
CANCELLED = """\
from cutaway import CutawayError, remove_background
try:
    remove_background(model="fake-pause")
except CutawayError as error:
    print("said:", error.code)
"""
DOCUMENTS = """\
from cutaway import remove_background_from_all_documents
for line in remove_background_from_all_documents(clean=0):
    print(line["state"], line["message"])
"""
BATCH = """\
import cutaway_batch
for words in (["PHOTO", "--output", "FOLDER", "--shift", "-2"], ["PHOTO", "--output", "FOLDER"], ["--no-such"]):
    print("code:", cutaway_batch.main(words))
"""


def snippet(name: str = "scripter") -> str:
    (text,) = re.findall(rf'<pre id="{name}">(.*?)</pre>', MANUAL.read_text(encoding="utf-8"), re.DOTALL)
    return html.unescape(text.strip("\n")) + "\n"


@pytest.fixture(scope="module")
def done(krita: Any, krita_worker: Any) -> tuple[Any, list[Any]]:
    before = len(krita_worker.runs)
    both = f'["{krita.folder / "selected.kra"}", "{PHOTO}"]'
    files = snippet("files").replace('["IN"]', both).replace("FOLDER", str(krita.folder / "files"))
    stopped = snippet("files").replace('["IN"]', both).replace("FOLDER", str(krita.folder / "stopped")).replace(
        "feather=1.5", 'model="fake-pause"')
    batch = BATCH.replace("PHOTO", str(PHOTO)).replace("FOLDER", str(krita.folder / "batch"))
    scripts = [ERRORS, CANCELLED, snippet(), DOCUMENTS, files, stopped, batch]
    answer = krita.script("krita_scripter", {"scripts": scripts, "cancelled": [1, 5]}, limit_s=200)
    return answer, krita_worker.runs[before:]


def report(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "cutaway-report.json").read_text(encoding="utf-8")))


def test_the_manuals_script_does_what_it_says(done: Any) -> None:
    answer, _ = done
    said = answer["runs"][2]
    assert "photo (cutout)" in said["output"] and "Error" not in said["output"], said["output"]
    assert re.findall(r"^(.+?): (done|failed|skipped)", said["output"], re.MULTILINE) == [
        ("photo (cutout)", "skipped"), ("photo", "skipped"), ("second", "done"), ("Background", "done")], said["output"]
    assert said["tree"] == [
        ["Background", False, []], ["Background (cutout)", True, MASK],
        ["second", False, []], ["second (cutout)", True, MASK],
        ["photo", False, []], ["photo (cutout)", True, MASK]]
    assert said["message"] == "", "a script is told by what it gets back, not by a message"


def test_settings_are_the_scripts_own(done: Any) -> None:
    _, runs = done
    given = [run.params["settings"] for run in runs]
    used = [settings for settings in given if not settings["model"].startswith("fake")]
    feathered, shifted, more = ({**settings_spec.defaults(), **one} for one in (
        {"feather": 1.5}, {"shift": -1}, {"shift": -2}))
    assert used == [feathered, shifted, shifted, feathered, feathered, more], "not the dialog's last values"


def test_one_window_takes_cancel_and_all_else_waits(done: Any) -> None:
    answer, _ = done
    for said in answer["runs"][1:3]:
        assert said["modal"] and all(said["modal"])


def test_errors_come_as_exceptions_and_leave_nothing(done: Any) -> None:
    answer, _ = done
    lines = [line for line in answer["runs"][0]["output"].splitlines() if " - " in line]
    assert [line.split(" - ")[0] for line in lines] == ["settings_invalid", "settings_invalid", "model_missing"]
    assert lines[2].endswith("The fake model is not here. Run: cutaway models get fake")
    assert "said: cancelled" in answer["runs"][1]["output"]
    assert all(name in ("Background", "second", "photo") for name, _, _ in answer["runs"][1]["tree"])


def test_all_documents_by_a_script(done: Any) -> None:
    answer, _ = done
    assert "skipped It has been cut out already." in answer["runs"][3]["output"]


def test_files_into_a_folder_by_the_manuals_other_script(done: Any, krita: Any) -> None:
    """A saved selection and a filter layer lie above the layer of the first."""
    answer, runs = done
    folder, said = krita.folder / "files", answer["runs"][4]
    assert "selectionmask" in answer["selected"] and answer["selected"][-2:] != ["paintlayer", "paintlayer"]
    assert said["output"].count("\ndone ") == 2, said["output"]
    assert {path.name for path in folder.iterdir()} == {
        "selected.kra", "selected.png", "cat.kra", "cat.png", "cutaway-report.json"}
    assert report(folder)["ok"] and report(folder)["settings"]["feather"] == 1.5
    sent = [run for run in runs if run.params["settings"]["feather"] == 1.5][1]
    assert sent.selection is not None
    (mask,) = kra.read(folder / "selected.kra").layer("photo (cutout)").masks
    np.testing.assert_array_equal(mask.samples(0, 0, 150, 140), sent.out_mask)
    assert said["modal"] and all(said["modal"]) and said["message"] == ""


def test_a_cancelled_file_is_closed_and_leaves_nothing(done: Any, krita: Any) -> None:
    answer, _ = done
    assert [path.name for path in (krita.folder / "stopped").iterdir()] == ["cutaway-report.json"]
    said = report(krita.folder / "stopped")
    assert said["code"] == "cancelled" and said["pictures"] == [] and not said["finished"]
    assert "done" not in answer["runs"][5]["output"] and "Not done" not in answer["runs"][5]["output"]


def test_the_batch_in_scripter_leaves_krita_running_and_returns_its_code(done: Any, krita: Any) -> None:
    answer, _ = done
    output = answer["runs"][6]["output"]
    assert re.findall(r"^code: (\d)$", output, re.MULTILINE) == ["0", "1", "2"], output
    assert "1 done, 0 failed; report:" in output and "cat.kra is there already" in output and "usage:" in output
    assert {path.name for path in (krita.folder / "batch").iterdir()} == {"cat.kra", "cutaway-report.json"}


def test_files_are_closed_and_the_pictures_of_the_user_are_as_they_were(done: Any) -> None:
    answer, _ = done
    assert {said["documents"] for said in answer["runs"]} == {1}
    assert not any(said["quiet"] for said in answer["runs"]), "Krita asks again"
    assert all(said["tree"] == answer["runs"][3]["tree"] for said in answer["runs"][4:])


def test_undo_takes_the_last_one_and_shows_its_source(done: Any) -> None:
    answer, _ = done
    assert answer["undone"][0] == ["Background", True, []] and len(answer["undone"]) == 5
