"""Which procedures of GIMP's database a source names, and with how many arguments."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

PREFIXES = ("gimp_", "gimp-")


def named_procedures(*folders: Path) -> dict[str, set[int]]:
    """Name (with hyphens) to the numbers of arguments that it is called with; none where that cannot be read."""
    found: dict[str, set[int]] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            for name, count in _in_source(path.read_text("utf-8")):
                counts = found.setdefault(name.replace("_", "-"), set())
                if count is not None:
                    counts.add(count)
    return found


def _in_source(text: str) -> Iterator[tuple[str, int | None]]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Call) and _is_procedure(node.func):
            starred = any(isinstance(each, ast.Starred) for each in node.args)
            yield node.func.attr, None if starred else len(node.args)
        elif isinstance(node, ast.Attribute) and _is_procedure(node):
            yield node.attr, None
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_property", "_children"):
            for count, argument in enumerate(node.args, start=1):  # reads with one argument, writes with two
                yield argument.value, count


def _is_procedure(node: ast.AST) -> bool:
    return (isinstance(node, ast.Attribute) and node.attr.startswith(PREFIXES)
            and getattr(node.value, "id", "") in ("pdb", "self"))
