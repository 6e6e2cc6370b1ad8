"""The stubs are kept honest by the real GIMP, and so are the names that the adapter itself uses."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from .sandbox import CHECKOUT

VERSIONS = {"Gimp": "3.0", "Gegl": "0.4", "Babl": "0.1", "GObject": "2.0", "GLib": "2.0"}
STUBS = CHECKOUT / "tests" / "stubs" / "gi" / "repository"


def stubbed(path: Path) -> list[str]:
    """Public names of a stub module: constants, functions, classes, and what is in those."""
    found = []
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        found += _names(node)
        if isinstance(node, ast.ClassDef):
            found += [f"{node.name}.{name}" for part in node.body for name in _names(part)]
    return [name for name in found if not any(part.startswith("_") for part in name.split("."))]


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else []
    return [part.id for target in targets for part in ast.walk(target) if isinstance(part, ast.Name)]


def used(path: Path) -> set[tuple[str, str]]:
    """Chains of names below a namespace that a module of the adapter uses: ("Gimp", "Image.new_with_precision")."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        chain: list[str] = []
        while isinstance(node, ast.Attribute):
            chain.insert(0, node.attr)
            node = node.value
        if chain and isinstance(node, ast.Name) and node.id in VERSIONS:
            found.add((node.id, ".".join(chain[:2])))
    return found


def test_stubbed_finds_names(tmp_path: Path) -> None:
    path = tmp_path / "stub.py"
    path.write_text("A = 1\ndef f(): pass\nclass C:\n    X, Y = 1, 2\n    _z = 3\n    def m(self): pass\n")
    assert stubbed(path) == ["A", "f", "C", "C.X", "C.Y", "C.m"]


def test_used_finds_names(tmp_path: Path) -> None:
    path = tmp_path / "module.py"
    path.write_text("Gimp.Layer.new(image)\nother.Gimp.x\nGLib.Error\n")
    assert used(path) == {("Gimp", "Layer.new"), ("Gimp", "Layer"), ("GLib", "Error")}


@pytest.mark.gimp3
def test_every_name_exists_in_the_real_gimp(gimp: Any) -> None:
    wanted = [[path.stem, VERSIONS[path.stem], stubbed(path)] for path in sorted(STUBS.glob("[A-Z]*.py"))]
    assert {row[0] for row in wanted} == set(VERSIONS)
    for path in sorted((CHECKOUT / "plugin" / "gimp3").glob("*.py")):
        for namespace, name in sorted(used(path)):
            wanted.append([namespace, VERSIONS[namespace], [name]])
    assert len(wanted) > 50
    wanted.append(["Gimp", "3.0", ["Layer.invented"]])  # the question itself works
    assert gimp.script("names", wanted) == ["Gimp.Layer.invented"]
