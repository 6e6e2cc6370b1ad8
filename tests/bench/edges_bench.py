"""How good the edges are, and what they cost: tables in Markdown, JSON, and crops of the worst cases at 100 %.

    python -m tests.bench.edges_bench --data FOLDER --model u2netp.onnx [--fine ISNET.onnx] [--rembg PYTHON]
                                      [--out FOLDER] [--json FILE] [--connectivity] [--no-cost]

FOLDER holds ``images`` and ``alphas`` (one set), or folders that do. ``--model`` is a U2-Net (320 x 320, ImageNet's
mean and deviation); with ``--fine`` an IS-Net (1024 x 1024, mean 0.5) gives the edges and the U2-Net the interior.
``--rembg`` is the Python of an environment that has rembg; it runs the same weights, its -a (slow, and large) on
pictures of up to SLOW_MP only.

Ways: "bare model" is the network's answer enlarged bilinearly; "bare, squashed" that to the square input, where
the network is run in the picture's shape; "ours, not refined" and "ours" are the pipeline's raw
matte, second look included; "ours, one look" is without it. "Colour error" is the mean absolute error of the colours
where the truth is soft and every way shows something, on compositions of known foreground over a blurred background, of
the whole run; "exact" is ours cleaned with the true matte, where the truth is soft. Speed is measured on the first
picture at 1, 4, 12 and 24 MP, each in a process of its own; memory is the peak of what is resident over picture, matte
and tiles.
"""

from __future__ import annotations

import argparse
import functools
import json
import multiprocessing
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil

from cutaway.foreground import clean
from cutaway.job import Job
from cutaway.mask.refine import refine
from cutaway.picture.model import Picture
from tests.bench import edges_sheets
from tests.bench.edges_scores import Array, colour_error, scores
from tests.bench.edges_ways import Network, Networks, Rembg, cleaned, ours

MEGAPIXELS = (1, 4, 12, 24)
RUNS = 5
SLOW_MP = 1.2
COMPOSED = (512, 1600)
"""Long sides between which a composition is made too: the small are too coarse, the large too slow for rembg -dc."""
BLUR = 40
"""Long side over the blur of a composition's background."""
VISIBLE = 12
"""Alpha, of 255, over which a way shows a pixel."""

Results = Callable[[str, str], Array | None]


class Peak:
    """The most resident memory while the block runs, over what it was before, in bytes (sampled every 2 ms)."""

    def __enter__(self) -> Peak:
        self._process, self._stop = psutil.Process(), threading.Event()
        self._before = self.extra = self._process.memory_info().rss
        self._thread = threading.Thread(target=self._watch)
        self._thread.start()
        return self

    def _watch(self) -> None:
        while not self._stop.wait(0.002):
            self.extra = max(self.extra, self._process.memory_info().rss)

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()
        self.extra -= self._before


def read_set(folder: Path) -> Iterator[tuple[str, Array, Array]]:
    """(name, (h, w, 3) uint8 RGB, true matte (h, w) float32 0..1) of each picture that has an alpha."""
    alphas = {path.stem: path for path in (folder / "alphas").iterdir()}
    for path in sorted((folder / "images").iterdir()):
        if path.stem in alphas:
            true = cv2.imread(str(alphas[path.stem]), cv2.IMREAD_UNCHANGED)
            true = true if true.ndim == 2 else true[..., -1 if true.shape[2] == 4 else 0]
            scale = np.float32(np.iinfo(true.dtype).max)
            yield path.stem, cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB), true.astype(np.float32) / scale


