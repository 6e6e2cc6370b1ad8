"""Time and memory of the mask operations: ``python -m tests.bench.mask_bench [--json] [--megapixels N] [--only NAME]``.

Each line is measured in a process of its own: first the peak of the resident memory over what it was with the input
loaded (Linux; output and everything temporary), then the seconds of several runs: their median, and the least, which is
the fairer one on a machine that others use too.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from tests.mask.masks import Array, of_type

OPERATIONS: dict[str, tuple[str, str, tuple[float, ...]]] = {
    "shift": ("shift", "shift", (5, 50, 200, -50, 50.5)),
    "feather": ("feather", "feather", (5, 50, 200)),
    "holes": ("holes", "fill_holes", (5, 50, 200)),
    "specks": ("specks", "drop_specks", (5, 50, 200)),
    "smooth": ("smooth", "smooth", (5, 50, 100)),
    "contrast": ("contrast", "contrast", (50, 100)),
    "threshold": ("threshold", "threshold", (0.5,)),
    "invert": ("invert", "invert", ()),
}
RUNS = 3


def realistic(height: int, width: int) -> Array:
    """A subject of soft shapes with holes and specks and some thousand strokes like hair, 0..1."""
    random = np.random.default_rng(3)
    canvas = np.zeros((height, width), np.uint8)
    side = min(height, width)
    for _ in range(6):
        centre = (int(random.uniform(0.25, 0.75) * width), int(random.uniform(0.3, 0.8) * height))
        axes = (int(random.uniform(0.05, 0.22) * side), int(random.uniform(0.05, 0.25) * side))
        cv2.ellipse(canvas, centre, axes, float(random.uniform(0, 180)), 0, 360, 255, -1)
    for shade in (0, 255):
        for _ in range(60):
            centre = (int(random.uniform(0, 1) * width), int(random.uniform(0, 1) * height))
            cv2.circle(canvas, centre, int(random.uniform(2, 0.012 * side)), shade, -1)
    canvas = cv2.GaussianBlur(canvas, (0, 0), 2.5)
    for _ in range(2000):
        angle = random.uniform(0, 2 * np.pi)
        place = np.array([width / 2 + 0.25 * side * np.cos(angle), height / 2 + 0.3 * side * np.sin(angle)])
        points = [place]
        for _ in range(8):
            angle += random.normal(0, 0.25)
            place = place + side * 0.02 * np.array([np.cos(angle), np.sin(angle)])
            points.append(place)
        cv2.polylines(canvas, [(np.array(points) * 16).astype(np.int32)], False, int(random.integers(120, 256)),
                      int(random.integers(1, 4)), cv2.LINE_AA, 4)
    return canvas / np.float32(255)


def noisy(height: int, width: int) -> Array:
    """Every pixel on its own, 0..1: nothing can be left out."""
    return np.random.default_rng(0).random((height, width), np.float32)


SCENES: dict[str, Callable[[int, int], Array]] = {"realistic": realistic, "noisy": noisy}


def measured(name: str, value: float | None, path: Path) -> dict[str, Any]:
    """One line, in this process."""
    module, function, _ = OPERATIONS[name]
    operation = getattr(importlib.import_module(f"cutaway.mask.{module}"), function)
    arguments = () if value is None else (value,)
    operation(np.eye(300, dtype=np.load(path, mmap_mode="r").dtype), *arguments)
    mask = np.load(path)
    before = _reset_peak()
    out = operation(mask, *arguments)
    peak = (_memory("VmHWM") - before) / mask.nbytes
    del out
    seconds = []
    for _ in range(RUNS):
        start = time.perf_counter()
        operation(mask, *arguments)
        seconds.append(time.perf_counter() - start)
    return {"operation": name, "amount": value, "median_s": statistics.median(seconds), "least_s": min(seconds),
            "peak_over_input": peak}


def _reset_peak() -> int:
    """Bytes of resident memory; from here on VmHWM counts anew."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _memory(field: str) -> int:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return int(line.split()[1]) * 1024
    raise LookupError(field)


def _in_own_process(name: str, value: float | None, path: Path) -> dict[str, Any]:
    said = [sys.executable, "-m", "tests.bench.mask_bench", "--line", name, json.dumps(value), str(path)]
    done = subprocess.run(said, check=True, capture_output=True, text=True, timeout=300)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def lines(megapixels: float, only: str | None) -> Iterator[dict[str, Any]]:
    """Every line, each from a process of its own."""
    height, width = round((megapixels * 1e6 / 1.5) ** 0.5), round((megapixels * 1e6 * 1.5) ** 0.5)
    with tempfile.TemporaryDirectory() as folder:
        for scene, make in SCENES.items():
            picture = make(height, width)
            for dtype in ("uint8", "uint16", "float32"):
                path = Path(folder, "mask.npy")
                np.save(path, of_type(picture, dtype))
                for name, (_, _, amounts) in OPERATIONS.items():
                    for value in (amounts or (None,)) if only in (None, name) else ():
                        yield {"mask": scene, "dtype": dtype, **_in_own_process(name, value, path)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="a JSON list instead of a Markdown table")
    parser.add_argument("--megapixels", type=float, default=24.0)
    parser.add_argument("--only", choices=list(OPERATIONS))
    parser.add_argument("--line", nargs=3, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.line:
        name, value, path = said.line
        print(json.dumps(measured(name, json.loads(value), Path(path))))
        return
    if said.json:
        print(json.dumps(list(lines(said.megapixels, said.only)), indent=1))
        return
    print(f"{said.megapixels:g} MP, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f} at the start\n")
    print("| mask | type | operation | amount | median s | least s | peak memory / input |")
    print("|---|---|---|---:|---:|---:|---:|")
    for row in lines(said.megapixels, said.only):
        amount = "" if row["amount"] is None else f"{row['amount']:g}"
        print(f"| {row['mask']} | {row['dtype']} | {row['operation']} | {amount} | {row['median_s']:.3f} "
              f"| {row['least_s']:.3f} | {row['peak_over_input']:.2f} |", flush=True)


if __name__ == "__main__":
    main()
