"""The procedure as scripts call it, and GIMP's own feather as our oracle."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cutaway.mask.feather import feather

from . import profile, session, xcf

pytestmark = pytest.mark.gimp3

SCRIPT = """
(let* ((image (car (gimp-image-new 90 70 RGB)))
       (layer (car (gimp-layer-new image "photo" 90 70 RGB-IMAGE 100 LAYER-MODE-NORMAL))))
  (gimp-image-insert-layer image layer 0 0)
  (gimp-drawable-fill layer FILL-WHITE)
  (let* ((new (car (cutaway-remove-background #:run-mode RUN-NONINTERACTIVE #:image image #:drawables (vector layer)
                                              #:feather 2.5 #:holes 7 #:invert TRUE #:model "auto" #:output "layer"))))
    (gimp-item-set-name new "from script-fu")
    (cutaway-remove-background-again RUN-NONINTERACTIVE image (vector layer))
    (gimp-file-save RUN-NONINTERACTIVE image "{path}" -1)))
"""


def test_script_fu(gimp: Any, fake_worker: Any) -> None:
    path = gimp.folder / "script-fu.xcf"
    before = len(fake_worker.runs)
    done = gimp.batch("plug-in-script-fu-eval", SCRIPT.format(path=path).replace("\n", " "))
    assert done.code == 0 and path.exists(), done.output[-3000:]
    assert [layer.name for layer in xcf.read(path).layers] == ["from script-fu", "photo (cutout)", "photo"]
    first, again = fake_worker.runs[before:]
    said = first.params["settings"]
    assert (said["feather"], said["holes"], said["invert"], said["shift"]) == (2.5, 7, True, 0.0)
    # What a script said is no user's last value.
    assert again.params["settings"]["feather"] == 0.0


def test_an_error_ends_a_script_with_a_code(gimp: Any, fake_worker: Any) -> None:
    script = SCRIPT.format(path=gimp.folder / "never.xcf").replace('"auto"', '"fake-error"').replace("\n", " ")
    done = gimp.batch("plug-in-script-fu-eval", script)
    assert done.code != 0
    assert "The fake model is not here. Run: cutaway models get fake" in done.output
    assert not (gimp.folder / "never.xcf").exists()


def test_a_value_out_of_range_is_refused_by_gimp_itself(gimp: Any, fake_worker: Any) -> None:
    before = len(fake_worker.runs)
    script = SCRIPT.format(path=gimp.folder / "never.xcf").replace("#:feather 2.5", "#:feather 9999").replace("\n", " ")
    assert gimp.batch("plug-in-script-fu-eval", script).code != 0
    assert len(fake_worker.runs) == before


def test_without_an_environment_the_user_is_told(gimp_editor: Any, short_folder: Path) -> None:
    made = session.Gimp(gimp_editor, short_folder)
    profile.make(made.profile)
    profile.install_adapter(made.profile, short_folder / "nowhere")
    done = made.batch("plug-in-script-fu-eval", SCRIPT.format(path=short_folder / "never.xcf").replace("\n", " "))
    assert done.code != 0
    assert re.search(r"not installed in .*nowhere\. Install Cutaway first", done.output)
    assert not re.search(r"\(cutaway\.py:\d+\): \S+-(CRITICAL|ERROR)", done.output)


BOXES = {"box": [[60, 50, 80, 60]], "bars": [[50, 50, 4, 70], [62, 50, 9, 70], [90, 60, 1, 1]]}


# GEGL blurs by the sampled Gaussian up to a standard deviation of 1 (a radius of 3.5). Above it uses a recursive filter
# (gegl:gaussian-blur, filter "auto"), whose own result is up to 0.07 beside the Gaussian's.
RADII = {2.0: 1 / 255, 3.0: 1 / 255, 5.0: 0.07, 17.5: 0.05, 40.0: 0.05}


def test_feather_is_gimps_feather(gimp: Any) -> None:
    """Hard edges away from the image's border: as near as GIMP is to the Gaussian that it asks for."""
    width, height = 240, 210
    cases = {
        f"{name}-{radius}": {"boxes": boxes, "radius": radius} for name, boxes in BOXES.items() for radius in RADII}
    gimp.script("feathered", {"width": width, "height": height, "cases": cases})
    for name, case in cases.items():
        theirs = np.fromfile(gimp.folder / f"{name}.raw", "<f4").reshape(height, width)
        hard = np.zeros((height, width), np.float32)
        for x, y, wide, high in case["boxes"]:
            hard[y:y + high, x:x + wide] = 1.0
        assert ((theirs > 0.02) & (theirs < 0.98)).any(), name
        assert np.abs(feather(hard, case["radius"]) - theirs).max() <= RADII[case["radius"]], name
        # And no other radius is clearly nearer: the scale is GIMP's.
        misses = {factor: float(np.square(feather(hard, case["radius"] * factor) - theirs).sum())
                  for factor in (0.8, 0.9, 1.0, 1.1, 1.25)}
        assert min(misses, key=misses.__getitem__) in (1.0, 1.1), (name, misses)
