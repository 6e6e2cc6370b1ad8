"""Many scenes in one process of an editor, and a new process now and then: one that hangs takes few with it."""

from __future__ import annotations

import subprocess
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ..fake_worker import FakeWorker
from . import acts
from .cases import BY_ID
from .document import Document
from .host import Outcome
from .scene import Scene

FILES = ("before", "after", "again", "undone", "redone")
Reader = Callable[[Path, str], Document]


def in_parts(
    editor: Any, worker: FakeWorker, script: str, scenes: list[Scene], limit_s: float, reader: Reader,
    at_once: int, reorder: Callable[[np.ndarray], np.ndarray] = lambda pixels: pixels,
) -> dict[str, Outcome]:
    """Runs the editor's ``script`` (see inside/conform_drive.py) on the scenes, ``at_once`` of them in one process; by
    the case's id. The scenes' description is handed over in an environment variable, which has 128 KiB.

    ``reader(path, id)`` reads what the editor has saved. ``reorder``: see Scene.written.
    """
    found: dict[str, Outcome] = {}
    act = editor.folder / acts.FILE
    for start in range(0, len(scenes), at_once):
        part = scenes[start:start + at_once]
        before = len(worker.runs)
        worker.hook = acts.Acts(act)
        try:
            given = {"scenes": [scene.written(editor.folder / "conform", reorder) for scene in part], "act": str(act)}
            answers = editor.script(script, given, limit_s)
        except (AssertionError, TimeoutError, subprocess.TimeoutExpired):
            found |= {scene.case.id: Outcome(broke=traceback.format_exc()) for scene in part}
        else:
            found |= collected(answers, worker.runs[before:], reader)
        finally:
            worker.hook = None
            del worker.runs[before:]  # the big ones take much memory
    return found


def collected(answers: dict[str, Any], runs: list[Any], reader: Reader) -> dict[str, Outcome]:
    """The script's answers with the files that they name read, and each with its last run of the worker."""
    by_case = {run.params["settings"]["model"]: run for run in runs}
    found = {}
    for name, said in answers.items():
        out = Outcome(said.get("error", ""), broke=said.get("broke", ""), left=said.get("left", 0), more=said)
        for part in FILES:
            if part in said and Path(said[part]).exists():
                try:
                    setattr(out, part, reader(Path(said[part]), name))
                except (AssertionError, ValueError, KeyError):
                    out.broke += traceback.format_exc()  # of this case; the others are judged
                if BY_ID[name].big:
                    Path(said[part]).unlink()  # some hundred megabytes
        if "mask" in said:
            out.mask = Path(said["mask"]).read_bytes()
        out.run = by_case.get(name)
        found[name] = out
    return found
