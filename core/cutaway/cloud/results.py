"""The masks that were paid for, by picture, model and mode: none is paid for twice."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cutaway.cloud.files import write_private
from cutaway.home import Home

FOLDER: Final = "results"
MOST_BYTES: Final = 512 << 20
"""The oldest go when there are more; the one just fetched stays."""


def digest(pixels: NDArray[np.uint8], model: str, mode: str) -> str:
    """Names a request: SHA-256 over model, mode, size and the pixels that would be sent, (H, W, 3)."""
    made = hashlib.sha256(f"{model}\n{mode}\n{pixels.shape}\n".encode())
    rows = max(1, (1 << 22) // max(1, pixels[:1].nbytes))
    for y in range(0, pixels.shape[0], rows):
        made.update(np.ascontiguousarray(pixels[y : y + rows]).data)
    return made.hexdigest()


class Results:
    """Files of the service's answers, as they came."""

    def __init__(self, home: Home, most_bytes: int = MOST_BYTES) -> None:
        self._folder = home.journal / FOLDER
        self._most = most_bytes

    def path(self, digest: str) -> Path:
        return self._folder / f"{digest}.png"

    def get(self, digest: str) -> bytes | None:
        try:
            return self.path(digest).read_bytes()
        except OSError:
            return None

    def put(self, digest: str, data: bytes) -> None:
        """Keeps an answer. Raises OSError."""
        write_private(self.path(digest), data)
        self._prune(self.path(digest))

    def drop(self, digest: str) -> None:
        self.path(digest).unlink(missing_ok=True)

    def _prune(self, newest: Path) -> None:
        kept = sorted(self._folder.glob("*.png"), key=lambda path: (path == newest, path.stat().st_mtime_ns))
        size = sum(path.stat().st_size for path in kept)
        for path in kept:
            if size <= self._most or path == newest:
                return
            size -= path.stat().st_size
            path.unlink(missing_ok=True)
