"""From the stages of the pipeline to one fraction that never falls, with a text for the user."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

TEXTS: Final = {
    "reading": "Reading the picture",
    "model": "Finding the subject",
    "edges": "Following the edges",
    "mask": "Shaping the mask",
    "colours": "Cleaning the edge colours",
    "writing": "Writing the result",
    "packing": "Preparing the picture",
    "sending": "Sending the picture to Topaz",
    "waiting": "Topaz is at work",
    "fetching": "Fetching Topaz's result",
    "download": "Fetching the model",
    "verifying": "Checking the model",
}

SHARES: Final[dict[str, tuple[tuple[str, float], ...]]] = {
    "job.run": (
        ("reading", 0.02), ("model", 0.30), ("edges", 0.42), ("mask", 0.04), ("colours", 0.17), ("writing", 0.05)),
    "job.run elsewhere": (
        ("reading", 0.02), ("packing", 0.05), ("sending", 0.15), ("waiting", 0.45), ("fetching", 0.05),
        ("model", 0.10), ("edges", 0.08), ("mask", 0.02), ("colours", 0.05), ("writing", 0.03)),
    "picture.read": (("reading", 1.0),),
    "matte.read": (("reading", 1.0),),
    "cloud.resume": (("waiting", 0.8), ("fetching", 0.2)),
    "picture.write": (("writing", 1.0),),
    "models.get": (("download", 0.95), ("verifying", 0.05)),
    "models.import": (("verifying", 1.0),),
    "models.remove": (),
    "models.verify": (("verifying", 1.0),),
}
"""Each method's stages in order, and the share of its time that each takes."""

EVERY_S: Final = 0.05
"""A new stage is told at once, progress within it at most this often."""


class Meter:
    """Called with (stage, fraction of the stage); tells (stage, fraction of the request, text)."""

    def __init__(
        self, method: str, tell: Callable[[str, float, str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._bands = _bands(SHARES.get(method, ()))
        self._tell = tell
        self._clock = clock
        self._stage = ""
        self._reached = 0.0
        self._told_at = 0.0

    def __call__(self, stage: str, fraction: float) -> None:
        low, high = self._bands.get(stage, (self._reached, self._reached))
        self._reached = max(self._reached, low + (high - low) * fraction)
        now = self._clock()
        if stage != self._stage or now - self._told_at >= EVERY_S:
            self._stage, self._told_at = stage, now
            self._tell(stage, round(self._reached, 4), TEXTS.get(stage, "Working"))


def _bands(shares: tuple[tuple[str, float], ...]) -> dict[str, tuple[float, float]]:
    bands, low = {}, 0.0
    for stage, share in shares:
        bands[stage] = (low, min(1.0, low + share))
        low += share
    return bands
