"""The place of one model in the models' folder: the file, its stamp and its licence notice.

    u2netp.onnx           the weights
    u2netp.json           the stamp: which weights they are, and the size and time that the file had when its
                          SHA-256 was last found right
    u2netp.LICENSE.txt    what they are, by whom, under which licence, and where they came from
    mine.own.json         of an own model only: how it wants its pictures, see own.py
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from cutaway.errors import ModelDamaged, ModelMissing
from cutaway.job import Job
from cutaway.models import own, stream
from cutaway.models.catalogue import Model, Source, Weights

BY_HAND = "a file"


class Shelf:
    def __init__(self, folder: Path, model: Model) -> None:
        self.model = model
        self.folder = folder
        self.file = folder / f"{model.name}.onnx"
        self.stamp = folder / f"{model.name}.json"
        self.licence = folder / f"{model.name}.LICENSE.txt"
        self.own = folder / (model.name + own.SUFFIX)
        self.lock = folder / f".{model.name}.lock"

    @property
    def scratch_prefix(self) -> str:
        return f".get-{self.model.name}-"

    def by_size(self) -> Weights | None:
        """Which weights the file seems to be, None where it is missing or of another size."""
        try:
            size = self.file.stat().st_size
        except OSError:
            return None
        return next((one for one in self.model.weights if one.bytes == size), None)

    def checked(self, job: Job, *, thorough: bool = False) -> Weights:
        """Which weights the file is. Its hash is taken where the stamp does not fit it, and always if ``thorough``.

        Raises ModelMissing, ModelDamaged and Cancelled.
        """
        if not self.file.is_file():
            raise ModelMissing(f"The model {self.model.name} is not on this computer.", self.model.remedy)
        damaged = ModelDamaged(f"The file of the model {self.model.name} is damaged.", self.model.remedy)
        weights = self.by_size()
        if weights is None:
            raise damaged
        if not thorough and self._stamped(weights):
            return weights
        try:
            right = stream.sha256(self.file, job) == weights.sha256
        except OSError as error:
            raise damaged from error
        if not right:
            raise damaged
        self._put_stamp(weights, self.source())
        return weights

    def source(self) -> str:
        """Where the file came from, as the stamp says."""
        return str(self._read_stamp().get("source", BY_HAND))

    def place(self, part: Path, weights: Weights, source: Source | None) -> None:
        """Puts a file whose hash was found right in its place, at once or not at all. Raises OSError."""
        with part.open("rb+") as written:
            os.fsync(written.fileno())
        notice = part.with_name("notice")
        notice.write_text(_notice(self.model, weights, source), "utf-8")
        notice.replace(self.licence)
        part.replace(self.file)
        self._put_stamp(weights, str(source) if source else BY_HAND)

    def clear(self) -> None:
        """Takes the model away. Raises OSError."""
        for path in (self.own, self.file, self.stamp, self.licence):
            path.unlink(missing_ok=True)

    def _stamped(self, weights: Weights) -> bool:
        said = self._read_stamp()
        here = self.file.stat()
        found = (said.get("sha256"), said.get("bytes"), said.get("mtime_ns"))
        return found == (weights.sha256, here.st_size, here.st_mtime_ns)

    def _read_stamp(self) -> dict[str, Any]:
        try:
            said = json.loads(self.stamp.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return said if isinstance(said, dict) else {}

    def _put_stamp(self, weights: Weights, source: str) -> None:
        """A folder that cannot be written costs the next start the time of a hash, no more."""
        here = self.file.stat()
        said = {"weights": weights.id, "sha256": weights.sha256, "bytes": here.st_size, "mtime_ns": here.st_mtime_ns,
                "source": source}
        fresh = self.stamp.with_name(f".{self.stamp.name}.{os.getpid()}")
        try:
            fresh.write_text(json.dumps(said) + "\n", "utf-8")
            fresh.replace(self.stamp)
        except OSError:
            fresh.unlink(missing_ok=True)


def _notice(model: Model, weights: Weights, source: Source | None) -> str:
    lines = [
        f"{model.name}.onnx ({model.title}, {weights.id}, {weights.bytes} bytes, SHA-256 {weights.sha256})",
        "",
        f"Weights of {model.licence.work}.",
        f"Home: {model.licence.home or 'not stated'}",
        f"Licence: {', '.join(filter(None, (model.licence.name, model.licence.text)))}",
    ]
    if model.licence.data:
        lines += ["", model.licence.data]
    if source is not None:
        lines += ["", f"Taken unchanged from {source}.", f"Licence stated there: {source.licence}"]
    return "\n".join(lines) + "\n"
