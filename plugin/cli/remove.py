"""``cutaway remove``: the pictures through the warm worker, one after the other, or a few at a time at Topaz."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from cutaway_bridge import errors, flow, installation
from cutaway_bridge.client import Client
from cutaway_bridge.cloud import credits_said
from cutaway_bridge.errors import BridgeError
from cutaway_files.host import FilesHost

from .interrupts import Interrupts
from .outputs import Piece
from .spending import allowed, left_open, pictures_said
from .terminal import Bar, Terminal

GOOD, FAILED, CANCELLED = 0, 1, 130

SAME_FOR_ALL = (
    "model_unknown", "model_missing", "model_damaged", "settings_invalid", "version_mismatch", "cloud_key_refused",
    "cloud_forbidden", "cloud_no_subscription")
"""Errors that no other picture of the same call can escape: the rest is not tried."""

SAID_ONCE = ("cloud_key_missing", "cloud_not_allowed")
"""Errors that a picture which was paid for before escapes: the rest is tried, and the reason not repeated."""

PATIENCE_S = 3.0
"""After Ctrl+C: how long jobs at Topaz are waited for while the worker takes them back."""


class Removal:
    """One call of ``cutaway remove``. :meth:`run` gives the exit code.

    ``matte``: a mask's file for the engine "mask". ``at_once``: pictures at a time where Topaz does them.
    ``max_credits``: of the whole call.
    """

    def __init__(
        self, pieces: Sequence[Piece], settings: dict[str, Any], form: str, overwrite: bool, terminal: Terminal, *,
        matte: str | None = None, at_once: int = 1, max_credits: int | None = None,
    ) -> None:
        self._pieces = pieces
        self._settings = settings
        self._form = form
        self._overwrite = overwrite
        self._terminal = terminal
        self._matte = matte
        self._at_once = at_once if settings.get("engine") in flow.ELSEWHERE else 1
        self._max_credits = max_credits
        self._limits: dict[Path, int] = {}
        self._interrupts = Interrupts()
        self._done = 0
        self._failed = 0
        self._over = False
        self._silent: set[str] = set()

    def run(self) -> int:
        """Every piece; a failure is said and the next one is tried."""
        with Client(installation.find(), "cli") as client:
            try:
                self._settings, self._limits = allowed(
                    client, self._pieces, self._settings, self._max_credits, self._terminal)
            except BridgeError as error:
                if error.code == errors.CANCELLED:
                    raise
                self._terminal.error(error)
                return FAILED
            began = time.time()
            with Interrupts() as self._interrupts:
                if self._at_once == 1 or len(self._pieces) == 1:
                    self._in_turn(client)
                else:
                    self._together()
                if self._interrupts.asked and self._settings.get("engine") in flow.ELSEWHERE:
                    self._tell_left(client, began)
        return self._sum_up()

    def _in_turn(self, client: Client) -> None:
        for number, piece in enumerate(self._pieces, 1):
            if self._interrupts.asked or self._over:
                break
            if piece.trouble is not None:
                self._fail(piece, piece.trouble)
                continue
            label = piece.said if len(self._pieces) == 1 else f"{number}/{len(self._pieces)} {piece.said}"
            with self._terminal.bar(label) as bar:
                run = _Run(self, piece, client, _Shower(piece, bar, self._terminal))
                while run.step():
                    pass
            self._ended(run)

    def _together(self) -> None:
        """A few flows, each with a connection of its own, moved on in turn."""
        waiting = iter(self._pieces)
        runs: list[_Run] = []
        with ExitStack() as clients, self._terminal.bar(f"{len(self._pieces)} pictures") as bar:
            free = [clients.enter_context(Client(installation.find(), "cli")) for _ in range(self._at_once)]
            while True:
                self._fill(runs, free, waiting, bar)
                if not runs:
                    return
                for run in list(runs):
                    if not run.step():
                        runs.remove(run)
                        free.append(run.client)
                        self._ended(run)
                done = self._done + self._failed + sum(run.fraction for run in runs)
                bar.show(done / len(self._pieces), f"{self._done} done")

    def _fill(self, runs: list[_Run], free: list[Client], waiting: Iterator[Piece], bar: Bar) -> None:
        while free and not (self._interrupts.asked or self._over):
            piece = next(waiting, None)
            if piece is None:
                return
            if piece.trouble is not None:
                self._fail(piece, piece.trouble)
            else:
                runs.append(_Run(self, piece, free.pop(), None))

    def host(self, piece: Piece, show: Any) -> FilesHost:
        """The host for one piece."""
        return FilesHost(
            str(piece.source), str(piece.target), self._form, self._overwrite, on_progress=show,
            is_cancelled=lambda: self._interrupts.asked, matte_path=self._matte)

    def settings(self, piece: Piece) -> dict[str, Any]:
        """Those for one piece."""
        most = self._limits.get(piece.target)
        return self._settings if most is None else dict(self._settings, credits=most)

    def _ended(self, run: _Run) -> None:
        if run.trouble is None:
            self._succeed(run.piece, run.host, run.seconds)
        elif run.trouble.code != errors.CANCELLED:
            if self._over and run.trouble.code in SAME_FOR_ALL:
                return  # said once already, and this one was not tried either
            self._over = self._over or run.trouble.code in SAME_FOR_ALL or not run.host.began
            self._fail(run.piece, run.trouble)
        elif not self._interrupts.asked:
            self._fail(run.piece, run.trouble)  # somebody else stopped it, such as `cutaway worker stop`

    def _succeed(self, piece: Piece, host: FilesHost, seconds: float) -> None:
        self._done += 1
        made = host.provenance
        by = [made.get("model", ""), made.get("provider", ""), f"{seconds:.1f} s"]
        if made.get("credits"):
            by.append(credits_said(made["credits"]))
        self._terminal.line(f"{piece.said} -> {piece.result}  ({', '.join(word for word in by if word)})")
        for _, message in host.notes:
            self._terminal.note(f"{piece.said}: {message}")
        self._terminal.record({
            "input": piece.said, "output": piece.result, "ok": True, "seconds": round(seconds, 3),
            "bytes": host.written, "provenance": made,
            "notes": [{"code": code, "message": message} for code, message in host.notes]})

    def _fail(self, piece: Piece, error: BridgeError) -> None:
        self._failed += 1
        if error.code not in self._silent:
            self._terminal.error(error, piece.said)
        if error.code in SAID_ONCE:
            self._silent.add(error.code)
        self._terminal.record({
            "input": piece.said, "output": piece.result, "ok": False,
            "error": {"code": error.code, "message": error.message, "hint": error.hint}})

    def _tell_left(self, client: Client, began: float) -> None:
        """After a cancel: whether something may be paid for all the same."""
        deadline = time.monotonic() + PATIENCE_S
        left = left_open(client, began)
        while left and time.monotonic() < deadline:
            time.sleep(0.1)
            left = left_open(client, began)
        stopped = len(self._pieces) - self._done - self._failed
        if left and stopped:
            self._terminal.note(
                f"{pictures_said(min(left, stopped))} may still be at Topaz, and be paid for. cutaway jobs  shows it, "
                "and  cutaway jobs resume  fetches the result.")

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


class _Run:
    """One piece on its way. ``trouble``: why it ended, where it failed."""

    def __init__(self, removal: Removal, piece: Piece, client: Client, shower: _Shower | None) -> None:
        self.piece = piece
        self.client = client
        self.trouble: BridgeError | None = None
        self.fraction = 0.0
        self.seconds = 0.0
        self._shower = shower
        self._began = time.monotonic()
        self.host = removal.host(piece, self._show)
        self._flow = flow.run(self.host, removal.settings(piece), client)

    def step(self) -> bool:
        """Moves it on a little; False once it has ended."""
        try:
            next(self._flow)
        except StopIteration:
            self.seconds = time.monotonic() - self._began
            return False
        except BridgeError as error:
            self.trouble = error
            return False
        return True

    def _show(self, fraction: float, text: str) -> None:
        self.fraction = fraction
        if self._shower is not None:
            self._shower.show(fraction, text)


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
