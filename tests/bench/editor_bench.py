"""From the call in GIMP to the finished layer, against the bare network.

    python -m tests.bench.editor_bench --model FOLDER/u2netp.onnx [--megapixels 12 24] [--repeat 4]

Runs the real GIMP 3 (`python -m tests.editors install gimp-3.0`) without a window, with the real worker, which the
first run starts; the medians are of the runs after that. "editor's share" is what is left of a run when 1.5 times the
bare network run is taken off: the target is 1.0 s.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

import cv2

import cutaway
from tests.bench.run_bench import BARE, photograph, printed
from tests.editors import roots, session
from tests.editors.fake_worker import write_record


def seconds(editor: roots.Editor, model: Path, megapixels: float, repeat: int) -> tuple[float, list[float]]:
    """(first run, later runs): the procedure's own time inside GIMP, without loading and saving the picture."""
    folder = Path(tempfile.mkdtemp(prefix="cutaway-", dir="/tmp"))
    try:
        gimp = session.Gimp(editor, folder).prepare()
        write_record(gimp.home, sys.executable, cutaway.__version__)
        gimp.home.chmod(0o700)
        (gimp.home / "models").mkdir()
        shutil.copy2(model, gimp.home / "models")
        photo = folder / "photo.png"
        cv2.imwrite(str(photo), photograph(megapixels)[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
        runs = {f"run{turn}": {} for turn in range(repeat + 1)}
        answers = gimp.script("photo", {"photo": str(photo), "runs": runs}, limit_s=600)
        for answer in answers.values():
            if answer["error"]:
                raise SystemExit(answer["error"])
        took = [answers[name]["seconds"] for name in runs]
        return took[0], took[1:]
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[12, 24])
    parser.add_argument("--repeat", type=int, default=4)
    said = parser.parse_args()
    editor = roots.find("gimp-3.0")
    if editor is None:
        print("GIMP 3 is not here. Make it with: python -m tests.editors install gimp-3.0", file=sys.stderr)
        return 1
    bare = float(printed([sys.executable, "-c", BARE, str(said.model), "5"]))
    print(f"bare network run: {bare:.2f} s\n")
    print("| GIMP 3, default model | first run (worker starts) s | warm run s | editor's share s | target |")
    print("|---|---|---|---|---|")
    for size in said.megapixels:
        first, later = seconds(editor, said.model, size, said.repeat)
        warm = statistics.median(later)
        target = "at most 1.0" if size == 12 else ""
        print(f"| {size:g} MP | {first:.2f} | {warm:.2f} | {warm - 1.5 * bare:.2f} | {target} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
