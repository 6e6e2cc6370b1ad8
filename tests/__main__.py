"""``python3 -m tests``: makes an environment for the tests, and passes all of them.

    python3 -m tests                        everything
    python3 -m tests --editors              the same, and a missing editor is a failure
    python3 -m tests -- tests/mask -k shift what follows -- goes to pytest, which then runs only that

Needs nothing but Python 3.11 and pip. The environment lies in build/test-env (CUTAWAY_TEST_ENV moves it), the default
model in build/test-home.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
HOME = BUILD / "test-home"
REPORT = BUILD / "editor-tests.json"
MODEL = "u2netp"
LIMIT_S = 3000.0
SETUP_S = 3000.0


@dataclass(frozen=True)
class Check:
    """One line of the summary."""

    name: str
    good: bool
    seconds: float
    said: str = ""

    def line(self) -> str:
        tail = f"  {self.said}" if self.said else ""
        return f"  {'passed' if self.good else 'FAILED'}  {self.name} ({self.seconds:.0f} s){tail}"


def main(words: Sequence[str]) -> int:
    """0 where every check passed, else 1; 2 for wrong use."""
    own, _, rest = _split(list(words))
    parser = argparse.ArgumentParser(prog="python3 -m tests", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--editors", action="store_true", help="fail where an editor for the tests is missing")
    options = parser.parse_args(own)
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    folder = Path(os.environ.get("CUTAWAY_TEST_ENV", "") or BUILD / "test-env").absolute()
    BUILD.mkdir(exist_ok=True)
    done: list[Check] = []
    for name, setup in (("environment", _environment), ("model", _model)):
        started = time.monotonic()
        trouble = setup(folder)
        done.append(Check(name, not trouble, time.monotonic() - started))
        if trouble:
            print(trouble, file=sys.stderr)
            return _sum_up(done)
    python = _python(folder)
    done.append(_check("ruff", [python, "-m", "ruff", "check", "core", "plugin", "installers", "tests"]))
    done.append(_check("mypy", [python, "-m", "mypy"]))
    done.append(_pytest(python, rest, options.editors))
    return _sum_up(done)


def _split(words: list[str]) -> tuple[list[str], str, list[str]]:
    at = words.index("--") if "--" in words else len(words)
    return words[:at], "--", words[at + 1:]


def _python(folder: Path) -> Path:
    return folder / "Scripts" / "python.exe" if sys.platform == "win32" else folder / "bin" / "python"


def _environment(folder: Path) -> str:
    """Makes the environment, or keeps the one that was made from the same pyproject.toml. What went wrong, or ""."""
    from installers import environment
    from installers.errors import InstallError
    from installers.layout import Layout
    from installers.run import real_environ, run

    wanted = hashlib.sha256((ROOT / "pyproject.toml").read_bytes() + f"{sys.version} {ROOT}".encode()).hexdigest()
    stamp = folder / "cutaway-tests-stamp"
    if stamp.is_file() and stamp.read_text() == wanted and _python(folder).exists():
        return ""
    if folder.exists() and not (stamp.is_file() or (folder / "pyvenv.cfg").is_file()):
        return f"{folder} is there and is not an environment. Move it away, or set CUTAWAY_TEST_ENV."
    print(f"Making the environment for the tests in {folder} (a minute or two) ...")
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    environ = real_environ()
    try:
        environment.create(run, environ, Layout(folder.parent, sys.platform == "win32"), folder)
    except InstallError as error:
        return f"{error.detail}\n{error.message} {error.hint}"
    command: list[str | Path] = [
        _python(folder), "-I", "-m", "pip", "install", *environment.OPTIONS, "--editable", f"{ROOT}[test]"]
    ended = run(command, environ=environment.pip_environ(environ), timeout=SETUP_S)
    if ended.code != 0:
        return f"{ended.tail}\npip could not make the environment for the tests (exit code {ended.code})."
    stamp.write_text(wanted)
    return ""


def _model(folder: Path) -> str:
    """Fetches and verifies the default model into the tests' own home. What went wrong, or ""."""
    from installers.run import real_environ, run

    ended = run([_python(folder), "-I", "-m", "cutaway.models", "get", MODEL],
                environ={**real_environ(), "CUTAWAY_HOME": str(HOME)}, timeout=SETUP_S)
    return "" if ended.code == 0 else f"{ended.tail}\nThe model {MODEL} could not be fetched for the tests."


def _environ() -> dict[str, str]:
    """The tests' environment: nothing of this user's own installation and settings reaches them."""
    from installers.run import real_environ

    said = {name: value for name, value in real_environ().items() if name not in ("CUTAWAY_HOME", "GIMP3_DIRECTORY")}
    return {**said, "CUTAWAY_TEST_MODELS": str(HOME / "models"), "CUTAWAY_TEST_REPORT": str(REPORT)}


def _call(command: Sequence[str | Path], environ: dict[str, str]) -> int:
    """Runs it with its output on the terminal, within the time limit."""
    import subprocess

    try:
        return subprocess.run(
            [str(each) for each in command], cwd=ROOT, env=environ, stdin=subprocess.DEVNULL, timeout=LIMIT_S,
            check=False).returncode
    except subprocess.TimeoutExpired:
        print(f"{command[2]} did not end within {LIMIT_S:.0f} s.", file=sys.stderr)
        return 124


def _check(name: str, command: Sequence[str | Path]) -> Check:
    print(f"\n== {name}")
    started = time.monotonic()
    code = _call(command, _environ())
    return Check(name, code == 0, time.monotonic() - started, "" if code == 0 else f"exit code {code}")


def _pytest(python: Path, rest: Sequence[str], editors: bool) -> Check:
    print("\n== pytest")
    REPORT.unlink(missing_ok=True)
    environ = _environ()
    if editors:
        environ["CUTAWAY_REQUIRE_EDITORS"] = "1"
    started = time.monotonic()
    code = _call([python, "-m", "pytest", "-p", "tests.report", *rest], environ)
    _name_editor_tests()
    return Check("pytest", code == 0, time.monotonic() - started, "" if code == 0 else f"exit code {code}")


def _name_editor_tests() -> None:
    ended = json.loads(REPORT.read_text(encoding="utf-8")) if REPORT.is_file() else []
    print("\n== tests in real editors")
    for name, outcome, reason in ended:
        print(f"  {outcome}  {name}" + (f": {reason}" if reason else ""))
    if not ended:
        print("  none were selected")


def _sum_up(done: Sequence[Check]) -> int:
    print("\n== summary")
    for check in done:
        print(check.line())
    good = all(check.good for check in done)
    print("All checks passed." if good else "Not all checks passed.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
