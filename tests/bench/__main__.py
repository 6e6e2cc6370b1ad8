"""The benchmark: how good the mattes and colours are, what they cost, and crops to look at, beside the peers.

    python -m tests.bench --data FOLDER [--home HOME] [--rembg PYTHON] [--out FOLDER]

FOLDER holds ``images`` and ``alphas`` (one set), or folders that do. HOME has the models: u2netp, and IS-Net (`cutaway
models get isnet`), without which its part is left out. PYTHON is that of an environment with rembg (`pip install rembg
onnxruntime`); it gets the same weights. Into OUT go bench.md, bench.json (every picture's scores too) and the contact
sheets of the worst pictures; they are rewritten after each part.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psutil

import cutaway
from cutaway.home import Home
from tests.bench import edges_ways, stages
from tests.bench.edges_data import read_set, sets
from tests.bench.edges_quality import Contest
from tests.bench.edges_rembg import CLOSED_FORM, FOREGROUND, Rembg, asked
from tests.bench.tables import against, markdown, summary

LEGEND = """"bare model" is the network's answer to the picture squashed to its square, enlarged bilinearly; "bare,
picture's shape" that to the picture in its own shape, as the product runs it. "ours" is the product as a user gets it
(with IS-Net: u2netp fills the interior); the other ours leave out what they name. "rembg" is given the same weights.
SAD, Gradient and Connectivity are sums / 1000. "Colour error" is the mean absolute error of the colours where the
truth is soft and every way shows something, on compositions of known foreground over a blurred background; "true
matte" is ours cleaned with the true matte. Cells are mean / median; higher is better for IoU and weighted F only.
A crop's first column is the picture and, below it, the matte of ours."""

AGAINST = """Pictures won : lost by ours, and in brackets the median of the pictures' own ours / peer."""

COST = """Medians, in seconds; encode (a PNG) is not in the whole. MB of a stage is what it needs over what was
resident when it began, less what it leaves; peak MB is the process's, picture and encoding included."""


class Report:
    """What was found so far, in a folder."""

    def __init__(self, out: Path, about: dict[str, Any]) -> None:
        self._out = out
        self._all: dict[str, Any] = {"about": about, "quality": [], "cost": []}

    def quality(self, name: str, weights: str, scored: dict, failures: list[str], sheets: list[Path]) -> None:
        self._all["quality"].append({
            "set": name, "weights": weights, "ways": summary(scored), "against": against(scored), "pictures": scored,
            "failures": failures, "sheets": [str(path.relative_to(self._out)) for path in sheets]})
        self.write()

    def cost(self, rows: list[dict[str, Any]]) -> None:
        self._all["cost"] += rows
        self.write()

    def write(self) -> None:
        self._out.mkdir(parents=True, exist_ok=True)
        (self._out / "bench.md").write_text(text(self._all), encoding="utf-8")
        (self._out / "bench.json").write_text(json.dumps(self._all, indent=1), encoding="utf-8")


def text(told: dict[str, Any]) -> str:
    """The report in Markdown."""
    parts = ["# Benchmark", ", ".join(f"{key}: {value}" for key, value in told["about"].items())]
    if told["quality"]:
        parts += ["## Quality", LEGEND]
    for one in told["quality"]:
        parts += [f"### {one['set']}, {one['weights']}", markdown(one["ways"]), AGAINST, markdown(one["against"])]
        parts += ["\n".join(f"- {said}" for said in one["failures"])] if one["failures"] else []
        parts += ["\n".join(f"![{path}]({path})" for path in one["sheets"])] if one["sheets"] else []
    if told["cost"]:
        parts += ["## Speed and memory", COST, markdown(told["cost"])]
    return "\n\n".join(parts) + "\n"


def contests(home: Home, networks: list[str], python: Path | None, closed_mp: float) -> list[Contest]:
    out = []
    for network in networks:
        found = edges_ways.found(home, network)
        if found is None:
            print(f"{network} is not in {home.models}: left out", file=sys.stderr)
            continue
        rembg = Rembg(python, found.path, edges_ways.SESSIONS[network]) if python else None
        out.append(Contest(network, edges_ways.Bare(found), edges_ways.shipped(home), rembg, closed_mp))
    return out


def rembg_version(python: Path) -> str:
    """Raises SystemExit where there is none."""
    code = "import importlib.metadata, json; print(json.dumps([importlib.metadata.version('rembg')]))"
    told = asked([str(python), "-I", "-c", code])
    if isinstance(told, dict):
        raise SystemExit(f"{python} has no rembg ({told['failed']['']}).")
    return str(told[0])


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--home", type=Path, help="default: the installation's")
    parser.add_argument("--rembg", type=Path, metavar="PYTHON")
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    parser.add_argument("--networks", nargs="+", default=list(edges_ways.SESSIONS), choices=edges_ways.SESSIONS)
    parser.add_argument("--pictures", type=int, help="of each set at most")
    parser.add_argument("--megapixels", type=float, nargs="+", default=list(stages.MEGAPIXELS))
    parser.add_argument("--repeat", type=int, default=5, help="runs that are timed")
    parser.add_argument("--a-up-to", type=float, default=1.2, help="megapixels of rembg -a (it is slow and large)")
    parser.add_argument("--dc-up-to", type=float, default=24, help="megapixels of rembg -dc, for speed")
    parser.add_argument("--no-quality", action="store_true")
    parser.add_argument("--no-speed", action="store_true")
    parser.add_argument("--panorama", action="store_true", help="speed of a picture of 30000 x 3000 too")
    return parser.parse_args()


def main() -> None:
    said = arguments()
    began = time.perf_counter()
    home = Home(said.home.absolute()) if said.home else Home.find()
    folders = sets(said.data)
    if not folders:
        raise SystemExit(f"{said.data} holds no folder with images and alphas.")
    every = contests(home, said.networks, said.rembg, said.a_up_to)
    subject = max((pixels for folder in folders for _, pixels, _ in read_set(folder, 1)), key=lambda one: one.size)
    report = Report(said.out, {
        "cutaway": cutaway.__version__, "cores": psutil.cpu_count(logical=False), "machine": platform.machine(),
        "python": platform.python_version(), "onnxruntime": version("onnxruntime"),
        "rembg": rembg_version(said.rembg) if said.rembg else "not given", "data": said.data.name,
        "repeat": said.repeat})
    for one in every if not said.no_quality else ():
        for folder in folders:
            found = one.measure(folder, said.out / "sheets", said.pictures)
            report.quality(folder.name, one.network, found.scored, found.failures, found.sheets)
    course = stages.Course(home.path, said.repeat, {CLOSED_FORM: said.a_up_to, FOREGROUND: said.dc_up_to})
    for one in every if not said.no_speed else ():
        for size, pixels in stages.pictures(subject, said.megapixels, said.panorama):
            report.cost(course.rows(one.network, one.final.model, one.rembg, size, pixels))
    report.write()
    print((said.out / "bench.md").read_text(encoding="utf-8"))
    print(f"{time.perf_counter() - began:.0f} s; {said.out}", file=sys.stderr)


if __name__ == "__main__":
    main()
