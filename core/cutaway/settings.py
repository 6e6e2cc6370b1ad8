"""What the user can choose, said once.

Every dialog, the arguments of GIMP's procedure and the options of the command line are built from
:func:`spec`; ``plugin/bridge/settings.json`` is that spec, written by ``python -m cutaway.settings`` and held fresh
by a test.
"""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass, field
from typing import Any, Final

from cutaway.errors import SettingsInvalid

ENGINES: Final = {
    "local": "On this computer",
    "topaz": "Topaz cloud",
    "auto": "Topaz cloud if allowed, else on this computer",
    "mask": "From a mask that is there",
}
OUTPUTS: Final = ("layer", "mask")


def number(
    label: str, default: float, low: float, high: float, *, step: float, unit: str, help: str
) -> Any:
    """A float field in [low, high]; ``step`` is the dialog's increment."""
    said = {"kind": "number", "label": label, "low": low, "high": high, "step": step, "unit": unit, "help": help}
    return field(default=default, metadata=said)


def whole(label: str, default: int, low: int, high: int, *, unit: str, help: str) -> Any:
    """An integer field in [low, high]."""
    said = {"kind": "whole", "label": label, "low": low, "high": high, "step": 1, "unit": unit, "help": help}
    return field(default=default, metadata=said)


def switch(label: str, default: bool, *, help: str) -> Any:
    """A yes-or-no field."""
    return field(default=default, metadata={"kind": "switch", "label": label, "help": help})


def choice(label: str, default: str, options: dict[str, str], *, help: str, open: bool = False) -> Any:
    """One of ``options`` (value to label); ``open`` allows other words, judged where they are used."""
    said = {"kind": "choice", "label": label, "options": options, "help": help, "open": open}
    return field(default=default, metadata=said)


def in_group(name: str, made: Any) -> Any:
    """The field ``made`` in a group of its own in the dialogs."""
    return field(default=made.default, metadata={**made.metadata, "group": name})


@dataclass(frozen=True)
class MaskSettings:
    """What is done to the raw matte, in this order. The defaults do nothing."""

    holes: int = whole(
        "Fill holes up to", 0, 0, 2000, unit="px",
        help="Holes in the subject up to this size are filled. The size is the side of a square of the same area.")
    specks: int = whole(
        "Drop specks up to", 0, 0, 2000, unit="px",
        help="Loose pieces up to this size are dropped. The size is the side of a square of the same area.")
    smooth: int = whole(
        "Smooth", 0, 0, 100, unit="",
        help="Evens out a ragged outline without softening it.")
    contrast: int = whole(
        "Contrast", 0, 0, 100, unit="%",
        help="Makes soft edges harder: 0 leaves them, 100 leaves no soft pixel.")
    shift: float = number(
        "Shrink / expand", 0.0, -250.0, 250.0, step=0.5, unit="px",
        help="Moves the edge: below zero shrinks the subject, above zero expands it.")
    feather: float = number(
        "Feather", 0.0, 0.0, 250.0, step=0.5, unit="px",
        help="Softens the edge as Select > Feather does in GIMP.")
    invert: bool = switch("Invert", False, help="Keeps the background and removes the subject.")

    def __post_init__(self) -> None:
        validate(self)


