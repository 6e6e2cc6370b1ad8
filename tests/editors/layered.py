"""The script about layers inside a GIMP, and what its pictures are read with."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from . import session, xcf
from .fake_worker import FakeWorker
from .sandbox import CHECKOUT


def cases(gimp: session.Gimp, worker: FakeWorker, name: str) -> dict[str, SimpleNamespace]:
    """Runs the script of that name; every case by its name, with the worker's run in ``run``."""
    before = len(worker.runs)
    answers = gimp.script(name, {"photo": str(CHECKOUT / "tests" / "pictures" / "cat.png")})
    runs = worker.runs[before:]
    del runs[list(answers).index("same_name_twice")]  # the first of its two
    assert len(runs) == len(answers)
    return {name: SimpleNamespace(**answers[name], run=run) for name, run in zip(answers, runs, strict=True)}


def saved(case: Any) -> xcf.Xcf:
    assert case.error == ""
    return xcf.read(Path(case.path))


def rgb(raster: xcf.Raster) -> np.ndarray:
    return np.frombuffer(raster.data, np.uint8).reshape(raster.height, raster.width, -1)


def mask_of(layer: xcf.Layer) -> np.ndarray:
    return rgb(layer.mask)[..., 0]