def composed(pixels: Array, true: Array, other: Array) -> tuple[Array, Array]:
    """A picture whose foreground colours are known: (mixture, foreground), uint8.

    The foreground is the nearest opaque colour of ``pixels``, the background is ``other``, with a camera's noise.
    """
    opaque = true > 0.98
    if not opaque.any():
        return pixels, pixels
    _, labels = cv2.distanceTransformWithLabels(
        (~opaque).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)
    table = np.zeros((int(labels.max()) + 1, 3), np.float32)
    table[labels[opaque]] = pixels[opaque]
    front = table[labels]
    smooth = cv2.GaussianBlur(front, (0, 0), max(1.0, max(true.shape) / 250))
    front = np.where(opaque[..., np.newaxis], front, 0.5 * (front + smooth))
    back = cv2.resize(other, true.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32)
    share = true[..., np.newaxis]
    noise = np.random.default_rng(1).normal(0, 2.5, front.shape)
    mixed = share * front + (1 - share) * back + noise
    return np.clip(mixed + 0.5, 0, 255).astype(np.uint8), np.clip(front + 0.5, 0, 255).astype(np.uint8)


def backed(folder: Path) -> Iterator[tuple[str, Array, Array, tuple[Array, Array] | None]]:
    """:func:`read_set` with a composition before the previous picture, where the size lies in COMPOSED."""
    before: Array | None = None
    for name, pixels, true in read_set(folder):
        fits = COMPOSED[0] < max(true.shape) <= COMPOSED[1]
        other = cv2.GaussianBlur(pixels[::-1, ::-1] if before is None else before, (0, 0), max(true.shape) / BLUR)
        yield name, pixels, true, composed(pixels, true, other) if fits else None
        before = pixels


def shown_to_rembg(folder: Path, compositions: bool) -> Iterator[tuple[str, Array]]:
    for name, pixels, _, both in backed(folder):
        if not compositions:
            yield name, pixels
        elif both is not None:
            yield name, both[0]


def measure(
    folder: Path, engine: Networks, rembg: Rembg | None, out: Path | None, connectivity: bool
) -> dict[str, dict[str, list[float]]]:
    """Each picture's scores by way and score, of one set."""
    table: dict[str, dict[str, list[float]]] = {}

    def note(way: str, said: dict[str, float]) -> None:
        for key, value in said.items():
            table.setdefault(way, {}).setdefault(key, []).append(value)

    sheets: list[tuple[float, Array]] = []
    with ExitStack() as stack:
        peers, others = _peers(stack, folder, rembg)
        for name, pixels, true, both in backed(folder):
            mattes = ours(engine, pixels)
            made = {way: results(way, name) for way, results in peers.items()}
            mattes.update({f"rembg {way}": shown[..., 3] for way, shown in made.items() if shown is not None})
            for way, matte in mattes.items():
                note(way, scores(matte / np.float32(255), true, connectivity=connectivity))
            if both is not None:
                coloured = _coloured(engine, both[0], name, others)
                common = np.logical_and.reduce([alpha > VISIBLE for _, alpha in coloured.values()])
                for way, (shown, _) in coloured.items():
                    note(way, {"Colour error": colour_error(shown, both[1], np.where(common, true, 0))})
                exact = np.rint(true * 255).astype(np.uint8)
                note("ours", {"exact": colour_error(cleaned(both[0], exact), both[1], true)})
            if out is not None:
                kept = {way: mattes[way] for way in ("bare model", "ours", "rembg plain") if way in mattes}
                sheets.append((table["ours"]["Gradient"][-1] / true.size, edges_sheets.row(
                    name, pixels, true, kept, cleaned(pixels, mattes["ours"]))))
    if sheets and out is not None:
        edges_sheets.save(sheets, out / f"{folder.name}.png")
    return table


def _peers(stack: ExitStack, folder: Path, rembg: Rembg | None) -> tuple[dict[str, Results], dict[str, Results]]:
    """rembg's results by way: of the pictures, and of the compositions."""
    if rembg is None:
        return {}, {}
    small = all(true.size <= SLOW_MP * 1e6 for _, _, true in read_set(folder))
    ways = ["plain", "pp", *(["a"] if small else [])]
    first, _ = stack.enter_context(rembg.made(shown_to_rembg(folder, False), ways))
    if not any(True for _ in shown_to_rembg(folder, True)):
        return dict.fromkeys(ways, first), {}
    second, _ = stack.enter_context(rembg.made(shown_to_rembg(folder, True), ["plain", "dc"]))
    return dict.fromkeys(ways, first), dict.fromkeys(["plain", "dc"], second)


