"""Quality: every way's mattes and colours of a set's pictures against the truth."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.bench import edges_sheets
from tests.bench.edges_data import backed, read_set
from tests.bench.edges_rembg import CLOSED_FORM, FOREGROUND, Made, Rembg
from tests.bench.edges_scores import Array, Truth, colour_error, scores
from tests.bench.edges_ways import WAYS, Bare, Product, Way
from tests.bench.tables import Scored, note

COLOURS = "Colour error"
VISIBLE = 12
"""Alpha, of 255, over which a way shows a pixel."""
SHOWN = ("bare model", "rembg plain", "rembg a", "rembg dc", "ours, colours as they are", "ours", "true matte, cleaned")
"""The columns of the contact sheets."""


@dataclass
class Measured:
    """``failures``: what rembg could not do."""

    scored: Scored = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    sheets: list[Path] = field(default_factory=list)


@dataclass(frozen=True)
class Contest:
    """What runs with the same weights. ``closed_mp``: rembg's -a is not run where a picture of the set is larger."""

    network: str
    bare: Bare
    product: Product
    rembg: Rembg | None = None
    closed_mp: float = 1.2

    @property
    def final(self) -> Way:
        return WAYS[self.network][-1]

    def measure(self, folder: Path, out: Path | None = None, most: int | None = None) -> Measured:
        """``out``: a folder for the contact sheets of the worst pictures. ``most``: pictures at most."""
        found = Measured()
        sheets: list[tuple[float, str, Array]] = []
        with ExitStack() as stack:
            peers, others = self._peers(stack, folder, most, found)
            for name, pixels, true, both in backed(folder, most):
                print(f"{folder.name}, {self.network}: {name}", file=sys.stderr, flush=True)
                truth = Truth(true)
                shown = self._shown(pixels, name, peers)
                for way, (_, matte) in shown.items():
                    note(found.scored, way, name, scores(matte / np.float32(255), truth))
                if both is not None:
                    self._colours(found.scored, name, both, true, others)
                if out is not None:
                    sheets.append((found.scored["ours"]["Gradient"][name] / true.size, name,
                                   self._sheet(name, pixels, true, shown)))
        if out is not None:
            found.sheets = edges_sheets.save(sheets, out, f"{folder.name}-{self.network}")
        return found

    def _shown(self, pixels: Array, name: str, peers: Made | None) -> dict[str, tuple[Array, Array]]:
        """(colours, matte) of a picture by way."""
        shown = {"bare model": (pixels, self.bare.matte(pixels))}
        for way in WAYS[self.network]:
            result = self.product.run(pixels, way, clean=100 if way == self.final else 0)
            shown[way.name] = result.rgba()[..., :3], result.mask
        for way in peers.told if peers else ():
            made = peers.result(way, name)
            if made is not None:
                shown[f"rembg {way}"] = made[..., :3], made[..., 3]
        return shown

    def _peers(
        self, stack: ExitStack, folder: Path, most: int | None, found: Measured
    ) -> tuple[Made | None, Made | None]:
        """What rembg makes of the pictures, and of the compositions."""
        if self.rembg is None:
            return None, None
        small = all(true.size <= self.closed_mp * 1e6 for _, _, true in read_set(folder, most))
        ways = ["plain", "pp", FOREGROUND, *([CLOSED_FORM] if small else [])]
        print(f"{folder.name}, {self.network}: rembg {', '.join(ways)}", file=sys.stderr, flush=True)
        first = stack.enter_context(self.rembg.made(_pictures(folder, most, False), ways))
        found.failures += first.failures()
        if not small:
            found.failures.append(f"rembg {CLOSED_FORM}: not run, there are pictures over {self.closed_mp:g} MP")
        if not any(True for _ in _pictures(folder, most, True)):
            return first, None
        second = stack.enter_context(self.rembg.made(_pictures(folder, most, True), ["plain", FOREGROUND]))
        found.failures += [f"{said} (composition)" for said in second.failures()]
        return first, second

    def _colours(
        self, scored: Scored, name: str, both: tuple[Array, Array], true: Array, others: Made | None
    ) -> None:
        """The colour errors of a composition, where the truth is soft and every way shows something."""
        mixed, front = both
        ours = self.product.run(mixed, self.final, clean=100)
        ways = {"bare model": (mixed, ours.mask), "ours": (ours.rgba()[..., :3], ours.mask)}
        for way in others.told if others else ():
            made = others.result(way, name)
            if made is not None:
                ways[f"rembg {way}"] = made[..., :3], made[..., 3]
        common = np.logical_and.reduce([alpha > VISIBLE for _, alpha in ways.values()])
        for way, (shown, _) in ways.items():
            note(scored, way, name, {COLOURS: colour_error(shown, front, np.where(common, true, 0))})
        exact = self.product.given(mixed, np.rint(true * 255).astype(np.uint8)).rgba()[..., :3]
        note(scored, "ours", name, {f"{COLOURS}, true matte": colour_error(exact, front, true)})

    def _sheet(self, name: str, pixels: Array, true: Array, shown: dict[str, tuple[Array, Array]]) -> Array:
        matte = shown["ours"][1]
        whole = np.rint(true * 255).astype(np.uint8)
        every = {**shown, "ours, colours as they are": (pixels, matte),
                 "true matte, cleaned": (self.product.given(pixels, whole).rgba()[..., :3], whole)}
        columns = {way: every[way] for way in SHOWN if way in every}
        return edges_sheets.sheet(name, pixels, true, columns, np.abs(matte.astype(np.float32) / 255 - true))


def _pictures(folder: Path, most: int | None, compositions: bool) -> Iterator[tuple[str, Array]]:
    """What rembg is shown."""
    for name, pixels, _, both in backed(folder, most):
        if not compositions:
            yield name, pixels
        elif both is not None:
            yield name, both[0]
