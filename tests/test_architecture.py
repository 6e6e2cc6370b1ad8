"""The walls between the rooms, held by reading the source: who may import whom, and how long things may get."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cutaway.settings import spec_text

ROOT = Path(__file__).parents[1]
BRIDGE = "cutaway_bridge"

FUNCTION_LINES = 60
FILE_LINES = 300

CORE_NEEDS = {"cutaway", "numpy", "PIL", "onnxruntime", "cv2", "tifffile", "platformdirs", "httpx", "keyring"}
HOST_MODULES = {"gi", "krita", "gimpfu", "gimpenums", "gimp", "gimpshelf", "gtk", "gobject", "PyQt5", "PyQt6"}
BRIDGE_NAMES = {"bridge", BRIDGE}

# Where every failure must become an answer, or a message in the editor: the edges of a process.
PROCESS_EDGES = {
    "core/cutaway/cloud/key.py",
    "core/cutaway/worker/executor.py",
    "core/cutaway/worker/lane.py",
    "core/cutaway/worker/session.py",
    "plugin/bridge/many.py",
    "plugin/cli/main.py",
    "plugin/gimp3/cutaway.py",
    "plugin/krita/batch.py",
    "plugin/krita/edge.py",
    "plugin/gimp2/pythonfu/gimpfu_run.py",
}


def sources(*folders: str) -> list[Path]:
    return sorted(
        path for folder in folders for path in (ROOT / folder).rglob("*.py") if "__pycache__" not in path.parts)


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


EVERY = sources("plugin", "core", "installers")


def imported(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """(line, first part of the name) of every absolute import, at whatever depth, written or by importlib."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name.split(".")[0]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            yield node.lineno, node.module.split(".")[0]
        elif isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called in ("import_module", "__import__") and isinstance(node.args[0].value, str):
                yield node.lineno, node.args[0].value.split(".")[0]


def allowed(path: Path) -> set[str]:
    """What a file may import besides the standard library and its own folder."""
    room, *rest = path.relative_to(ROOT).parts
    if room == "core":
        return CORE_NEEDS
    if room == "installers":
        return {"installers"}
    if rest[0] == "bridge":
        return set()
    if rest[0] == "files":
        return BRIDGE_NAMES
    if rest[0] == "cli":
        return BRIDGE_NAMES | {"cutaway_files", "cutaway_cli", "typer", "rich"}
    if rest[0] == "krita":
        # In Krita the plug-in's own package is called cutaway; kritarunner wants a module beside it.
        return BRIDGE_NAMES | {"krita", "PyQt5", "PyQt6"} | ({"cutaway"} if rest[-1] == "cutaway_batch.py" else set())
    folder = ROOT / room / rest[0]
    if rest[0] == "gimp2" and "pythonfu" in rest:  # a module of its own, for other plug-ins too
        return {entry.stem for entry in (folder / "pythonfu").iterdir()}
    siblings = {entry.stem for entry in folder.iterdir()} if folder.is_dir() else set()
    if rest[0] == "gimp2":
        siblings.add("gimpfu_c")
    return BRIDGE_NAMES | HOST_MODULES | (siblings - {"cutaway"})


def strangers(path: Path, text: str) -> list[str]:
    """The imports of a file that its room does not allow."""
    fine = allowed(path) | set(sys.stdlib_module_names)
    # Python 2's own names and the operating systems' parts of the standard library.
    fine |= {"__future__", "msvcrt", "fcntl", "winreg", "_winreg"}
    return [f"{named(path)}:{line} imports {name}" for line, name in imported(ast.parse(text)) if name not in fine]


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_a_file_imports_what_its_room_may(path: Path) -> None:
    assert strangers(path, path.read_text("utf-8")) == []


@pytest.mark.parametrize(("place", "text"), [
    ("plugin/bridge/x.py", "import cutaway"), ("plugin/bridge/x.py", "from cutaway.errors import DiskFull"),
    ("plugin/bridge/x.py", "import numpy"), ("plugin/bridge/x.py", "import gi"),
    ("plugin/files/x.py", "import typer"), ("plugin/cli/x.py", "import numpy"),
    ("plugin/cli/x.py", "def f():\n    import cutaway.settings"), ("plugin/gimp3/x.py", "import numpy"),
    ("plugin/gimp3/x.py", "from cutaway import remove_background"),
    ("plugin/krita/x.py", "import numpy"), ("plugin/krita/x.py", "from cutaway import remove_background"),
    ("plugin/krita/x.py", "import gi"),
    ("plugin/gimp2/x.py", "import numpy"), ("plugin/gimp2/x.py", "import cutaway"),
    ("plugin/gimp2/pythonfu/x.py", "import cutaway_bridge"), ("plugin/gimp2/pythonfu/x.py", "import gimp2_layer"),
    ("core/cutaway/x.py", "import gi"), ("core/cutaway/x.py", "import cutaway_bridge"),
    ("core/cutaway/x.py", "import importlib\nimportlib.import_module('krita')"), ("core/cutaway/x.py", "import scipy"),
    ("core/cutaway/x.py", "import typer"), ("installers/x.py", "import platformdirs"),
    ("installers/x.py", "import cutaway"),
])
def test_the_wall_is_there(place: str, text: str) -> None:
    assert len(strangers(ROOT / place, text)) == 1


