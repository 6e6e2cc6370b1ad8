"""The editors that the tests run in.

    python -m tests.editors install [NAME...]   makes them, each in a folder of its own; by itself those of a normal run
    python -m tests.editors find [NAME...]      where they are, and their versions; by itself all
    python -m tests.editors every [NAME...]     the tests on one after another; by itself all that a normal run has not
"""

from __future__ import annotations

import argparse
import sys
import time

from . import every, roots


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.editors", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=("install", "find", "every"))
    # argparse checks a default against the choices too, so these are checked below.
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(roots.RECIPES))
    parser.add_argument(
        "--allow-missing", action="store_true", help="every: a version that the mirror does not have is no failure")
    said = parser.parse_args(words)
    unknown = [name for name in said.names if name not in roots.RECIPES]
    if unknown:
        parser.error(f"There is no {', '.join(unknown)}; there are {', '.join(roots.RECIPES)}.")
    if said.action == "every":
        return every.go_through(said.names or every.further(), said.allow_missing)
    if said.action == "install":
        return _install(said.names or [roots.chosen(kind) for kind in roots.DEFAULTS])
    return _find(said.names)


def _install(names: list[str]) -> int:
    failed = False
    for name in names:
        start = time.monotonic()
        try:
            editor = roots.install(name)
        except (RuntimeError, LookupError, OSError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed = True
            continue
        print(f"{_line(editor)}, {time.monotonic() - start:.0f} s", flush=True)
    return 1 if failed else 0


def _find(names: list[str]) -> int:
    needed = names or [roots.chosen(kind) for kind in roots.DEFAULTS]
    failed = False
    for name in names or roots.RECIPES:
        editor = roots.find(name)
        if editor is None:
            print(f"{name}: not here. Make it with: python -m tests.editors install {name}")
            failed = failed or name in needed
        else:
            print(_line(editor))
    return 1 if failed else 0


def _line(editor: roots.Editor) -> str:
    return f"{editor.name}: {editor.version}, {editor.root or 'on the PATH'}"


if __name__ == "__main__":
    sys.exit(main())
