"""rembg in its own Python, with the same weights: each way in a process of its own, which may fail by itself."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np

Array = np.ndarray
Told = dict[str, Any]
INSIDE = Path(__file__).with_name("edges_rembg_inside.py")
LONGEST_S = 3600
CLOSED_FORM, FOREGROUND = "a", "dc"
"""The two ways of which time and memory grow so much with the picture that they stop at a size."""


def asked(command: list[str], environment: dict[str, str] | None = None, longest_s: float = LONGEST_S) -> Any:
    """The JSON of a command's last line, or {"failed": {"": reason}}."""
    try:
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, timeout=longest_s,
            env={**os.environ, "ORT_DISABLE_TELEMETRY": "1", **(environment or {})})
        return json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        return {"failed": {"": f"not done after {longest_s:g} s"}}
    except subprocess.CalledProcessError as error:
        last = (error.stderr.strip().splitlines() or [""])[-1]
        return {"failed": {"": f"ended with {error.returncode}: {last}"[:200]}}
    except OSError as error:
        return {"failed": {"": str(error)}}
    except (IndexError, json.JSONDecodeError):
        return {"failed": {"": "no answer"}}


class Made:
    """What rembg left. ``told`` by way: see edges_rembg_inside.py."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.told: dict[str, Told] = {}

    def result(self, way: str, name: str) -> Array | None:
        """(h, w, 4) uint8; None where the way was not run, or failed."""
        read = cv2.imread(str(self._folder / way / f"{name}.png"), cv2.IMREAD_UNCHANGED)
        return None if read is None else np.dstack([read[..., 2::-1], read[..., 3]])

    def failures(self) -> list[str]:
        return [f"rembg {way}{', ' + name if name else ''}: {reason}"
                for way, told in self.told.items() for name, reason in told["failed"].items()]


class Rembg:
    """``python``: that of its environment. ``model``: the weights' file. ``name``: the session that is to use it."""

    def __init__(self, python: Path, model: Path, name: str) -> None:
        self._python, self._model, self._name = python, model, name

    @contextmanager
    def made(self, pictures: Iterator[tuple[str, Array]], ways: list[str], repeat: int = 1) -> Iterator[Made]:
        """Every picture through every way; the results can be read while the block runs."""
        with tempfile.TemporaryDirectory(prefix="cutaway-rembg-") as place:
            folder = Path(place)
            (folder / "in").mkdir()
            (folder / "home").mkdir()
            shutil.copyfile(self._model, folder / "home" / f"{self._name}.onnx")
            for name, pixels in pictures:
                cv2.imwrite(str(folder / "in" / f"{name}.png"), pixels[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])
            made = Made(folder / "out")
            for way in ways:
                command = [str(self._python), "-I", str(INSIDE), self._name, str(folder / "in"),
                           str(folder / "out" / way), str(repeat), way]
                made.told[way] = asked(
                    command, {"U2NET_HOME": str(folder / "home"), "MODEL_CHECKSUM_DISABLED": "1"})
            yield made
