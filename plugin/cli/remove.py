"""``cutaway remove``: one picture after the other through the warm worker."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from cutaway_bridge import errors, flow, installation
from cutaway_bridge.client import Client
from cutaway_bridge.errors import BridgeError
from cutaway_files.host import FilesHost

from .interrupts import Interrupts
from .outputs import Piece
from .terminal import Bar, Terminal

GOOD, FAILED, CANCELLED = 0, 1, 130

SAME_FOR_ALL = ("model_unknown", "model_missing", "model_damaged", "settings_invalid", "version_mismatch")
"""Errors that no other picture of the same call can escape: the rest is not tried."""


class Removal:
    """One call of ``cutaway remove``. :meth:`run` gives the exit code."""

    def __init__(
        self, pieces: Sequence[Piece], settings: dict[str, Any], form: str, overwrite: bool, terminal: Terminal
    ) -> None:
        self._pieces = pieces
        self._settings = settings
        self._form = form
        self._overwrite = overwrite
        self._terminal = terminal
        self._interrupts = Interrupts()
        self._done = 0
        self._failed = 0
        self._over = False

    def run(self) -> int:
        """Every piece in turn; a failure is said and the next one is tried."""
        with Interrupts() as self._interrupts, Client(installation.find(), "cli") as client:
            for number, piece in enumerate(self._pieces, 1):
                if self._interrupts.asked or self._over:
                    break
                if piece.trouble is not None:
                    self._fail(piece, piece.trouble)
                else:
                    self._one(piece, client, number)
        return self._sum_up()

    def _one(self, piece: Piece, client: Client, number: int) -> None:
        label = piece.said if len(self._pieces) == 1 else f"{number}/{len(self._pieces)} {piece.said}"
        began = time.monotonic()
        with self._terminal.bar(label) as bar:
            host = FilesHost(
                str(piece.source), str(piece.target), self._form, self._overwrite,
                on_progress=_Shower(piece, bar, self._terminal).show, is_cancelled=lambda: self._interrupts.asked)
            try:
                flow.drive(flow.run(host, self._settings, client))
                trouble = None
            except BridgeError as error:
                trouble = error
        if trouble is None:
            self._succeed(piece, host, time.monotonic() - began)
        elif trouble.code != errors.CANCELLED:
            self._over = trouble.code in SAME_FOR_ALL or not host.began
            self._fail(piece, trouble)
        elif not self._interrupts.asked:
            self._fail(piece, trouble)  # somebody else stopped it, such as `cutaway worker stop`

    def _succeed(self, piece: Piece, host: FilesHost, seconds: float) -> None:
        self._done += 1
        made = host.provenance
        by = [made.get("model", ""), made.get("provider", ""), f"{seconds:.1f} s"]
        self._terminal.line(f"{piece.said} -> {piece.result}  ({', '.join(word for word in by if word)})")
        for _, message in host.notes:
            self._terminal.note(f"{piece.said}: {message}")
        self._terminal.record({
            "input": piece.said, "output": piece.result, "ok": True, "seconds": round(seconds, 3),
            "bytes": host.written, "provenance": made,
            "notes": [{"code": code, "message": message} for code, message in host.notes]})

    def _fail(self, piece: Piece, error: BridgeError) -> None:
        self._failed += 1
        self._terminal.error(error, piece.said)
        self._terminal.record({
            "input": piece.said, "output": piece.result, "ok": False,
            "error": {"code": error.code, "message": error.message, "hint": error.hint}})

    def _sum_up(self) -> int:
        left = len(self._pieces) - self._done - self._failed
        said = [f"{self._done} of {len(self._pieces)} done"]
        if self._failed:
            said.append(f"{self._failed} failed")
        if left:
            said.append(f"{left} not tried" if self._over else f"{left} cancelled")
        if len(self._pieces) > 1 or self._interrupts.asked:
            self._terminal.say(", ".join(said) + ".")
        if self._interrupts.asked and left:
            return CANCELLED
        return FAILED if self._failed or left else GOOD


class _Shower:
    """Progress to the bar; without a bar, only the place in the queue, each place once."""

    def __init__(self, piece: Piece, bar: Bar, terminal: Terminal) -> None:
        self._piece = piece
        self._bar = bar
        self._terminal = terminal
        self._last = ""

    def show(self, fraction: float, text: str) -> None:
        self._bar.show(fraction, text)
        if text.startswith("Waiting") and text != self._last and not self._terminal.has_bar:
            self._terminal.say(f"{self._piece.said}: {text}")
        self._last = text
