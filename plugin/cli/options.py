"""The options of ``cutaway remove``, built from the bridge's ``settings.json``: what a setting is called, what it does
and what it may be is said there and nowhere else.

One setting is one option of the same name, with a few exceptions that read better on a command line: ``shift`` is
``--expand`` and ``--shrink``, ``output`` is ``--mask-only``, and a switch that is on is turned off by ``--no-NAME``.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Annotated, Any

import typer

Row = Mapping[str, Any]

GROUPS = {"shift": ("expand", "shrink"), "output": ("mask_only",)}
"""Settings whose options have other names; every other setting's option has the setting's own name."""

SHIFTS = {
    "expand": "Moves the edge outwards: more of the picture is kept.",
    "shrink": "Moves the edge inwards: a rim of the subject goes.",
}


def parameters(spec: Iterable[Row]) -> list[inspect.Parameter]:
    """Keyword parameters for Typer, one an option, in the order of the spec. None (or False) means "not said"."""
    made: list[inspect.Parameter] = []
    for row in spec:
        if row["name"] == "shift":
            made += [_shift("expand", float(row["high"]), row), _shift("shrink", -float(row["low"]), row)]
        elif row["name"] == "output":
            made.append(_flag("mask_only", "Writes the mask alone, white where the subject is.", ("--mask-only",)))
        elif row["kind"] == "switch":
            made.append(_switch(row))
        elif row["kind"] == "choice":
            made.append(_choice(row))
        else:
            made.append(_number(row["name"], row["help"], float(row["low"]), float(row["high"]), row))
    return made


def settings(spec: Iterable[Row], given: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that were said, as ``job.run`` takes them; those not said keep the worker's defaults."""
    expand, shrink = given.get("expand"), given.get("shrink")
    if expand is not None and shrink is not None:
        raise typer.BadParameter("The edge moves one way only: give --expand or --shrink, not both.")
    chosen: dict[str, Any] = {}
    for row in spec:
        name = row["name"]
        if name == "shift":
            if expand is not None or shrink is not None:
                chosen[name] = expand if expand is not None else 0.0 - shrink
        elif name == "output":
            if given.get("mask_only"):
                chosen[name] = "mask"
        elif given.get(name) is not None:
            chosen[name] = given[name]
    return chosen


def signed(function: Callable[..., Any], made: Iterable[inspect.Parameter]) -> Callable[..., Any]:
    """``function`` (of keywords only) with the signature that Typer is to see."""

    def command(**values: Any) -> Any:
        return function(**values)

    listed = list(made)
    command.__doc__ = function.__doc__
    command.__signature__ = inspect.Signature(listed)  # type: ignore[attr-defined]
    command.__annotations__ = {one.name: one.annotation for one in listed}
    return command


REQUIRED = inspect.Parameter.empty


def keyword(name: str, type_: Any, default: Any, said: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[type_, said])


def _flag(name: str, text: str, options: tuple[str, ...]) -> inspect.Parameter:
    return keyword(name, bool, False, typer.Option(*options, help=text, show_default=False))


def _switch(row: Row) -> inspect.Parameter:
    name = row["name"]
    option = f"--{name}/--no-{name}"
    text = f"{row['help']} Normally {'on' if row['default'] else 'off'}." if row["default"] else row["help"]
    if not row["default"]:
        option = f"--{name}"
    return keyword(name, bool | None, None, typer.Option(option, help=text, show_default=False))


def _choice(row: Row) -> inspect.Parameter:
    words = [value for value, _ in row["options"]]

    def check(value: str | None) -> str | None:
        if value is not None and not row["open"] and value not in words:
            raise typer.BadParameter(f"{value!r} is not one of: {', '.join(words)}.")
        return value

    said = typer.Option(
        "--" + row["name"], help=row["help"], callback=check, show_default=False,
        metavar="NAME" if row["open"] else "|".join(words),
        hidden=len(words) < 2 and not row["open"])  # a choice of one is no choice, but scripts may say it
    return keyword(row["name"], str | None, None, said)


def _shift(name: str, high: float, row: Row) -> inspect.Parameter:
    return _number(name, SHIFTS[name], 0.0, high, row)


def _number(name: str, text: str, low: float, high: float, row: Row) -> inspect.Parameter:
    unit = f" {row['unit']}".rstrip()
    whole = row["kind"] == "whole"

    def check(value: float | None) -> float | None:
        if value is not None and not (math.isfinite(value) and low <= value <= high):
            raise typer.BadParameter(f"{value:g} is out of range: it goes from {low:g} to {high:g}{unit}.")
        return value

    normally = f", normally {row['default']:g}" if row["default"] else ""
    said = typer.Option(
        "--" + name, help=f"{text} {low:g} to {high:g}{unit}{normally}.", callback=check, show_default=False,
        metavar={"px": "PX"}.get(row["unit"], "N"))
    return keyword(name, (int if whole else float) | None, None, said)
