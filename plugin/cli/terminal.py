"""What the user sees of a run: a bar on a terminal, plain lines otherwise, or JSON for a script.

Results go to standard output, everything else (bar, notes, errors, summary) to standard error.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import Any, TextIO

from cutaway_bridge.errors import BridgeError


def shown(text: str) -> str:
    """``text`` so that any terminal can show it: a name may hold line ends, control characters or broken UTF-8."""
    whole = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    return "".join(one if one.isprintable() else "?" for one in whole)


class Terminal:
    """``quiet``: errors only. ``as_json``: one JSON object a result on standard output, no bar, no notes."""

    def __init__(
        self, *, quiet: bool = False, as_json: bool = False, out: TextIO | None = None, err: TextIO | None = None
    ) -> None:
        self.quiet = quiet
        self.as_json = as_json
        self._out = out or sys.stdout
        self._err = err or sys.stderr

    @property
    def has_bar(self) -> bool:
        """Whether a bar can be drawn: somebody looks, and the terminal can go back in its line."""
        return not (self.quiet or self.as_json) and self._err.isatty() and os.environ.get("TERM") != "dumb"

    def line(self, text: str) -> None:
        """A result."""
        if not (self.quiet or self.as_json):
            self._write(self._out, shown(text))

    def answer(self, text: str) -> None:
        """What was asked for: said even where quiet."""
        self._write(self._out, shown(text))

    def record(self, values: dict[str, Any]) -> None:
        """A result for a script."""
        if self.as_json:
            self._write(self._out, json.dumps(values))

    def note(self, text: str) -> None:
        if not (self.quiet or self.as_json):
            self._write(self._err, shown(f"note: {text}"))

    def say(self, text: str) -> None:
        """Something on the way that is neither a result nor a note."""
        if not (self.quiet or self.as_json):
            self._write(self._err, shown(text))

    def error(self, error: BridgeError, about: str = "") -> None:
        """One sentence and what to do; where the worker ended by itself, the end of its log below."""
        self._write(self._err, shown("error: " + (f"{about}: " if about else "") + error.text()))
        if error.log:
            self._write(self._err, "The end of the worker's log:")
            for line in error.log.splitlines():
                self._write(self._err, "    " + shown(line))

    def refused(self, why: str) -> None:
        """Why the call makes no sense."""
        self._write(self._err, shown(f"error: {why}"))

    def bar(self, label: str) -> Bar:
        """To be used in a ``with``; draws nothing where no bar can be drawn."""
        return Bar(shown(label), self._err if self.has_bar else None)

    def _write(self, stream: TextIO, text: str) -> None:
        encoding = stream.encoding or "utf-8"
        print(text.encode(encoding, "replace").decode(encoding), file=stream, flush=True)


class Bar:
    """How far one request is. Gone from the terminal when its ``with`` ends, so that the result takes its place."""

    def __init__(self, label: str, stream: TextIO | None) -> None:
        self._label = label
        self._stream = stream
        self._drawn: Any = None
        self._task: Any = None

    def __enter__(self) -> Bar:
        if self._stream is not None:
            # Only here: it is the slowest import of the whole command.
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

            self._drawn = Progress(
                TextColumn("{task.description}", markup=False), BarColumn(), TaskProgressColumn(),
                TextColumn("{task.fields[stage]}", markup=False),
                console=Console(file=self._stream), transient=True, redirect_stdout=False, redirect_stderr=False)
            self._drawn.start()
            self._task = self._drawn.add_task(self._label, total=1.0, stage="")
        return self

    def show(self, fraction: float, text: str) -> None:
        if self._drawn is not None:
            self._drawn.update(self._task, completed=fraction, stage=text)

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._drawn is not None:
            self._drawn.stop()


def table(head: Sequence[str], rows: Iterable[Sequence[str]], width: int | None = None) -> list[str]:
    """Lines of a table whose last column is wrapped to ``width`` characters (None: the terminal's, or no limit)."""
    cells = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head) - 1)]
    indent = sum(widths) + 2 * len(widths)
    if width is None:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else sys.maxsize
    lines = []
    for row in cells:
        start = "".join(cell.ljust(wide + 2) for cell, wide in zip(row, widths, strict=False))
        last = textwrap.wrap(row[-1], max(20, width - indent)) or [""]
        lines.append((start + last[0]).rstrip())
        lines += [" " * indent + more for more in last[1:]]
    return lines


def megabytes(count: float) -> str:
    """Bytes as the catalogue's pages say them (1 MB is a million bytes)."""
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"
