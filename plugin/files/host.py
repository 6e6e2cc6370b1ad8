"""The host made of files: no editor, no pixels in this process. The worker reads the picture and writes the result.

The smallest whole host: the command line and the tests use it, and it shows what a host must do. Standard library only.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from cutaway_bridge.errors import BridgeError
from cutaway_bridge.host import Host, Result, Source

Progress = Callable[[float, str], None]


def silent(fraction: float, text: str) -> None:
    """Shows nothing."""


def never() -> bool:
    """Nobody cancels."""
    return False


class FilesHost(Host):
    """Takes ``source_path`` to ``target_path``; both absolute.

    ``form``: "cutout" (the picture with its background transparent) or "mask" (the mask alone). ``overwrite``: whether
    a target that exists is replaced. ``on_progress(fraction, text)`` and ``is_cancelled()`` are called on the caller's
    thread. After a run ``provenance``, ``notes`` (code, message) and ``written`` (bytes) tell of the result.
    ``began`` is true once the worker has been asked for this picture. ``matte_path``: a mask in a file, for the engine
    "mask"; absolute, or None.
    """

    name = "files"

    def __init__(
        self, source_path: str, target_path: str, form: str = "cutout", overwrite: bool = False,
        on_progress: Progress = silent, is_cancelled: Callable[[], bool] = never, matte_path: str | None = None,
    ) -> None:
        self.source_path = source_path
        self.target_path = target_path
        self.form = form
        self.overwrite = overwrite
        self.matte_path = matte_path
        self.provenance: dict[str, Any] = {}
        self.notes: list[tuple[str, str]] = []
        self.written = 0
        self.began = False
        self._on_progress = on_progress
        self._is_cancelled = is_cancelled
        self._job: Any = None
        self._writing = False

    def open_source(self) -> Source:
        """Only the name is known here: the worker says the rest when it has read the file."""
        name = os.path.splitext(os.path.basename(self.source_path))[0]
        return Source(name, 0, 0, 0, "|u1")

    def progress(self, fraction: float, text: str) -> None:
        self._on_progress(fraction, text)

    def cancelled(self) -> bool:
        """A result that is being written is finished: it takes moments, and nobody must guess whether it is there."""
        return not self._writing and self._is_cancelled()

    def hand_over(self, job: Any, source: Source) -> Iterator[None]:
        self.began = True
        self._job = job
        # Mask, colours and matte stay with the worker, which writes the file from them.
        job.results = ()
        for _ in job.call("picture.read", {"path": self.source_path}):
            pass  # no yield in between: the flow would end this generator at a cancel, and the worker would read on
        yield
        said = job.answer
        source.width, source.height = said["width"], said["height"]
        source.channels, source.dtype = said["channels"], said["dtype"]
        job.notes += [(note["code"], note["message"]) for note in said.get("notes") or ()]
        job.picture = said["picture"]
        if self.matte_path is not None:
            for _ in job.call("matte.read", {"path": self.matte_path}):
                pass
            job.given = job.answer["given"]
            job.notes += [(note["code"], note["message"]) for note in job.answer.get("notes") or ()]

    def put_result(self, source: Source, result: Result) -> Iterator[None]:
        self._writing = True
        made = _make_folders(os.path.dirname(self.target_path))
        try:
            yield from self._job.call(
                "picture.write", {"path": self.target_path, "form": self.form, "overwrite": self.overwrite})
        except BaseException:
            _remove_empty(made)
            raise
        said = self._job.answer
        self.written = said["bytes"]
        self.provenance = result.provenance
        self.notes = result.notes + [(note["code"], note["message"]) for note in said.get("notes") or ()]


def _make_folders(folder: str) -> list[str]:
    """Makes ``folder`` with those above it; the ones made, innermost first. Raises BridgeError target_not_writable."""
    missing = []
    while not os.path.isdir(folder) and os.path.dirname(folder) != folder:  # a drive may be missing too
        missing.append(folder)
        folder = os.path.dirname(folder)
    made: list[str] = []
    for path in reversed(missing):
        try:
            os.mkdir(path)
        except OSError as error:
            _remove_empty(made)
            raise BridgeError(
                "target_not_writable", f"The folder {path} cannot be made: {error.strerror}.",
                "Choose another place for the result.") from error
        made.insert(0, path)
    return made


def _remove_empty(folders: list[str]) -> None:
    """Removes the folders, innermost first, up to the first that is not empty any more."""
    for path in folders:
        try:
            os.rmdir(path)
        except OSError:
            return