def _coloured(
    engine: Networks, mixed: Array, name: str, others: dict[str, Results]
) -> dict[str, tuple[Array, Array]]:
    """Each way's colours and alpha of a composition."""
    matte = ours(engine, mixed)["ours"]
    out = {"bare model": (mixed, matte), "ours": (cleaned(mixed, matte), matte)}
    for way, results in others.items():
        made = results(way, name)
        if made is not None:
            out[f"rembg {way}"] = made[..., :3], made[..., 3]
    return out


def summary(name: str, table: dict[str, dict[str, list[float]]]) -> list[dict[str, Any]]:
    """One row a way: means, and the median of the pictures' own Gradient and SAD over the bare model's."""
    rows = []
    bare = table["bare model"]
    for way, said in table.items():
        row: dict[str, Any] = {"set": name, "way": way}
        row.update({key: statistics.fmean(values) for key, values in said.items()})
        for key in ("SAD", "Gradient"):
            if key in said and len(said[key]) == len(bare[key]):
                row[f"{key} / bare, median"] = statistics.median(
                    one / max(other, 1e-9) for one, other in zip(said[key], bare[key], strict=True))
        rows.append(row)
    return rows


def speed(pixels: Array, coarse: Array, megapixels: int) -> dict[str, float]:
    """Seconds (the median of RUNS) and peak memory of both steps, for 8 bits."""
    scale = (megapixels * 1e6 / (pixels.shape[0] * pixels.shape[1])) ** 0.5
    how = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_AREA
    picture = Picture(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=how))
    with Peak() as first:
        matte = refine(coarse, picture, Job(), np.uint8)
    with Peak() as second:
        found = clean(picture, matte, matte, 100, Job())
    tiles = 0 if found is None else found.pixels.nbytes
    return {
        "MP": megapixels,
        "refine s": _seconds(lambda: refine(coarse, picture, Job(), np.uint8)),
        "refine MB": max(0.0, (first.extra - matte.nbytes) / 1e6),
        "clean s": _seconds(lambda: clean(picture, matte, matte, 100, Job())),
        "clean MB": max(0.0, (second.extra - tiles) / 1e6),
    }


def _seconds(action: Callable[[], Any]) -> float:
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def markdown(rows: list[dict[str, Any]]) -> str:
    head = list(dict.fromkeys(key for row in rows for key in row))
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(_cell(row.get(key, "")) for key in head) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main() -> None:
    parser = argparse.ArgumentParser(description="Quality and cost of edge refinement and clean colours.")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--fine", type=Path, help="an IS-Net whose interior the model fills")
    parser.add_argument("--rembg", type=Path, help="the Python of an environment with rembg")
    parser.add_argument("--out", type=Path, help="a folder for the contact sheets")
    parser.add_argument("--connectivity", action="store_true", help="that score too (slow)")
    parser.add_argument("--no-cost", action="store_true", help="quality only")
    parser.add_argument("--json", type=Path)
    said = parser.parse_args()
    fine = Network(said.fine, (0.5,) * 3, (1.0,) * 3) if said.fine else None
    engine = Networks(Network(said.model, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)), fine)
    session = "isnet-general-use" if fine else "u2netp"
    rembg = Rembg(said.rembg, said.fine or said.model, session) if said.rembg else None
    sets = [said.data] if (said.data / "images").is_dir() else sorted(
        path for path in said.data.iterdir() if (path / "images").is_dir())
    quality: list[dict[str, Any]] = []
    for path in sets:
        quality += summary(path.name, measure(path, engine, rembg, said.out, said.connectivity))
    print(markdown(quality), flush=True)
    cost: list[dict[str, Any]] = []
    if not said.no_cost:
        _, pixels, _ = next(read_set(sets[0]))
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as pool:
            cost = list(pool.map(functools.partial(speed, pixels, engine.answer(pixels)), MEGAPIXELS))
        print("\n" + markdown(cost))
    if said.json:
        said.json.write_text(json.dumps({"quality": quality, "cost": cost}, indent=1))


if __name__ == "__main__":
    main()
