"""An editor with one layer in memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from cutaway_bridge.errors import BridgeError
from cutaway_bridge.host import Host, Result, Source


class FakeHost(Host):
    """``pixels``: (H, W, C) uint8. ``shown``: every progress; ``put``: what came of it, read at once.

    ``cancel_at``: cancels as soon as progress says this text. ``refuses``: raises when the result is to be put in.
    """

    name = "fake"

    def __init__(
        self, pixels: Any = None, *, selection: Any = None, mask: Any = None, profile: bytes | None = None
    ) -> None:
        self.pixels = np.zeros((3, 4, 3), np.uint8) if pixels is None else pixels
        self.selection, self.mask, self.profile = selection, mask, profile
        self.shown: list[tuple[float, str]] = []
        self.put: dict[str, Any] | None = None
        self.result: Result | None = None
        self.cancel_at: str | None = None
        self.refuses = False
        self.sources = 0

    def open_source(self) -> Source:
        self.sources += 1
        height, width, channels = self.pixels.shape
        return Source(
            "Cat", width, height, channels, self.pixels.dtype.str, profile=self.profile,
            has_selection=self.selection is not None, has_mask=self.mask is not None)

    def read_pixels(self, y: int, rows: int) -> bytes:
        return bytes(self.pixels[y : y + rows].tobytes())

    def read_selection(self, y: int, rows: int) -> bytes:
        return bytes(self.selection[y : y + rows].tobytes())

    def read_mask(self, y: int, rows: int) -> bytes:
        return bytes(self.mask[y : y + rows].tobytes())

    def progress(self, fraction: float, text: str) -> None:
        self.shown.append((fraction, text))

    def cancelled(self) -> bool:
        return any(text == self.cancel_at for _, text in self.shown)

    def put_result(self, source: Source, result: Result) -> None:
        if self.refuses:
            raise BridgeError("error", "The layer is locked.", "Unlock it.")
        self.result = result
        self.put = {
            "name": result.layer_name(source), "output": result.output, "matte": result.matte, "notes": result.notes,
            "mask": None, "tiles": None}
        if result.mask is not None:
            values = np.frombuffer(result.mask.read_rows(0, result.mask.shape[0]), result.mask.dtype)
            self.put["mask"] = values.reshape(result.mask.shape)
        if result.foreground is not None:
            self.put["tiles"] = (result.foreground.shape, result.origins, result.tile)
