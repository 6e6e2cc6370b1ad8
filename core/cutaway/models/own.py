"""A person's own network: an ONNX file and a small sidecar beside it that says how it wants its pictures.

    my.onnx
    my.onnx.json  (or my.json)   {"size": 512, "mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]}

    size         the side of the network's square input in pixels, or [width, height]
    mean, std    by channel (red, green, blue) or one number for all; 0 and 1 where not said
    scale        what the 8-bit samples are divided by first; 255 where not said
    activation   what is still to be done to the output: "none" (it is 0..1) or "sigmoid"; "none" where not said
    input        the name or position of the input; 0 where not said
    output       of the output; 0 where not said, -1 is the last
    title, use, licence   texts for the list

What was imported is written down in the models' folder as ``NAME.own.json``, with the size and SHA-256 that the file
had then: a file that changes later is damaged, as one of the catalogue would be.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cutaway.errors import ModelError
from cutaway.models.catalogue import ACTIVATIONS, NAME, SHA256, Licence, Model, Port, Triple, Weights

SUFFIX: Final = ".own.json"
RANK: Final = -1
"""Below every rank of the catalogue: "auto" takes an own model only where no other is installed."""

SIDES: Final = (16, 4096)
TEXT: Final = 200
KEYS: Final = ("size", "mean", "std", "scale", "activation", "input", "output", "title", "use", "licence")
EXAMPLE: Final = '{"size": 320, "mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}'


@dataclass(frozen=True)
class Sidecar:
    """What the sidecar says, checked; see the module."""

    size: tuple[int, int]
    mean: Triple = (0.0, 0.0, 0.0)
    std: Triple = (1.0, 1.0, 1.0)
    scale: float = 255.0
    activation: str = "none"
    input: Port = 0
    output: Port = 0
    title: str = ""
    use: str = "a network of your own"
    licence: str = "not stated"


def beside(file: Path) -> Path | None:
    """The sidecar of a network's file, None where there is none."""
    both = (file.with_name(file.name + ".json"), file.with_suffix(".json"))
    return next((path for path in both if path.is_file()), None)


def name_of(file: Path) -> str:
    """A name for the model made of the file's. Raises ModelError where none can be made."""
    name = re.sub(r"[^a-z0-9_-]+", "-", file.stem.lower()).strip("-_")
    return named(name)


def named(name: str) -> str:
    """``name`` where it can be a model's. Raises ModelError."""
    if not NAME.fullmatch(name) or name == "auto":
        raise ModelError(
            f"{name!r} cannot be a model's name.", "Give another with --name: small letters, digits, - and _.")
    return name


def read(sidecar: Path) -> Sidecar:
    """Raises ModelError, which says what is wrong in the file."""
    try:
        said = json.loads(sidecar.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise _wrong(sidecar, "is not JSON") from error
    if not isinstance(said, dict):
        raise _wrong(sidecar, "is not an object in braces")
    try:
        return checked(said)
    except ValueError as error:
        raise _wrong(sidecar, f"is wrong: {error}") from error


def checked(said: dict[str, Any]) -> Sidecar:
    """Raises ValueError for an unknown key, a value out of range, and where the size is missing."""
    unknown = sorted(set(said) - set(KEYS))
    if unknown:
        raise ValueError(f"it knows no {unknown[0]!r}, only {', '.join(KEYS)}")
    if "size" not in said:
        raise ValueError("it does not say the size")
    made: dict[str, Any] = {"size": _size(said["size"])}
    for key in ("mean", "std"):
        if key in said:
            made[key] = _triple(key, said[key])
    if min(made.get("std", (1.0,))) <= 0:
        raise ValueError("std must be above 0")
    if "scale" in said:
        made["scale"] = _number("scale", said["scale"])
        if made["scale"] <= 0:
            raise ValueError("scale must be above 0")
    if said.get("activation", "none") not in ACTIVATIONS:
        raise ValueError(f"activation is one of {', '.join(ACTIVATIONS)}")
    for key in ("input", "output"):
        if not isinstance(said.get(key, 0), str | int) or isinstance(said.get(key), bool):
            raise ValueError(f"{key} is a name or a position")
    for key in ("title", "use", "licence"):
        if not isinstance(said.get(key, ""), str) or len(said.get(key, "")) > TEXT:
            raise ValueError(f"{key} is a text of at most {TEXT} characters")
    return Sidecar(**{**said, **made})


def model(name: str, said: Sidecar, size: int, sha256: str) -> Model:
    """The model of an own file of ``size`` bytes."""
    title = said.title or name
    activation: Any = said.activation
    weights = Weights("own", size, sha256, said.input, said.output, activation)
    return Model(
        name=name, title=title, use=said.use, rank=RANK, size=said.size, scale=said.scale, mean=said.mean, std=said.std,
        licence=Licence(said.licence, "", title, ""), weights=(weights,), sources=())


def write(folder: Path, made: Model) -> None:
    """Writes down what :func:`found` reads. Raises OSError."""
    weights = made.weights[0]
    said = {
        "size": made.size, "mean": made.mean, "std": made.std, "scale": made.scale, "activation": weights.activation,
        "input": weights.input, "output": weights.output, "title": made.title, "use": made.use,
        "licence": made.licence.name}
    text = json.dumps({"bytes": weights.bytes, "sha256": weights.sha256, "sidecar": said}, indent=1)
    fresh = folder / f".{made.name}{SUFFIX}"
    fresh.write_text(text + "\n", "utf-8")
    fresh.replace(folder / (made.name + SUFFIX))


def found(folder: Path) -> tuple[Model, ...]:
    """The own models in the folder, by name. What was changed by hand and makes no sense now is passed over."""
    models = []
    for path in sorted(folder.glob("[a-z0-9]*" + SUFFIX)):
        name = path.name.removesuffix(SUFFIX)
        try:
            said = json.loads(path.read_text("utf-8"))
            right = NAME.fullmatch(name) and SHA256.fullmatch(said["sha256"]) and isinstance(said["bytes"], int)
            if right:
                models.append(model(name, checked(said["sidecar"]), said["bytes"], said["sha256"]))
        except (OSError, ValueError, KeyError, TypeError):
            continue
    return tuple(models)


def _wrong(sidecar: Path, what: str) -> ModelError:
    return ModelError(f"The sidecar {sidecar.name} {what}.", f"It looks like this: {EXAMPLE}")


def _size(said: Any) -> tuple[int, int]:
    both = said if isinstance(said, list) else [said, said]
    right = len(both) == 2 and all(isinstance(side, int) and not isinstance(side, bool) for side in both)
    if not right or not all(SIDES[0] <= side <= SIDES[1] for side in both):
        raise ValueError(f"size is one whole number or [width, height], each from {SIDES[0]} to {SIDES[1]}")
    return (both[0], both[1])


def _triple(key: str, said: Any) -> Triple:
    three = said if isinstance(said, list) else [said] * 3
    if len(three) != 3:
        raise ValueError(f"{key} is one number or three, for red, green and blue")
    red, green, blue = (_number(key, one) for one in three)
    return (red, green, blue)


def _number(key: str, said: Any) -> float:
    if not isinstance(said, int | float) or isinstance(said, bool) or not math.isfinite(said):
        raise ValueError(f"{key} is no number")
    return float(said)
