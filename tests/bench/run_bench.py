"""Speed and memory of a whole run through the installed worker, against the bare network.

    python -m tests.bench.run_bench [--home HOME] [--megapixels 12 24] [--repeat 5] [--json FILE]

Needs an installation (`python3 -m installers`): its worker, its default model. Everything is measured from outside, as
a host sees it: from handing the pixels over to the finished mask. Prints a table in Markdown. What each stage of a run
takes, and the peers, are in `python -m tests.bench`.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import psutil

from cutaway_bridge import flow, host, installation
from cutaway_bridge.client import Client

PICTURE = Path(__file__).resolve().parents[1] / "pictures" / "astronaut.jpg"

BARE = """
import os, sys, time, statistics, numpy as np
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime as ort
session = ort.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
shown = session.get_inputs()[0]
data = np.random.default_rng(1).random([1 if isinstance(n, str) else n for n in shown.shape], np.float32)
outputs = [session.get_outputs()[0].name]
session.run(outputs, {shown.name: data})
took = []
for _ in range(int(sys.argv[2])):
    start = time.perf_counter(); session.run(outputs, {shown.name: data}); took.append(time.perf_counter() - start)
print(statistics.median(took))
"""

class ArrayHost(host.Host):
    """A host whose layer is an array: the editor's share without an editor."""

    name = "bench"

    def __init__(self, pixels):
        self.pixels = pixels
        self.mask = None

    def open_source(self):
        height, width, channels = self.pixels.shape
        return host.Source("bench", width, height, channels, "|u1")

    def read_pixels(self, y, rows):
        return self.pixels[y : y + rows].tobytes()

    def put_result(self, source, result):
        self.mask = np.frombuffer(result.mask.read_rows(0, source.height), np.uint8)


def photograph(megapixels: float) -> np.ndarray:
    """A photograph of that many megapixels, RGB: the small one enlarged, with fine grain so that it is not smooth."""
    small = cv2.cvtColor(cv2.imread(str(PICTURE)), cv2.COLOR_BGR2RGB)
    height = round((megapixels * 1e6 / 1.5) ** 0.5)
    large = cv2.resize(small, (round(height * 1.5), height), interpolation=cv2.INTER_CUBIC).astype(np.int16)
    large += np.random.default_rng(2).integers(-6, 7, (*large.shape[:2], 1), dtype=np.int16)
    return np.clip(large, 0, 255).astype(np.uint8)


def peak_mb(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text()
    return int(text.split("VmHWM:")[1].split()[0]) / 1024


def warm_run(client: Client, pixels: np.ndarray, repeat: int) -> float:
    took = []
    for turn in range(repeat + 1):
        bench = ArrayHost(pixels)
        start = time.perf_counter()
        flow.drive(flow.run(bench, {}, client))
        if turn:
            took.append(time.perf_counter() - start)
    return statistics.median(took)


def cold_start(found: installation.Installation) -> float:
    """Seconds from no worker at all to the default model ready in it."""
    Client(found, "bench").stop()
    start = time.perf_counter()
    with Client(found, "bench") as client:
        client.connect()
        while not client.call("status")["models"]:
            time.sleep(0.01)
            if time.perf_counter() - start > 60:
                raise SystemExit("the model did not get ready within 60 s")
        return time.perf_counter() - start


def command_peak(found: installation.Installation, pixels: np.ndarray, folder: Path) -> tuple[float, float]:
    """(seconds, worker's peak in MB) of `cutaway remove` on a JPEG, with a worker of its own."""
    Client(found, "bench").stop()
    picture = folder / "picture.jpg"
    cv2.imwrite(str(picture), pixels[..., ::-1])
    command = [found.python, "-I", "-m", "cutaway_cli", "remove", str(picture), "-o", str(folder / "out.png")]
    command += ["--overwrite"]
    start = time.perf_counter()
    home = {**os.environ, "CUTAWAY_HOME": found.home}
    subprocess.run(command, check=True, env=home, capture_output=True, timeout=300)
    took = time.perf_counter() - start
    with Client(found, "bench") as client:
        if not client.reach():
            raise SystemExit("the worker has gone")
        return took, peak_mb(client.worker["pid"])


def help_time(found: installation.Installation, repeat: int) -> float:
    took = []
    for _ in range(repeat):
        start = time.perf_counter()
        subprocess.run([found.python, "-I", "-m", "cutaway_cli", "--help"], check=True, capture_output=True,
                       env={**os.environ, "CUTAWAY_HOME": found.home})
        took.append(time.perf_counter() - start)
    return statistics.median(took)


def printed(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def measure(found: installation.Installation, megapixels: list[float], repeat: int, folder: Path) -> list[dict]:
    rows: list[dict] = []
    model = Path(found.home) / "models" / "u2netp.onnx"
    bare = float(printed([found.python, "-I", "-c", BARE, str(model), str(repeat)]))
    rows.append({"what": "bare network run, u2netp", "seconds": bare})
    rows.append({"what": "`cutaway --help`", "seconds": help_time(found, repeat), "target": "0.3"})
    rows.append({"what": "worker from nothing to model ready", "seconds": cold_start(found), "target": "1.0"})
    for size in megapixels:
        pixels = photograph(size)
        with Client(found, "bench") as client:
            client.connect()
            warm = warm_run(client, pixels, repeat)
        rows.append({"what": f"{size:g} MP, warm, hand-over to mask", "seconds": warm,
                     "ratio": warm / bare, "target": f"{1.5 * bare + 1:.2f}" if size == 12 else ""})
        seconds, memory = command_peak(found, pixels, folder)
        rows.append({"what": f"{size:g} MP JPEG to PNG, `cutaway remove`, cold", "seconds": seconds,
                     "peak_mb": memory, "target": "1000 MB" if size == 24 else ""})
    return rows


def table(rows: list[dict]) -> str:
    lines = ["| what | seconds | x bare run | peak MB | target |", "|---|---|---|---|---|"]
    for row in rows:
        ratio = f"{row['ratio']:.2f}" if "ratio" in row else ""
        memory = f"{row['peak_mb']:.0f}" if "peak_mb" in row else ""
        lines.append(f"| {row['what']} | {row['seconds']:.2f} | {ratio} | {memory} | {row.get('target', '')} |")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", help="an installation's folder (default: the one found)")
    parser.add_argument("--megapixels", type=float, nargs="+", default=[12, 24])
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", type=Path)
    said = parser.parse_args()
    found = installation.read(said.home) if said.home else installation.find()
    folder = Path(tempfile.mkdtemp(prefix="cutaway-bench-"))
    try:
        rows = measure(found, said.megapixels, said.repeat, folder)
    finally:
        shutil.rmtree(folder)
    print(f"{psutil.cpu_count(logical=False)} cores, medians of {said.repeat}\n")
    print(table(rows))
    if said.json:
        said.json.write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
