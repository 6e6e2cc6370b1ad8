"""What runs in GIMP 2.10 stays in the language of Python 2.7: compiled and run by one where there is one, else read.

tests/editors/python2.py finds it.
"""

from __future__ import annotations

import ast
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.editors import python2
from tests.worker.fake_process import install

ROOT = Path(__file__).parents[1]
FILES = sorted(path for room in ("bridge", "gimp2") for path in (ROOT / "plugin" / room).rglob("*.py"))

# Modules that Python 2.7 has not, by their first name.
NEW_MODULES = {
    "asyncio", "concurrent", "contextvars", "dataclasses", "enum", "faulthandler", "importlib.resources", "ipaddress",
    "lzma", "pathlib", "queue", "secrets", "selectors", "statistics", "tracemalloc", "typing", "venv", "zoneinfo",
    "builtins", "configparser", "urllib.request", "urllib.error", "urllib.parse", "http", "socketserver", "tkinter",
}
NEW_NAMES = {
    "BlockingIOError", "BrokenPipeError", "ConnectionError", "ConnectionRefusedError", "ConnectionResetError",
    "FileExistsError", "FileNotFoundError", "InterruptedError", "IsADirectoryError", "ModuleNotFoundError",
    "NotADirectoryError", "PermissionError", "ProcessLookupError", "RecursionError", "ResourceWarning",
    "StopAsyncIteration", "TimeoutError", "nonlocal",
}


def problems(text: str) -> list[str]:
    """What Python 2.7 would not take, as far as the syntax tree of Python 3 shows it."""
    tree = ast.parse(text)
    found = [f"line {getattr(node, 'lineno', 0)}: {said}" for node in ast.walk(tree) for said in in_node(node)]
    future = {
        alias.name for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names}
    if "print_function" not in future and any(
            isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"
            for node in ast.walk(tree)):
        found.append("print without print_function")
    relative = any(isinstance(node, ast.ImportFrom) and node.level for node in ast.walk(tree))
    if relative and "absolute_import" not in future:
        found.append("relative imports without absolute_import")
    if not text.isascii() and "coding" not in "".join(text.splitlines()[:2]):
        found.append("not ASCII and no coding line")
    if "annotations" in future:
        found.append("annotations")
    return found


FORBIDDEN: dict[type[ast.AST], str] = {
    ast.JoinedStr: "f-string", ast.AnnAssign: "annotation", ast.NamedExpr: "walrus", ast.Nonlocal: "nonlocal",
    ast.YieldFrom: "yield from", ast.AsyncFunctionDef: "async", ast.Await: "await", ast.Match: "match",
    ast.AsyncFor: "async for", ast.AsyncWith: "async with", ast.TryStar: "except*",
}


def in_node(node: ast.AST) -> Iterator[str]:
    for kind, said in FORBIDDEN.items():
        if isinstance(node, kind):
            yield said
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        arguments = node.args
        if arguments.kwonlyargs or arguments.posonlyargs:
            yield "keyword-only or positional-only argument"
        everything = [*arguments.args, arguments.vararg, arguments.kwarg]
        if getattr(node, "returns", None) or any(one.annotation for one in everything if one):
            yield "annotation"
    if isinstance(node, ast.Raise) and node.cause:
        yield "raise ... from"
    if isinstance(node, ast.ClassDef) and (node.keywords or not node.bases):
        yield "class without a base, or with keywords"
    if isinstance(node, ast.Call):
        yield from in_call(node)
    if isinstance(node, ast.List | ast.Tuple | ast.Set) and any(isinstance(item, ast.Starred) for item in node.elts):
        yield "star in a list"
    if isinstance(node, ast.Dict) and None in node.keys:
        yield "star in a dictionary"
    if isinstance(node, ast.Name) and node.id in NEW_NAMES:
        yield node.id
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
        yield from (name for name in names if name in NEW_MODULES or name.split(".")[0] in NEW_MODULES)


