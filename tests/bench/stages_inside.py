"""Runs by itself: what each stage of a run of the product takes, with one picture.

    python stages_inside.py PIXELS.npy HOME MODEL REPEAT OUT.png

The first run is watched for memory, REPEAT further ones for time. Prints one line of JSON: "model", the medians in
seconds ("load", "run", "look", "edges", "mask", "colours", "whole", "encode"), "MB by stage" (the most resident over
what was when the stage began, less what it leaves) and "MB", the peak of the process, picture and encoding included.
"""

from __future__ import annotations

import ctypes
import json
import statistics
import sys
import threading
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import psutil

from cutaway import remove_background
from cutaway.home import Home

EVERY_S = 0.002


class Watch:
    """The most resident memory in each stage, in bytes, sampled while ``with`` runs."""

    def __init__(self) -> None:
        self.before: dict[str, int] = {}
        self.peak: dict[str, int] = defaultdict(int)
        self._process, self._ended, self._stage = psutil.Process(), threading.Event(), ""

    def __enter__(self) -> Watch:
        self._thread = threading.Thread(target=self._sample)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    def stage(self, name: str, _: float = 0.0) -> None:
        """What runs from now on; what earlier stages have freed is handed back, so that it is not used unseen."""
        if name != self._stage:
            self._note()
            if sys.platform == "linux":
                ctypes.CDLL(None).malloc_trim(0)
            self.before.setdefault(name, self._process.memory_info().rss)
            self._stage = name

    def over(self, name: str, left: int = 0) -> float:
        """MB that the stage needed besides what it leaves."""
        return max(0, self.peak[name] - self.before.get(name, self.peak[name]) - left) / 1e6

    def _sample(self) -> None:
        while not self._ended.wait(EVERY_S):
            self._note()

    def _note(self) -> None:
        self.peak[self._stage] = max(self.peak[self._stage], self._process.memory_info().rss)


def peak_mb() -> float | None:
    try:
        return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024 / 1e6
    except OSError:
        return None


def main() -> None:
    file, place, model, repeat, out = sys.argv[1:]
    pixels, home = np.load(file), Home(Path(place))
    remove_background(np.ascontiguousarray(pixels[:64, :64]), home=home, model=model)  # loads it
    with Watch() as watch:
        result = remove_background(pixels, home=home, model=model, on_progress=watch.stage)
        watch.stage("encode")
        result.save(out, overwrite=True)
    cutout = result.cutout
    tiles = 0 if cutout.foreground is None else cutout.foreground.pixels.nbytes
    memory = {"run": watch.over("model"), "edges": watch.over("edges", cutout.matte.values.nbytes),
              "colours": watch.over("colours", tiles), "encode": watch.over("encode")}
    name = cutout.matte.model
    del result, cutout
    rows = []
    for _ in range(int(repeat)):
        start = time.perf_counter()
        result = remove_background(pixels, home=home, model=model)
        whole = time.perf_counter() - start
        start = time.perf_counter()
        result.save(out, overwrite=True)
        rows.append({**result.cutout.provenance.seconds, "whole": whole, "encode": time.perf_counter() - start})
        del result
    told = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
    print(json.dumps({**told, "model": name, "MB by stage": memory, "MB": peak_mb()}))


if __name__ == "__main__":
    main()
