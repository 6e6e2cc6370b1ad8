"""``cutaway models``: what is there, and getting, importing, checking and removing it. The worker does it all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cutaway_bridge import installation
from cutaway_bridge.client import Client

from .asking import ask
from .terminal import Terminal, megabytes, table


def _ask(method: str, params: dict[str, Any], terminal: Terminal, label: str) -> Any:
    with Client(installation.find(), "cli") as client, terminal.bar(label) as bar:
        return ask(client, method, params, bar)


def listed(terminal: Terminal) -> int:
    """Every model of the catalogue."""
    models = _ask("models.list", {}, terminal, "models")["models"]
    if terminal.as_json:
        terminal.record({"models": models})
        return 0
    timed = any(one.get("runs") for one in models)
    head = ["NAME", "INSTALLED", "", "SIZE", "LICENCE", *(["TAKES"] if timed else []), "GOOD AT"]
    rows = [
        (one["name"], "yes" if one["installed"] else "no", "best" if one["best"] else "", megabytes(one["bytes"]),
         one["licence"], *([_takes(one)] if timed else []), f"{one['use']} ({one['title']})")
        for one in models]
    for line in table(head, rows):
        terminal.answer(line)
    _sum_up(models, terminal)
    if not all(one["installed"] for one in models):
        terminal.note("cutaway models get NAME installs one; --model auto takes the best that is installed.")
    return 0


def _takes(model: dict[str, Any]) -> str:
    """What one run took here with what computed it, the fastest first. Not always the one that is used: that is the
    first in the order of preference that is fast enough."""
    return ", ".join(f"{one['seconds']:.2g} s {one['provider']}" for one in model.get("runs") or ()) or "-"


def _sum_up(models: list[dict[str, Any]], terminal: Terminal) -> None:
    """What is on the disk in all."""
    here = [one for one in models if one["installed"]]
    if here:
        count = f"{len(here)} model" + ("s" if len(here) > 1 else "")
        second = sum(one.get("optimised", 0) for one in models)
        more = f", and {megabytes(second)} of graphs made from them for this processor" if second else ""
        terminal.say(f"On the disk: {megabytes(sum(one['bytes'] for one in here))} in {count}{more}.")


def got(name: str, terminal: Terminal) -> int:
    terminal.say(f"Getting {name} ...")
    said = _ask("models.get", {"name": name}, terminal, name)
    terminal.line(f"{said['name']} is installed: {megabytes(said['bytes'])} from {said['source']}, checked.")
    terminal.record(said)
    return 0


def imported(path: str, name: str | None, terminal: Terminal) -> int:
    said = _ask("models.import", {"path": str(Path(path).absolute()), "name": name}, terminal, path)
    if said.get("own"):
        terminal.line(
            f"{said['name']} is installed: {megabytes(said['bytes'])} from {path}, tried on a small picture.")
        terminal.note(f"It is not of the catalogue. From now on it is held to its SHA-256, {said['sha256']}.")
    else:
        terminal.line(f"{said['name']} is installed: {megabytes(said['bytes'])} from {path}, checked.")
    terminal.record(said)
    return 0


def removed(name: str, terminal: Terminal) -> int:
    own = _own(terminal)
    said = _ask("models.remove", {"name": name}, terminal, name)
    terminal.line(f"{said['name']} is removed. cutaway {_again(name, own)} brings it back.")
    terminal.record(said)
    return 0


def verified(name: str | None, terminal: Terminal) -> int:
    """1 where a file is damaged, or where the one that was named is missing."""
    models = _ask("models.verify", {"name": name}, terminal, "models")["models"]
    bad = [one["name"] for one in models if one["state"] == "damaged" or (name and one["state"] != "good")]
    if terminal.as_json:
        terminal.record({"models": models})
    else:
        for line in table(("NAME", "STATE"), [(one["name"], one["state"]) for one in models]):
            terminal.answer(line)
    own = _own(terminal) if bad and not terminal.as_json else set()
    for broken in bad:
        terminal.note(f"cutaway {_again(broken, own)} brings it back.")
    return 1 if bad else 0


def _own(terminal: Terminal) -> set[str]:
    """The names of the user's own networks."""
    return {one["name"] for one in _ask("models.list", {}, terminal, "models")["models"] if one.get("own")}


def _again(name: str, own: set[str]) -> str:
    """The command that brings a model back."""
    return f"models import FILE --name {name}" if name in own else f"models get {name}"
