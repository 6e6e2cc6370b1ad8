"""How good the edges are, and what they cost: a table in Markdown and crops at 100 % on magenta.

    python -m tests.bench.edges_bench --data FOLDER --model u2netp.onnx [--fill FINE.onnx] [--out FOLDER] [--json FILE]

FOLDER holds ``images`` and ``alphas`` (one set), or folders that do. ``--model`` is a U2-Net (320 x 320, ImageNet's
mean and deviation); with ``--fill`` an IS-Net (1024 x 1024, mean 0.5) gives the edges and the U2-Net the interior.
The colour error is of compositions with known foreground, cleaned with their true matte ("bare model": as they are).
Speed is measured on the first picture at 1, 4, 12 and 24 MP, each in a process of its own; memory is the peak of what
is resident over picture, matte and tiles.
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
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import psutil

from cutaway.cutout import TILE, Foreground
from cutaway.engines._runtime import library
from cutaway.foreground import clean
from cutaway.job import Job
from cutaway.mask.fill import fill
from cutaway.mask.refine import enlarge, refine
from cutaway.picture.model import Picture
from tests.bench.edges_scores import Array, colour_error, scores

MEGAPIXELS = (1, 4, 12, 24)
RUNS = 5
CROP = 320
MAGENTA = np.array([255, 0, 255], np.float32)


class Network:
    """An ONNX model run as it wants its input: RGB squashed to a square, normalised."""

    def __init__(self, path: Path, mean: tuple[float, ...], deviation: tuple[float, ...]) -> None:
        self._session = library().InferenceSession(str(path), providers=["CPUExecutionProvider"])
        self._mean, self._deviation = np.float32(mean), np.float32(deviation)

    def answer(self, pixels: Array) -> Array:
        said = self._session.get_inputs()[0]
        side = int(said.shape[2])
        how = cv2.INTER_AREA if max(pixels.shape) > side else cv2.INTER_LINEAR
        values = cv2.resize(pixels, (side, side), interpolation=how).astype(np.float32) / 255
        values = ((values - self._mean) / self._deviation).transpose(2, 0, 1)[np.newaxis]
        first = self._session.get_outputs()[0].name
        return np.asarray(self._session.run([first], {said.name: np.ascontiguousarray(values)})[0])[0, 0]


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


def pasted(pixels: Array, foreground: Foreground | None) -> Array:
    out = pixels.copy()
    for (x, y), tile in zip(foreground.origins, foreground.pixels, strict=True) if foreground is not None else ():
        view = out[y : y + TILE, x : x + TILE]
        view[:] = tile[: view.shape[0], : view.shape[1]]
    return out


def on_magenta(pixels: Array, matte: Array) -> Array:
    share = matte[..., np.newaxis].astype(np.float32)
    return np.clip(pixels * share + MAGENTA * (1 - share) + 0.5, 0, 255).astype(np.uint8)


def place_of_interest(plain: Array, true: Array) -> tuple[slice, slice]:
    """The crop with the most softness in the truth that the network saw something of."""
    weight = ((true > 0.05) & (true < 0.95)).astype(np.float32) * (0.05 + plain)
    mean = cv2.boxFilter(weight, -1, (CROP, CROP), borderType=cv2.BORDER_CONSTANT)
    y, x = np.unravel_index(int(np.argmax(mean)), mean.shape)
    top = int(np.clip(y - CROP // 2, 0, max(0, true.shape[0] - CROP)))
    left = int(np.clip(x - CROP // 2, 0, max(0, true.shape[1] - CROP)))
    return slice(top, top + CROP), slice(left, left + CROP)


def measure(
    folder: Path, answer: Callable[[Array], Array], out: Path | None, connectivity: bool
) -> dict[str, dict[str, float]]:
    """Mean scores by way, of one set."""
    rows: dict[str, list[dict[str, float]]] = {"bare model": [], "refined": []}
    crops: list[Array] = []
    before: Array | None = None
    for name, pixels, true in read_set(folder):
        coarse, picture = answer(pixels), Picture(pixels)
        plain = enlarge(coarse, picture, Job(), np.uint8)
        better = refine(coarse, picture, Job(), np.uint8)
        for way, matte in (("bare model", plain), ("refined", better)):
            rows[way].append(scores(matte / np.float32(255), true, connectivity=connectivity))
        if max(true.shape) > 512:
            mixed, front = composed(pixels, true, pixels[::-1, ::-1] if before is None else before)
            exact = np.rint(true * 255).astype(np.uint8)
            cleaned = pasted(mixed, clean(Picture(mixed), exact, exact, 100, Job()))
            rows["bare model"][-1]["Colour error"] = colour_error(mixed, front, true)
            rows["refined"][-1]["Colour error"] = colour_error(cleaned, front, true)
        if out is not None and max(true.shape) > 512:
            shown = pasted(pixels, clean(picture, better, better, 100, Job()))
            where = place_of_interest(plain / np.float32(255), true)
            crops.append(contact(name, [
                pixels[where], on_magenta(pixels[where], plain[where] / 255),
                on_magenta(pixels[where], better[where] / 255), on_magenta(shown[where], better[where] / 255),
                on_magenta(pixels[where], true[where])]))
        before = pixels
    if crops and out is not None:
        out.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(out / f"{folder.name}.png"), cv2.cvtColor(np.concatenate(crops), cv2.COLOR_RGB2BGR))
    return {way: {key: statistics.fmean(row[key] for row in table) for key in table[0]} for way, table in rows.items()}


def contact(name: str, parts: list[Array]) -> Array:
    """One row of the contact sheet: picture, bare, refined, refined with clean colours, truth."""
    row = np.full((CROP + 4, (CROP + 4) * len(parts), 3), 255, np.uint8)
    for i, part in enumerate(parts):
        row[: part.shape[0], i * (CROP + 4) : i * (CROP + 4) + part.shape[1]] = part
    cv2.putText(row, name, (6, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.6, (255, 255, 255), 2)
    return row


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
    parser.add_argument("--fill", type=Path, help="an IS-Net whose interior the model fills")
    parser.add_argument("--out", type=Path, help="a folder for the contact sheets")
    parser.add_argument("--connectivity", action="store_true", help="that score too (slow)")
    parser.add_argument("--json", type=Path)
    said = parser.parse_args()
    model = Network(said.model, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
    fine = Network(said.fill, (0.5,) * 3, (1.0,) * 3) if said.fill else None
    sets = [said.data] if (said.data / "images").is_dir() else sorted(
        path for path in said.data.iterdir() if (path / "images").is_dir())

    def answer(pixels: Array) -> Array:
        return model.answer(pixels) if fine is None else fill(fine.answer(pixels), model.answer(pixels))

    quality = [{"set": path.name, "way": way, **means}
               for path in sets for way, means in measure(path, answer, said.out, said.connectivity).items()]
    print(markdown(quality), flush=True)
    _, pixels, _ = next(read_set(sets[0]))
    coarse = answer(pixels)
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, max_tasks_per_child=1) as pool:
        cost = list(pool.map(functools.partial(speed, pixels, coarse), MEGAPIXELS))
    print("\n" + markdown(cost))
    if said.json:
        said.json.write_text(json.dumps({"quality": quality, "cost": cost}, indent=1))


if __name__ == "__main__":
    main()
