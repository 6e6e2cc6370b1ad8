"""A real Krita is quit, or the picture closed, in the middle of a run: no crash, nothing half done, no job left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from . import kra

pytestmark = [pytest.mark.krita, pytest.mark.gui]

UNTOUCHED = [["photo", [], []], ["Background", [], []]]
WITH_RESULT = [["photo (cutout)", ["Cutout mask"], []], *UNTOUCHED]
DEFECTS = ("Traceback", "Segmentation", "KritaCrash", "ASSERT (krita)")


def log(krita: Any) -> str:
    return str((krita.folder / "krita_leaving.log").read_text(encoding="utf-8", errors="replace"))


def jobs(krita: Any) -> list[Path]:
    return list((krita.home / "run" / "jobs").iterdir())


@pytest.fixture(scope="module")
def closed(krita: Any, krita_worker: Any) -> dict[str, Any]:
    before = set(jobs(krita))  # other tests' workers die on purpose and leave theirs
    said = dict(krita.script("krita_leaving", {"case": "closed", "path": str(krita.folder / "closed.kra")}))
    return {**said, "jobs": set(jobs(krita)) - before}


@pytest.mark.parametrize("stage", ["reading", "finding", "putting"])
def test_the_picture_is_closed(closed: Any, krita: Any, stage: str) -> None:
    assert closed[stage]["message"] == "The picture was closed meanwhile; nothing was changed. Open it and try again."
    assert closed[stage]["documents"] == 0, "a scratch document was left open"
    assert kra.read(krita.folder / "closed.kra").tree() == UNTOUCHED
    assert "Traceback" not in log(krita)
    assert not closed["jobs"], "the worker has let go of its jobs"


def quit_during(krita: Any, worker: Any, case: str) -> Path:
    """Runs Krita until it has ended by itself; the picture's file."""
    path = Path(krita.folder / f"quit-{case}.kra")
    path.unlink(missing_ok=True)
    worker.lost.clear()
    with krita.driven("krita_leaving", {"case": case, "path": str(path)}) as process:
        code = process.wait(120)
    said = krita.folder / "krita_leaving.json"
    assert not said.exists(), said.read_text(encoding="utf-8")
    assert code == 0, log(krita)[-2000:]
    assert not [word for word in ("Traceback", "Segmentation") if word in log(krita)], log(krita)[-2000:]
    return path


@pytest.mark.parametrize("case", ["finding", "putting"])
def test_krita_is_quit(krita: Any, krita_worker: Any, case: str) -> None:
    path = quit_during(krita, krita_worker, case)
    assert krita_worker.lost.wait(20), "the worker was not told"
    assert kra.read(path).tree() == UNTOUCHED


def test_krita_asks_whether_to_save_while_the_run_goes_on(krita: Any, krita_worker: Any) -> None:
    (krita.folder / "asked.txt").unlink(missing_ok=True)
    before = len(krita_worker.runs)
    path = quit_during(krita, krita_worker, "asked")
    asked = (krita.folder / "asked.txt").read_text(encoding="utf-8")
    assert "photo (cutout)" in asked, "the run was over when the question was answered"
    image = kra.read(path)
    assert image.tree() == WITH_RESULT
    (run,) = krita_worker.runs[before:]
    np.testing.assert_array_equal(image.layer("Cutout mask").samples(0, 0, 200, 160), run.out_mask)