@pytest.mark.parametrize(("place", "text"), [
    ("plugin/bridge/x.py", "import json\nfrom . import errors"), ("plugin/files/x.py", "import cutaway_bridge.flow"),
    ("plugin/cli/x.py", "import typer, rich, cutaway_files"),
    ("plugin/gimp3/x.py", "import gi\nfrom bridge import flow"),
    ("plugin/krita/x.py", "from krita import Krita\nfrom PyQt6 import QtCore\nfrom . import qt"),
    ("plugin/gimp2/x.py", "import ctypes, gimpfu, gimp, gimpfu_c, gimp2_layer\nfrom cutaway_bridge import flow"),
    ("plugin/gimp2/pythonfu/x.py", "import ctypes, gimpfu_c, gimpenums"),
    ("core/cutaway/x.py", "import cutaway.errors, numpy, cv2"), ("installers/x.py", "import venv, installers.plan"),
])
def test_and_has_its_doors(place: str, text: str) -> None:
    assert strangers(ROOT / place, text) == []


def too_long(text: str) -> list[str]:
    """Functions and the file itself where they are over the limits."""
    functions = [
        f"{node.name}: {length} lines" for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > FUNCTION_LINES]
    lines = len(text.splitlines())
    return functions + ([f"the file: {lines} lines"] if lines > FILE_LINES else [])


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_nothing_is_too_long(path: Path) -> None:
    assert too_long(path.read_text("utf-8")) == []


def test_what_is_too_long_is_found() -> None:
    body = "".join(f"    a{n} = {n}\n" for n in range(FUNCTION_LINES))
    assert too_long(f"def f():\n{body}") == [f"f: {FUNCTION_LINES + 1} lines"]
    assert too_long("a = 1\n" * (FILE_LINES + 1)) == [f"the file: {FILE_LINES + 1} lines"]
    assert too_long("a = 1\n" * FILE_LINES) == []


def bad_habits(text: str, *, edge: bool) -> list[str]:
    """``global``; a broad except (one that ends the process's own control flow too, unless it raises again)."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Global):
            found.append(f"line {node.lineno}: global")
        if isinstance(node, ast.ExceptHandler) and not edge and is_broad(node):
            found.append(f"line {node.lineno}: broad except")
    return found


def is_broad(handler: ast.ExceptHandler) -> bool:
    """Catches everything and does not raise it again."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    broad = any(
        kind is None or (isinstance(kind, ast.Name) and kind.id in ("Exception", "BaseException")) for kind in kinds)
    last = handler.body[-1]
    return broad and not (isinstance(last, ast.Raise) and last.exc is None)


@pytest.mark.parametrize("path", EVERY, ids=named)
def test_no_bad_habits(path: Path) -> None:
    assert bad_habits(path.read_text("utf-8"), edge=named(path) in PROCESS_EDGES) == []


@pytest.mark.parametrize("text", [
    "def f():\n    global a", "try: a\nexcept: pass", "try: a\nexcept Exception: pass",
    "try: a\nexcept (ValueError, BaseException) as e: b"])
def test_bad_habits_are_found(text: str) -> None:
    assert bad_habits(text, edge=False)


def test_cleaning_up_and_raising_again_is_no_bad_habit() -> None:
    assert bad_habits("try: a\nexcept BaseException:\n    b()\n    raise", edge=False) == []


def test_the_named_edges_exist_and_are_edges() -> None:
    for name in PROCESS_EDGES:
        assert bad_habits((ROOT / name).read_text("utf-8"), edge=False), f"{name} is no edge any more"


def test_no_file_has_a_name_that_says_nothing() -> None:
    empty = {"utils", "util", "manager", "helper", "helpers", "misc", "common"}
    assert [named(path) for path in EVERY if path.stem in empty] == []


def test_importing_does_nothing() -> None:
    """No calls that open, start or print at module level."""
    doing = {"open", "print", "mkdir", "makedirs", "start", "Thread", "Popen", "run", "socket", "exit", "basicConfig"}
    found = []
    for path in EVERY:
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
                name = node.value.func.attr if isinstance(node.value.func, ast.Attribute) else getattr(
                    node.value.func, "id", "")
                if name in doing:
                    found.append(f"{named(path)}:{node.lineno} {name}")
    assert found == []


def test_settings_json_is_fresh() -> None:
    text = (ROOT / "plugin" / "bridge" / "settings.json").read_text("utf-8")
    assert text == spec_text(), "run: python -m cutaway.settings > plugin/bridge/settings.json"
