"""Speed and peak memory by size: ours stage by stage, and rembg's ways, each in a process of its own."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from tests.bench.edges_data import enlarged
from tests.bench.edges_rembg import CLOSED_FORM, FOREGROUND, Rembg, asked
from tests.bench.edges_ways import Array
from tests.bench.tables import Row

MEGAPIXELS = (1.0, 4.0, 12.0, 24.0, 50.0, 100.0)
PANORAMA = (30000, 3000)
INSIDE = Path(__file__).with_name("stages_inside.py")
PEERS = 3
"""Runs of rembg that are timed, at most."""


@dataclass(frozen=True)
class Course:
    """``limits``: the megapixels up to which a way of rembg is run, for those that have a limit."""

    home: Path
    repeat: int
    limits: dict[str, float]

    def rows(self, network: str, model: str, rembg: Rembg | None, size: str, pixels: Array) -> list[Row]:
        """One row for each way, at one size."""
        print(f"{network}: {size}", file=sys.stderr, flush=True)
        out = [{"size": size, "weights": network, "way": "ours", **self._ours(model, pixels)}]
        for way in ("plain", "pp", FOREGROUND, CLOSED_FORM) if rembg else ():
            row = {"size": size, "weights": network, "way": f"rembg {way}"}
            most = self.limits.get(way)
            if most is not None and pixels.size > 3e6 * most * 1.01:
                out.append({**row, "whole s": f"not run over {most:g} MP"})
            else:
                out.append({**row, **theirs(rembg, pixels, way, min(PEERS, max(2, self.repeat)))})
        return out

    def _ours(self, model: str, pixels: Array) -> Row:
        with tempfile.TemporaryDirectory(prefix="cutaway-stages-") as place:
            file = Path(place, "pixels.npy")
            np.save(file, pixels)
            told = asked([sys.executable, "-I", str(INSIDE), str(file), str(self.home), model, str(self.repeat),
                          str(Path(place, "out.png"))])
        return ours_row(told)


def ours_row(told: dict) -> Row:
    """A row of what stages_inside.py said."""
    if "whole" not in told:
        return {"whole s": _reason(told)}
    seconds = {f"{key} s": told[key] for key in ("run", "edges", "mask", "colours", "whole")}
    return {
        **seconds, "beyond the run s": told["whole"] - told["run"] - told.get("load", 0.0), "encode s": told["encode"],
        **{f"{key} MB": value for key, value in told["MB by stage"].items()}, "peak MB": told["MB"]}


def theirs(rembg: Rembg, pixels: Array, way: str, repeat: int) -> Row:
    with rembg.made(iter([("picture", pixels)]), [way], repeat) as made:
        told = made.told[way]
    if not told.get("whole"):
        return {"whole s": _reason(told)}
    run, whole = statistics.median(told["run"]), statistics.median(told["whole"])
    row = {"run s": run, "whole s": whole, "beyond the run s": whole - run, "peak MB": told["MB"]}
    return {**row, "encode s": statistics.median(told["encode"])} if told["encode"] else row


def pictures(pixels: Array, megapixels: list[float], panorama: bool) -> Iterator[tuple[str, Array]]:
    """The picture at each size, and as a long strip."""
    for size in megapixels:
        yield f"{size:g} MP", enlarged(pixels, size)
    if panorama:
        yield f"{PANORAMA[0]} x {PANORAMA[1]}", cv2.resize(pixels, PANORAMA, interpolation=cv2.INTER_CUBIC)


def _reason(told: dict) -> str:
    return "failed: " + "; ".join(told.get("failed", {}).values())