def in_call(node: ast.Call) -> Iterator[str]:
    if sum(isinstance(argument, ast.Starred) for argument in node.args) > 1:
        yield "several stars in a call"
    if node.args and any(isinstance(argument, ast.Starred) for argument in node.args[:-1]):
        yield "argument after a star"
    if sum(keyword.arg is None for keyword in node.keywords) > 1:
        yield "several double stars in a call"
    name = node.func
    if isinstance(name, ast.Name) and name.id == "super" and not node.args:
        yield "super without arguments"
    if isinstance(name, ast.Name) and name.id == "open" and any(keyword.arg == "encoding" for keyword in node.keywords):
        yield "open with an encoding: use io.open"
    if isinstance(name, ast.Attribute) and isinstance(name.value, ast.Name):
        if (name.value.id, name.attr) == ("subprocess", "run"):
            yield "subprocess.run"
        if name.value.id == "os" and any(keyword.arg == "exist_ok" for keyword in node.keywords):
            yield "exist_ok"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_syntax_is_that_of_python_2(path: Path) -> None:
    assert problems(path.read_text("utf-8")) == []


COMPILE = """
import sys
for path in sys.argv[1:]:
    compile(open(path).read(), path, "exec")
"""


def test_a_real_python_2_compiles_all_of_it() -> None:
    assert FILES
    done = subprocess.run(
        [python2.needed(), "-c", COMPILE, *map(str, FILES)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("text", [
    "f'{a}'", "def f(a: int): pass", "def f() -> int: pass", "def f(*, a): pass", "def f(a, /): pass", "a: int = 1",
    "def f():\n a = 1\n def g():\n  nonlocal a", "(a := 1)", "def f():\n yield from a", "async def f(): pass",
    "raise A from b", "print(a)", "import pathlib", "from urllib.request import urlopen", "from . import a", "[*a, 1]",
    "{**a}", "f(*a, *b)", "f(**a, **b)", "f(*a, b)", "super().f()", "class A: pass", "class A(B, metaclass=C): pass",
    "open(a, encoding='utf-8')", "subprocess.run(a)", "os.makedirs(a, exist_ok=True)",
    "try: pass\nexcept FileNotFoundError: pass", "a = '\u00e4'", "from __future__ import annotations",
    "match a:\n case 1: pass",
])
def test_the_reader_finds_what_python_2_does_not_take(text: str) -> None:
    assert problems(text), text


def test_and_lets_the_rest_pass() -> None:
    assert problems(
        "from __future__ import absolute_import, print_function\nfrom . import a\n"
        "class A(object):\n    def f(self, *b, **c):\n"
        "        print(u'x', {n: 1 for n in b}, (n for n in b))\n        raise ValueError('no')\n") == []


RUN = """
# -*- coding: utf-8 -*-
from __future__ import print_function
import sys
sys.path.insert(0, sys.argv[1])
sys.dont_write_bytecode = True
from bridge import address, client, errors, flow, host, installation, npy, protocol, settings_spec, starter, wire

class FakeHost(host.Host):
    def open_source(self):
        return host.Source(u"K\\xe4tzchen", 4, 3, 3, "|u1", has_selection=True)
    def read_pixels(self, y, rows):
        return b"\\x05" * (rows * 12)
    def read_selection(self, y, rows):
        return b"\\xff" * (rows * 4)
    def put_result(self, source, result):
        mask = bytearray(result.mask.read_rows(0, 3))
        assert (result.mask.shape, set(mask)) == ((3, 4), {5}), (result.mask.shape, mask)
        assert result.foreground.dtype == "|u1" and result.matte == b"matte of 12 bytes"
        print(result.layer_name(source).encode("utf-8"))

with client.Client(installation.read(sys.argv[2]), "gimp2") as one:
    try:
        flow.drive(flow.run(FakeHost(), {"feather": 2, "model": u"auto"}, one))
        try:
            flow.drive(flow.run(FakeHost(), {"model": u"missing"}, one))
        except errors.BridgeError as error:
            assert error.code == "model_missing" and str(error).endswith("models get tiny")
        else:
            raise AssertionError("no error")
        assert str(errors.BridgeError("x", u"\\xe4")) == b"\\xc3\\xa4"
    finally:
        one.stop()
"""


def test_a_run_in_a_real_python_2(tmp_path: Path) -> None:
    interpreter = python2.needed()
    home = install(tmp_path / "h\u00f6me")
    (tmp_path / "run.py").write_text(RUN.strip(), "utf-8")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LC_", "LANG"))}
    done = subprocess.run(
        [interpreter, str(tmp_path / "run.py"), str(ROOT / "plugin"), str(home)], capture_output=True, timeout=60,
        env={**environment, "LC_ALL": "C"})
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.strip() == "K\u00e4tzchen (cutout)".encode()
