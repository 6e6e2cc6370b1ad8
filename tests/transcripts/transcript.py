"""Reads the conversations in this folder and compares messages with them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class Line:
    """``kind``: ">", ">>", "<", "<EOF" or "="; ``said``: the message, or the text."""

    kind: str
    said: Any


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.jsonl"))


def read(name: str) -> list[Line]:
    lines = []
    for text in (FOLDER / f"{name}.jsonl").read_text("utf-8").splitlines():
        kind, _, rest = text.partition(" ")
        if kind in (">", "<"):
            lines.append(Line(kind, json.loads(rest)))
        elif kind in (">>", "<EOF", "="):
            lines.append(Line(kind, rest))
        elif kind and kind != "#":
            raise ValueError(f"{name}: {text}")
    return lines


def filled(pattern: Any, known: dict[str, Any]) -> Any:
    """``pattern`` with the placeholders' values."""
    if isinstance(pattern, dict):
        return {key: filled(value, known) for key, value in pattern.items()}
    if isinstance(pattern, list):
        return [filled(value, known) for value in pattern]
    return known[pattern] if isinstance(pattern, str) and pattern.startswith("$") else pattern


def match(pattern: Any, value: Any, known: dict[str, Any]) -> bool:
    """Whether ``value`` is what ``pattern`` says; placeholders met for the first time are noted in ``known``."""
    if isinstance(pattern, str) and pattern.startswith("$"):
        return pattern == "$any" or known.setdefault(pattern, value) == value
    if isinstance(pattern, dict):
        return isinstance(value, dict) and pattern.keys() == value.keys() and all(
            match(pattern[key], value[key], known) for key in pattern)
    if isinstance(pattern, list):
        return isinstance(value, list) and len(pattern) == len(value) and all(
            match(*pair, known) for pair in zip(pattern, value, strict=True))
    return type(pattern) is type(value) and pattern == value


def subject(message: dict[str, Any]) -> Any:
    """The request that a message belongs to."""
    return message["id"] if "id" in message else message.get("params", {}).get("id")


def block(lines: list[Line], start: int) -> list[Line]:
    """The "<" lines in a row from ``start``."""
    end = start
    while end < len(lines) and lines[end].kind == "<":
        end += 1
    return lines[start:end]
