"""How long Krita's interface stands still while a layer goes through Remove Background, beside Krita's own doings.

    python -m tests.bench.krita_gaps [--editor krita-5.1] [--kinds RGBA:U8 CMYKA:U8] [--form paint] [--megapixels 24]

The worker is a stand-in that answers at once: what is measured is the adapter. "Krita itself" is the longest gap while
Krita hides and shows the same layer by its own menu entry, right after each run: no result comes in for less. On a
machine that others use too, repeat and take the least.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.editors import roots, screen
from tests.editors.fake_worker import FakeWorker
from tests.editors.krita_session import Krita

KINDS = ("RGBA:U8", "RGBA:U16", "RGBA:F32", "GRAYA:U8", "CMYKA:U8", "LABA:U16")


def measured(editor: roots.Editor, kinds: list[str], form: str, megapixels: float, repeat: int) -> list[dict[str, Any]]:
    """A row for each run: "kind", "gap", "by_stage", "seconds", "own", "calls" (the longest built-in calls)."""
    width = round((megapixels * 1e6 * 1.5) ** 0.5)
    folder = Path(tempfile.mkdtemp(prefix="cutaway-", dir="/tmp"))
    try:
        with screen.screen(folder) as shown:
            krita = Krita(editor, folder, shown.display).prepare()
            with FakeWorker(krita.home):
                given = {"kinds": [kind.split(":") for kind in kinds], "size": [width, round(width / 1.5)],
                         "repeat": repeat, "form": form}
                return list(krita.script("krita_gaps", given, limit_s=1200)["rows"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--editor", default="krita-5.1")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS))
    parser.add_argument("--form", default="paint", choices=("paint", "filtered", "group"))
    parser.add_argument("--megapixels", type=float, default=24)
    parser.add_argument("--repeat", type=int, default=3)
    said = parser.parse_args()
    editor = roots.find(said.editor)
    if editor is None:
        print(f"Make it first: python -m tests.editors install {said.editor}", file=sys.stderr)
        return 1
    rows = measured(editor, said.kinds, said.form, said.megapixels, said.repeat)
    print(f"{editor.name}, {said.form}, {said.megapixels:g} MP: the least of {said.repeat}\n")
    print("| layer | longest gap s | reading s | putting in s | Krita itself s | whole run s |")
    print("|---|---|---|---|---|---|")
    for kind in said.kinds:
        own = [row for row in rows if row["kind"] == kind.replace(":", " ")]
        least = {name: min(row[name] for row in own) for name in ("gap", "own", "seconds")}
        stages = [min(row["by_stage"].get(stage, 0.0) for row in own)
                  for stage in ("Reading the layer", "Putting the result in")]
        print(f"| {kind} | {least['gap']:.2f} | {stages[0]:.2f} | {stages[1]:.2f} | {least['own']:.2f} | "
              f"{least['seconds']:.1f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
