"""The manual's script, pasted into the real Krita's Scripter."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from cutaway_bridge import settings_spec

from . import sandbox

pytestmark = [pytest.mark.krita, pytest.mark.gui]

MANUAL = sandbox.CHECKOUT / "plugin" / "krita" / "manual.html"
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


def snippet() -> str:
    (text,) = re.findall(r'<pre id="scripter">(.*?)</pre>', MANUAL.read_text(encoding="utf-8"), re.DOTALL)
    return html.unescape(text.strip("\n")) + "\n"


@pytest.fixture(scope="module")
def done(krita: Any, krita_worker: Any) -> tuple[Any, list[Any]]:
    before = len(krita_worker.runs)
    answer = krita.script(
        "krita_scripter", {"scripts": [ERRORS, CANCELLED, snippet(), DOCUMENTS], "cancelled": 1}, limit_s=200)
    return answer, krita_worker.runs[before:]


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
    used = [run.params["settings"] for run in runs]
    assert used[-3] == dict(settings_spec.defaults(), feather=1.5), "not the dialog's last values"
    assert used[-2] == used[-1] == dict(settings_spec.defaults(), shift=-1)


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


def test_undo_takes_the_last_one_and_shows_its_source(done: Any) -> None:
    answer, _ = done
    assert answer["undone"][0] == ["Background", True, []] and len(answer["undone"]) == 5
