"""The models without the worker, in plain lines: ``python -m cutaway.models list | get | import | remove | verify``.

Exit codes: 0 done, 1 not done (one sentence on the error stream), 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from cutaway.errors import CutawayError
from cutaway.home import Home
from cutaway.job import Job
from cutaway.models.store import ModelStore


def main(arguments: Sequence[str] | None = None, store: ModelStore | None = None) -> int:
    said = _parser().parse_args(arguments)
    store = store or ModelStore(Home.find())
    try:
        return _do(said, store)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130
    except CutawayError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m cutaway.models", description="The models on this computer.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="every model of the catalogue")
    commands.add_parser("get", help="fetch one and check it").add_argument("name")
    taken = commands.add_parser("import", help="take one from a file, without network")
    taken.add_argument("file")
    taken.add_argument("--name", help="which model it is meant to be")
    commands.add_parser("remove", help="take one away").add_argument("name")
    commands.add_parser("verify", help="read the files and compare their hashes").add_argument("name", nargs="?")
    return parser


def _do(said: argparse.Namespace, store: ModelStore) -> int:
    if said.command == "list":
        for row in store.list():
            state = "best" if row["best"] else "installed" if row["installed"] else "-"
            print(f"{row['name']}\t{state}\t{row['bytes']}\t{row['licence']}\t{row['title']}: {row['use']}")
    elif said.command == "get":
        print(f"Getting {said.name} ...", flush=True)
        got = store.get(said.name, Job())
        print(f"{got['name']}: {got['bytes']} bytes from {got['source']}, checked.")
    elif said.command == "import":
        taken = store.import_file(said.file, said.name)
        done = f"tried, from now on held to SHA-256 {taken['sha256']}" if taken["own"] else "checked"
        print(f"{taken['name']}: {taken['bytes']} bytes, {done}.")
    elif said.command == "remove":
        store.remove(said.name)
        print(f"{said.name}: removed.")
    else:
        verdicts = store.verify(said.name)
        for verdict in verdicts:
            print(f"{verdict['name']}\t{verdict['state']}")
        bad = [one for one in verdicts if one["state"] == "damaged" or (said.name and one["state"] != "good")]
        return 1 if bad else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
