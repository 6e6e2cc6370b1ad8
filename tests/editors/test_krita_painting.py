"""The user's brush on the new mask in a real Krita: it edits the mask, and the mask only."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from . import kra

pytestmark = [pytest.mark.krita, pytest.mark.gui]

FRAME = (0, 0, 400, 300)


def stroke(screen: Any, x: int, y: int) -> None:
    """With white, from the left to the right through the middle of the canvas."""
    screen.tell("mousemove", str(x), str(y))
    time.sleep(0.3)
    screen.key("d")  # black and white
    time.sleep(0.3)
    screen.key("x")  # exchanged
    time.sleep(0.3)
    screen.tell("mousemove", str(x - 60), str(y))
    time.sleep(0.2)
    screen.tell("mousedown", "1")
    for across in range(x - 60, x + 61, 6):
        screen.tell("mousemove", str(across), str(y))
        time.sleep(0.02)
    screen.tell("mouseup", "1")
    time.sleep(1.0)


@pytest.fixture(scope="module")
def done(krita: Any, krita_worker: Any, krita_screen: Any, shots: Path) -> tuple[dict[str, Any], Any]:
    canvas = krita.folder / "canvas.json"
    for name in ("canvas.json", "painted"):
        (krita.folder / name).unlink(missing_ok=True)
    with krita.driven("krita_painting") as process:
        krita_screen.wait(canvas.exists, 90, "the canvas")
        stroke(krita_screen, *json.loads(canvas.read_text(encoding="utf-8")))
        krita_screen.shoot(shots / "krita-painting.png")
        (krita.folder / "painted").touch()
        process.wait(60)
    return krita.answer("krita_painting"), krita_worker.runs[-1]


def test_a_stroke_edits_the_mask(done: Any) -> None:
    answer, run = done
    painted = kra.read(Path(answer["painted"])).layer("Cutout mask").samples(*FRAME).astype(int)
    before = run.out_mask.astype(int)
    changed = painted != before
    assert changed.sum() > 500, "nothing was painted"
    assert (painted[changed] > before[changed]).all(), "white shows more"
    assert (painted[changed] > 200).any()
    rows, columns = np.nonzero(changed)
    assert columns.max() - columns.min() > 60, "it is a stroke, not a dot"
    assert rows.max() - rows.min() < 200 and answer["active"] == "Cutout mask"


def test_nothing_else_is_touched_and_undo_takes_the_stroke_only(done: Any) -> None:
    answer, run = done
    painted, undone = (kra.read(Path(answer[name])) for name in ("painted", "undone"))
    for name in ("photo", "photo (cutout)", "Background"):
        np.testing.assert_array_equal(painted.layer(name).samples(*FRAME), undone.layer(name).samples(*FRAME))
    np.testing.assert_array_equal(undone.layer("Cutout mask").samples(*FRAME), run.out_mask)
    assert answer["tree"][-1] == ["photo (cutout)", True, [["Cutout mask", True, []]]]
