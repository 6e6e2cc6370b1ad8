"""Before anything is sent to Topaz: what it costs, the limit, and the user's consent."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from cutaway_bridge import installation
from cutaway_bridge.client import Client
from cutaway_bridge.cloud import credits_said
from cutaway_bridge.errors import BridgeError
from cutaway_bridge.flow import ELSEWHERE

from .asking import ask, introduce
from .outputs import Piece
from .terminal import Bar, Terminal, table

CHUNK_BYTES = 200_000
"""Of paths in one message, which must stay under a megabyte, as its answer must."""
CHUNK = 1000

KEPT = "Topaz keeps them for 7 days."


def price(client: Client, pieces: Sequence[Piece], bar: Bar) -> dict[str, Any]:
    """{"pictures": [...], "credits", "available"} of all pieces, as cloud.price says it."""
    introduce(client)
    rows: list[dict[str, Any]] = []
    said: dict[str, Any] = {"available": None}
    for part in _chunks([str(piece.source) for piece in pieces]):
        said = ask(client, "cloud.price", {"pictures": [{"path": path} for path in part]}, bar)
        rows += said["pictures"]
        bar.show(len(rows) / len(pieces), "Looking at the sizes")
    return {"pictures": rows, "credits": sum(row.get("credits", 0) for row in rows), "available": said["available"]}


def _chunks(paths: Sequence[str]) -> Iterator[list[str]]:
    chunk: list[str] = []
    size = 0
    for path in paths:
        length = len(json.dumps(path))
        if chunk and (size + length > CHUNK_BYTES or len(chunk) == CHUNK):
            yield chunk
            chunk, size = [], 0
        chunk.append(path)
        size += length
    if chunk:
        yield chunk


def dry_run(pieces: Sequence[Piece], terminal: Terminal) -> int:
    """Says what every picture and all would cost. 1 where one cannot be read."""
    with Client(installation.find(), "cli") as client, terminal.bar("prices") as bar:
        said = price(client, pieces, bar)
    if terminal.as_json:
        terminal.record(said | {"pictures": [
            {"input": piece.said, **row} for piece, row in zip(pieces, said["pictures"], strict=True)]})
    else:
        for line in table(("CREDITS", "SIZE", "PICTURE"), _rows(pieces, said["pictures"])):
            terminal.answer(line)
        left = "" if said["available"] is None else f" The account has {said['available']}."
        terminal.answer(
            f"{credits_said(said['credits'])} at most for {_pictures(len(pieces))}. Nothing was sent.{left}")
    return 1 if any("error" in row for row in said["pictures"]) else 0


def _rows(pieces: Sequence[Piece], rows: Sequence[dict[str, Any]]) -> list[tuple[str, str, str]]:
    return [
        ("-", "-", f"{piece.said}: {row['error']}") if "error" in row
        else (str(row["credits"]), f"{row['width']}x{row['height']}", piece.said)
        for piece, row in zip(pieces, rows, strict=True)]


def allowed(
    client: Client, pieces: Sequence[Piece], settings: dict[str, Any], max_credits: float | None, terminal: Terminal
) -> tuple[dict[str, Any], list[int] | None]:
    """The settings to run with, once the limit holds and the user was asked; as they are for other engines. And the
    credits that each picture may cost, where there is a limit for all: together no more than that.

    Raises BridgeError cloud_too_expensive over the limit. That the user has not agreed, or that there is no key, is for
    the run itself to say: what was paid for before needs neither.
    """
    if settings.get("engine") not in ELSEWHERE:
        return settings, None
    with terminal.bar("prices") as bar:
        introduce(client)
        key = ask(client, "key.status", {}, bar)
        decided = settings.get("upload", "remembered") != "remembered" or key["consent"]
        asking = key["where"] is not None and not decided and _somebody_is_there(terminal)
        if max_credits is None and not asking:
            return settings, None
        priced = price(client, pieces, bar)
    credits = priced["credits"]
    if max_credits is not None and credits > max_credits:
        raise BridgeError(
            "cloud_too_expensive",
            f"{_these(len(pieces))} would cost {credits_said(credits)}, and your limit is {max_credits:g}.",
            "Nothing was sent. Raise --max-credits, or send fewer pictures.")
    answer = _asked(len(pieces), credits, terminal) if asking else None
    chosen = settings if answer is None else dict(settings, upload=answer)
    return chosen, None if max_credits is None else _shares(priced, int(max_credits))


def _shares(priced: dict[str, Any], most: int) -> list[int]:
    """What each picture may cost: its price, and its share of what is left, should the service ask more than the rule.
    """
    rows = priced["pictures"]
    left = (most - priced["credits"]) // len(rows)
    return [row.get("credits", 0) + left for row in rows]


def _somebody_is_there(terminal: Terminal) -> bool:
    return not (terminal.quiet or terminal.as_json) and sys.stdin.isatty() and sys.stderr.isatty()


def _asked(count: int, credits: int, terminal: Terminal) -> str | None:
    """What the user says to sending the pictures: "once", "always", or None for no."""
    terminal.say(f"{_pictures(count)} will be sent to Topaz for {credits_said(credits)} at most. {KEPT}")
    # Not input(): it would write the question to standard output, which may be a file.
    print("Send? [y]es, [a]lways, [N]o: ", end="", file=sys.stderr, flush=True)
    said = sys.stdin.readline().strip().lower()[:1]
    return {"y": "once", "a": "always"}.get(said)


def _pictures(count: int) -> str:
    return f"{count} picture" if count == 1 else f"{count} pictures"


def _these(count: int) -> str:
    return "This picture" if count == 1 else f"These {count} pictures"
