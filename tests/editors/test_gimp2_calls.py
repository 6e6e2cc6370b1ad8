"""GIMP 2.10: the procedure as scripts call it, the module that stands for Python-Fu, the same by a Python 2.7."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cutaway_bridge import settings_spec
from tests.gimp2.calls import named_procedures

from . import python2, sandbox, xcf
from .conformance.cases import BY_ID
from .conformance.gimp import Gimp2 as HostGimp2
from .conformance.judge import judge
from .fake_worker import FakeWorker
from .gimp2_session import Gimp2

pytestmark = pytest.mark.gimp2

BY_PYTHON_2 = ("plain", "mask", "rgb-f8-linear", "graya-u2-nonlinear", "in-a-group", "selection-soft", "output-mask",
               "selection-outside", "worker-dies-reading")


def arguments(**values: Any) -> str:
    """All arguments of the procedure, as Script-Fu has them."""
    said = [values.get(row["name"], row["default"]) for row in settings_spec.load()]
    return " ".join({True: "TRUE", False: "FALSE"}[value] if isinstance(value, bool) else json.dumps(value)
                    for value in said)


ARGUMENTS = arguments(holes=7, feather=2.5, invert=True)
SCRIPT = """
(let* ((image (car (gimp-image-new 90 70 RGB)))
       (layer (car (gimp-layer-new image 90 70 RGB-IMAGE "photo" 100 LAYER-MODE-NORMAL))))
  (gimp-image-insert-layer image layer 0 0)
  (gimp-drawable-fill layer FILL-WHITE)
  (let* ((new (car (python-fu-cutaway-remove-background RUN-NONINTERACTIVE image layer {arguments}))))
    (gimp-item-set-name new "from script-fu")
    (python-fu-cutaway-remove-background-again RUN-NONINTERACTIVE image layer)
    (gimp-xcf-save 0 image layer "{path}" "{path}")))
"""


def test_script_fu(gimp2: Any, fake_worker2: Any) -> None:
    path = gimp2.folder / "script-fu.xcf"
    before = len(fake_worker2.runs)
    done = gimp2.scheme(SCRIPT.format(path=path, arguments=ARGUMENTS))
    assert path.exists(), done.output[-3000:]
    assert [layer.name for layer in xcf.read(path).layers] == ["from script-fu", "photo (cutout)", "photo"]
    first, again = fake_worker2.runs[before:]
    said = first.params["settings"]
    assert (said["feather"], said["holes"], said["invert"], said["shift"]) == (2.5, 7, True, 0.0)
    # What a script said is no user's last value.
    assert again.params["settings"]["feather"] == 0.0


def test_an_error_ends_a_script_with_its_sentence(gimp2: Any, fake_worker2: Any) -> None:
    path = gimp2.folder / "never.xcf"
    done = gimp2.scheme(SCRIPT.format(path=path, arguments=ARGUMENTS.replace('"auto"', '"fake-error"')))
    assert "The fake model is not here. Run: cutaway models get fake" in done.output
    assert "Traceback" not in done.output
    assert not path.exists()


def test_without_an_environment_the_user_is_told(gimp2_editor: Any, short_folder: Path) -> None:
    made = Gimp2(gimp2_editor, short_folder).prepare()
    done = made.scheme(SCRIPT.format(path=short_folder / "never.xcf", arguments=ARGUMENTS))
    assert re.search(r"not installed in .*home\. Install Cutaway first", done.output)
    assert not (short_folder / "never.xcf").exists()


def test_every_procedure_that_is_named_exists_with_as_many_arguments(gimp2: Any) -> None:
    names = named_procedures(sandbox.CHECKOUT / "plugin" / "gimp2")
    assert len(names) > 60
    answers = gimp2.script("gimp2_names", sorted(names))
    assert [name for name, said in answers.items() if said is None] == []
    wrong = {}
    for name, counts in names.items():
        params = answers[name]["params"]
        there = len(params) - (bool(params) and params[0][1] == "run-mode")
        if counts - {there}:
            wrong[name] = (sorted(counts), there)
    assert wrong == {}


def test_the_procedures_arguments_are_the_settings(gimp2: Any) -> None:
    names = ["python-fu-cutaway-remove-background", "python-fu-cutaway-remove-background-again"]
    answers = gimp2.script("gimp2_names", names)
    first, again = (answers[name] for name in names)
    assert [said[1] for said in first["params"]] == [
        "run-mode", "image", "drawable", *(row["name"] for row in settings_spec.load())]
    assert [said[1] for said in again["params"]] == ["run-mode", "image", "drawable"]
    assert [said[1] for said in first["return_vals"]] == ["layer"] == [said[1] for said in again["return_vals"]]


def judge_module(said: dict[str, Any]) -> None:
    assert said["image"] == [30, 20, 0]
    assert said["layer"] == ["gr\u00fcn", 12, 9, 4, True, 50.0]
    assert said["layers"] == ["GroupLayer", "Layer"]
    assert said["same"] == [True, False, True, True]
    assert said["none"] == [True] * 3
    assert said["parasite"] == ["one", 1, [0, 1, 255], ["one"], True]
    assert said["offsets"] == [[0, 0], [3, -4]] and said["type of offsets"] == "tuple"
    assert "width" in said["blurb"] and said["query"] == ["gimp-image-width"]
    assert said["mode"] == ["run-mode", 3]
    assert said["color"] == [1.0, 0.0, 0.0, 1.0]
    assert said["data"] == [97, 0, 98]
    assert said["errors"] == {
        "missing data": "error", "bad call": "RuntimeError", "too few": "TypeError", "no such": "AttributeError",
        "not there": "KeyError", "of a plug-in": "ValueError"}
    # Image and layer by name, then what was given, or what was registered.
    image = said["echo"].split("|")[0]
    assert said["echo"] == f"{image}|gr\u00fcn|7|0.25|False|w\u00f6rter|0"
    assert said["echo last"] == f"{image}|gr\u00fcn|3|0.50|True|gr\u00fcn|1"
    assert said["images"] == 0


def test_the_module(gimp2: Any, fake_worker2: Any) -> None:
    judge_module(gimp2.script("gimp2_module"))


def test_all_of_it_by_a_python_2(gimp2_editor: Any, short_folder: Path) -> None:
    """The same source by the Python that GIMP's own Python-Fu has."""
    made = Gimp2(gimp2_editor, short_folder, interpreter=python2.needed()).prepare()
    with FakeWorker(made.home) as worker:
        said = made.script("gimp2_module")
        assert said["python"] == [2, 7]
        judge_module(said)
        host = HostGimp2(made, worker)
        scenes = host.scenes([BY_ID[name] for name in BY_PYTHON_2])
        outcomes = host.outcomes(scenes)
        for scene in scenes:
            judge(host, scene, outcomes[scene.case.id])
