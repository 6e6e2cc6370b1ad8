"""``python -I -m cutaway.worker --home FOLDER``: how plugin/bridge/starter.py starts the worker."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from cutaway.home import Home
from cutaway.worker.core import RealCore
from cutaway.worker.process import serve


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="cutaway.worker", description="The background process of Cutaway.")
    parser.add_argument(
        "--home", type=Path, help="the installation's folder (default: CUTAWAY_HOME, else the platform's)")
    said = parser.parse_args(arguments).home
    home = Home(said.absolute()) if said else Home.find()
    return serve(home, RealCore(home))


if __name__ == "__main__":
    sys.exit(main())
