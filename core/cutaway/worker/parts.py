"""The parts of a result on their way into the job's folder."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cutaway.cutout import TILE
from cutaway.job import Job
from cutaway.worker import arrays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cutaway.cutout import Cutout, Matte
    from cutaway.worker.core import Core

MASK, COLOURS, MATTE = "out-mask.npy", "out-foreground.npy", "out-matte.bin"


class Parts:
    """Writes those of "mask", "foreground" and "matte" that are wanted. ``with`` waits for what is under way.

    ``before``: the mask that the layer had, kept with the matte. Mask and matte are written, and the matte is packed,
    on a thread of its own as soon as they are :meth:`ready`: beside the cleaning of the colours, which takes one
    processor.
    """

    def __init__(self, core: Core, folder: Path, wanted: list[str], before: NDArray[Any] | None, job: Job) -> None:
        self._core = core
        self._folder = folder
        self._wanted = wanted
        self._before = before
        self._job = job
        self._thread = ThreadPoolExecutor(1, "parts")
        self._begun: list[Future[None]] = []

    def __enter__(self) -> Parts:
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.shutdown(cancel_futures=True)

    def ready(self, matte: Matte, mask: NDArray[Any]) -> None:
        """Begins to write them."""
        if "mask" in self._wanted:
            self._begun.append(self._thread.submit(arrays.save, self._folder, MASK, mask, self._job))
        if "matte" in self._wanted:
            self._begun.append(self._thread.submit(self._pack, matte))

    def said(self, cutout: Cutout) -> dict[str, Any]:
        """Writes the colours; what the answer says of all parts. Raises what went wrong with any, and Cancelled."""
        said: dict[str, Any] = {"mask": None, "foreground": None, "matte": None}
        colours = cutout.foreground
        if "foreground" in self._wanted and colours is not None and len(colours.origins):
            arrays.save(self._folder, COLOURS, colours.pixels, self._job)
            said["foreground"] = {"pixels": COLOURS, "origins": colours.origins.tolist(), "tile": TILE}
        self._job.progress("writing", 0.5)
        for each in self._begun:
            each.result()
        if "mask" in self._wanted:
            said["mask"] = MASK
        if "matte" in self._wanted:
            said["matte"] = MATTE
        self._job.progress("writing", 1.0)
        return said

    def _pack(self, matte: Matte) -> None:
        self._job.check()
        arrays.save_bytes(self._folder, MATTE, self._core.pack(matte, self._before))
