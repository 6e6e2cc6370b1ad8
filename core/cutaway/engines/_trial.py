"""Whether a network that a person brings really makes a matte: it is loaded and run once on a small picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np

from cutaway.engines import _graph
from cutaway.engines._protobuf import NotAMessage
from cutaway.engines._runtime import CPU, OnnxRuntime, OnnxSession
from cutaway.engines.local_onnx import finished, prepare
from cutaway.errors import EngineError, ModelDamaged, ModelError
from cutaway.job import Job
from cutaway.models.catalogue import Model
from cutaway.models.store import Found

FLOATS: Final = "tensor(float)"
CHANNELS: Final = 3


def tried(path: Path, model: Model, job: Job) -> None:
    """Returns where the network in ``path`` makes a matte of the size that ``model`` says.

    Raises ModelError, which says what is wrong: no ONNX file, weights in another file, an input that is not one picture
    of three channels in 32-bit floats, another size, an output that is no matte; OutOfMemory and Cancelled.
    """
    data = path.read_bytes()
    try:
        split = _graph.is_split(data)
    except NotAMessage as error:
        raise ModelError(f"{model.name}: the file is no ONNX network.", "Export it as ONNX and try again.") from error
    if split:
        raise ModelError(
            f"{model.name}: its weights are in another file beside it.",
            "Save it as one file: onnx.save(onnx.load(FILE), FILE, save_as_external_data=False).")
    del data
    found = Found(model, model.weights[0], path)
    try:
        session = OnnxRuntime().open(found, CPU)
    except (ModelDamaged, EngineError) as error:
        reason = " ".join(str(error.__cause__ or error.message).split())[:300]
        raise ModelError(
            f"{model.name}: onnxruntime cannot load the network: {reason}",
            "Check the file, and the input and output that the sidecar names.") from error
    assert isinstance(session, OnnxSession)
    _check_inputs(session.session.get_inputs(), session.ports[0], model)
    try:
        finished(session.run(prepare(_picture(model.size), model), job), found)
    except EngineError as error:
        raise ModelError(
            f"{model.name}: the network makes no matte of a picture of {model.size[0]} x {model.size[1]}: "
            f"{error.message}", "Check the size, the input and the output that the sidecar says.") from error


def _check_inputs(inputs: list[Any], wanted: str, model: Model) -> None:
    if len(inputs) != 1:
        names = ", ".join(str(one.name) for one in inputs)
        raise ModelError(f"{model.name}: the network has {len(inputs)} inputs ({names}).", "It must have one.")
    given = next(one for one in inputs if one.name == wanted)
    if given.type != FLOATS:
        raise ModelError(
            f"{model.name}: the network takes {given.type}.", "Export it with an input of 32-bit floats.")
    wide, high = model.size
    shape = list(given.shape)
    expected = (1, CHANNELS, high, wide)
    fixed = len(shape) == 4 and all(
        not isinstance(side, int) or side == right for side, right in zip(shape, expected, strict=True))
    if not fixed:
        raise ModelError(
            f"{model.name}: the network takes {shape}, and the sidecar's size makes it {list(expected)}.",
            "The input is one picture: [1, 3, height, width]; put its size into the sidecar.")


def _picture(size: tuple[int, int]) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """A disc on a ramp, (h, w, 3) uint8."""
    wide, high = size
    y, x = np.mgrid[:high, :wide]
    ramp = (255.0 * x / wide).astype(np.uint8)
    disc = (x - wide / 2) ** 2 + (y - high / 2) ** 2 < (min(size) / 4) ** 2
    return np.dstack([np.where(disc, 230, ramp), np.where(disc, 40, ramp), np.where(disc, 20, 255 - ramp)]).astype(
        np.uint8)