@dataclass(frozen=True)
class RemoveSettings:
    """One run of Remove Background."""

    engine: str = choice(
        "Engine", "local", ENGINES,
        help="Where the subject is found. 'From a mask' takes the layer mask, else the selection, else the "
             "transparency, and refines its edges.")
    model: str = choice(
        "Model", "auto", {"auto": "Best installed"}, open=True,
        help="The model that finds the subject. 'auto' is the best one installed.")
    refine: bool = switch("Refine edges", True, help="Follows hair and soft edges at the picture's full size.")
    clean: int = whole(
        "Clean edge colours", 100, 0, 100, unit="%",
        help="Takes the old background's colour out of the edge pixels.")
    cloud: str = in_group("cloud", choice(
        "Topaz model", "RemoveBG", {"RemoveBG": "Remove Background", "Object": "Object"},
        help="Which of Topaz's models is used by the engine Topaz cloud."))
    mode: str = in_group("cloud", choice(
        "Topaz answer", "alpha", {"alpha": "Soft mask", "segmentation": "Cut-out"},
        help="What is asked of Topaz: the mask itself, or a cut-out whose transparency is taken."))
    upload: str = in_group("cloud", choice(
        "Sending to Topaz", "remembered",
        {"remembered": "As I decided before", "once": "Allow this time", "always": "Allow from now on",
         "never": "Do not allow any more"},
        help="The engine Topaz cloud sends this layer to Topaz, which keeps it for 7 days. Without a decision: no."))
    credits: int = in_group("cloud", whole(
        "Credits at most", 5, 0, 100000, unit="",
        help="A picture that would cost more Topaz credits is not sent."))
    output: str = choice(
        "Result", "layer", {"layer": "New layer with layer mask", "mask": "Layer mask on this layer"},
        help="A new layer leaves the original as it was, hidden below.")
    mask: MaskSettings = field(default_factory=MaskSettings)

    def __post_init__(self) -> None:
        validate(self)

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON values, the mask's fields on the same level: the form that crosses the wire."""
        flat = dataclasses.asdict(self)
        flat.update(flat.pop("mask"))
        return flat

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> RemoveSettings:
        """From :meth:`to_dict`'s form. Missing fields take their defaults.

        Raises SettingsInvalid for an unknown name, a wrong type or a value out of range.
        """
        own = {f.name for f in dataclasses.fields(cls)} - {"mask"}
        masks = {f.name for f in dataclasses.fields(MaskSettings)}
        unknown = sorted(set(values) - own - masks)
        if unknown:
            known = ", ".join(sorted(own | masks))
            raise SettingsInvalid(f"There is no setting named {unknown[0]!r}.", f"Known: {known}.")
        mask = {k: v for k, v in values.items() if k in masks}
        return cls(mask=MaskSettings(**mask), **{k: v for k, v in values.items() if k in own})


def validate(settings: RemoveSettings | MaskSettings) -> None:
    """Raises SettingsInvalid for the first field whose value its spec does not allow."""
    for said in dataclasses.fields(settings):
        if said.metadata:
            _check(said.name, getattr(settings, said.name), dict(said.metadata))


def _check(name: str, value: Any, said: dict[str, Any]) -> None:
    kind = said["kind"]
    if kind == "switch":
        right = isinstance(value, bool)
        allowed = "true or false"
    elif kind == "choice":
        right = isinstance(value, str) and (said["open"] or value in said["options"])
        allowed = "one of " + ", ".join(said["options"])
    else:
        types = (int,) if kind == "whole" else (int, float)
        right = isinstance(value, types) and not isinstance(value, bool) and math.isfinite(value)
        right = right and said["low"] <= value <= said["high"]
        allowed = f"{'a whole number' if kind == 'whole' else 'a number'} from {said['low']:g} to {said['high']:g}"
        allowed += f" {said['unit']}".rstrip()
    if not right:
        raise SettingsInvalid(f"{name} cannot be {value!r}.", f"It is {allowed}.")


def spec() -> list[dict[str, Any]]:
    """Every field of RemoveSettings and MaskSettings in the order of the dialog, as JSON values."""
    rows: list[dict[str, Any]] = []
    for kind, group in ((RemoveSettings, "run"), (MaskSettings, "mask")):
        for said in dataclasses.fields(kind):
            if said.metadata:
                row = {"name": said.name, "group": group, "default": said.default, **said.metadata}
                if "options" in row:  # pairs, since Python 2.7 reads an object's names in no order
                    row["options"] = [list(pair) for pair in row["options"].items()]
                rows.append(row)
    return rows


def spec_text() -> str:
    """The text of ``plugin/bridge/settings.json``."""
    return json.dumps(spec(), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(spec_text())
