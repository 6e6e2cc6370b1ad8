"""``python -m tests.editors install|find [NAME]``: makes the editors that the tests run in."""

from __future__ import annotations

import argparse
import sys
import time

from . import roots


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.editors", description=__doc__)
    parser.add_argument("action", choices=("install", "find"))
    parser.add_argument("name", nargs="?", choices=sorted(roots.RECIPES), help="default: all")
    said = parser.parse_args(words)
    failed = False
    for name in [said.name] if said.name else sorted(roots.RECIPES):
        start = time.monotonic()
        try:
            editor = roots.install(name) if said.action == "install" else roots.find(name)
        except (RuntimeError, LookupError, OSError) as error:
            print(f"{name}: {error}", file=sys.stderr)
            failed = True
            continue
        if editor is None:
            print(f"{name}: not here. Make it with: python -m tests.editors install {name}")
            failed = True
        else:
            where = editor.root or "on the PATH"
            version = editor.versions().get(roots.RECIPES[name].packages[0], "version not recorded")
            print(f"{name}: {where} ({version}), "
                  f"{time.monotonic() - start:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
