"""The real kritarunner: the report in every case, exit codes, and the two names that the batch goes by."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from . import kra, sandbox

pytestmark = [pytest.mark.krita, pytest.mark.gui]

PHOTO = sandbox.CHECKOUT / "tests" / "pictures" / "cat.png"


def run(krita: Any, *words: str, module: str = "cutaway_batch") -> Any:
    return krita.runner(["-s", module, "-f", "main", "--", *words])


def report(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("module", ["cutaway_batch", "cutaway.batch"])
def test_by_both_names(krita: Any, krita_worker: Any, module: str) -> None:
    folder = krita.folder / module
    done = run(krita, str(PHOTO), "--output", str(folder), "--feather", "1.5", module=module)
    assert done.code == 0, done.output
    said = report(folder / "cutaway-report.json")
    assert said["finished"] and said["ok"] and said["code"] == "" and said["settings"]["feather"] == 1.5
    (line,) = said["pictures"]
    assert line["state"] == "done" and line["input"] == str(PHOTO) and line["seconds"] > 0
    sent = krita_worker.runs[-1]
    assert sent.params["settings"]["feather"] == 1.5
    image = kra.read(Path(line["outputs"][0]))
    np.testing.assert_array_equal(image.layer("Cutout mask").samples(0, 0, image.width, image.height), sent.out_mask)


def test_a_setting_out_of_range_is_in_the_report_and_code_2(krita: Any, krita_worker: Any) -> None:
    folder, path = krita.folder / "range", krita.folder / "reports" / "mine.json"
    path.parent.mkdir()
    done = run(krita, str(PHOTO), "--output", str(folder), "--feather", "9999", "--report", str(path))
    assert done.code == 2 and "feather cannot be 9999" in done.output
    said = report(path)
    assert said["code"] == "settings_invalid" and "feather cannot be 9999" in said["message"]
    assert not said["finished"] and said["pictures"] == [] and not list(folder.iterdir())


def test_where_cutaway_is_not_installed_the_report_says_so(krita: Any, krita_worker: Any) -> None:
    record = krita.home / "installed.json"
    kept = record.read_bytes()
    record.unlink()
    try:
        folder = krita.folder / "absent"
        done = run(krita, str(PHOTO), "--output", str(folder))
    finally:
        record.write_bytes(kept)
    assert done.code == 1
    said = report(folder / "cutaway-report.json")
    assert said["code"] == "not_installed" and said["message"] and not said["finished"]


def test_no_picture_is_replaced_and_nothing_half_made_is_left(krita: Any, krita_worker: Any) -> None:
    folder = krita.folder / "own"
    folder.mkdir()
    shutil.copy(PHOTO, folder / "a.png")
    assert run(krita, str(folder / "a.png"), "--output", str(folder)).code == 0
    (folder / "b.png").write_bytes(PHOTO.read_bytes())
    (folder / "b_cutout.kra").write_bytes(b"older")
    (folder / ".cutaway-part-b_cutout.png").mkdir()  # so that Krita cannot save there
    before = {name: (folder / name).read_bytes() for name in ("a.png", "a.kra", "b.png", "b_cutout.kra")}
    pictures = [str(folder / name) for name in ("a.png", "a.kra", "b.png")]
    done = run(krita, *pictures, "--output", str(folder), "--png", "--overwrite")
    assert done.code == 1, done.output
    first, second, third = report(folder / "cutaway-report.json")["pictures"]
    assert [[Path(path).name for path in line["outputs"]] for line in (first, second)] == [
        ["a_cutout.kra", "a_cutout.png"], ["a_cutout-kra.kra", "a_cutout-kra.png"]]
    assert third["code"] == "target_not_writable" and not (folder / "b_cutout.png").exists(), third
    assert {name: (folder / name).read_bytes() for name in before} == before
    assert kra.read(folder / "a_cutout.kra").layer("Cutout mask")


def test_the_help_names_every_option(krita: Any) -> None:
    done = run(krita, "--help")
    assert done.code == 0 and "--report FILE" in done.output and "100 %" in done.output


def test_kritarunners_own_exit_code_says_nothing(krita: Any) -> None:
    """What the manual warns of: without the script there is no report, but the exit code is 0."""
    folder = krita.folder / "nothing"
    done = run(krita, str(PHOTO), "--output", str(folder), module="no_such_script")
    assert done.code == 0 and not folder.exists()
